"""What the model is trained on: marked texts, varied, and texts made for it.

Nothing here is used when mail is read.  `corpus` reads and varies, `examples` makes, `population`
and `draw` choose.
"""
