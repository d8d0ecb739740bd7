"""What is kept: messages and their states, bodies, verdicts, decisions, keys.

Only `messages` changes a state.  Every function that takes a `Connection` runs inside one
transaction of `database.Database.write` or `read`.
"""
