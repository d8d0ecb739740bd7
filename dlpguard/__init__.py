"""dlpguard: an SMTP relay that reads outgoing mail and holds what would leak people's data.

Start with the nouns (`mail`, `document`, `finding`, `people`, `audience`, `facts`,
`verdict`) and `lifecycle`; `inspection` is the pure journey as one function.
"""

__version__ = "0.1.0"
