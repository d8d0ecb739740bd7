"""What moves messages from state to state: one module per worker, and the sandbox they read in."""
