"""Oh-LoRA (오로라): a virtual human who runs on one's own computer, and the workshop that makes one.

Importing this package loads no model and no heavy library.
"""

__version__ = "0.1.0"
