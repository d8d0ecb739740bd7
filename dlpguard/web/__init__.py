"""The review site: pages for people, and the same as a JSON API.

`app` puts it together, `session` knows who is asking, `roles` what they may do; `pages` has one
module for each page.  What changes something is in `review`, which knows nothing of HTTP.
"""
