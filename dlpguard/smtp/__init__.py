"""Mail in and out: the edge (`server`), the next-hop client (`client`), all `replies`."""
