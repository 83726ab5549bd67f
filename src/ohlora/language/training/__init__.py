"""Training a LoRA adapter: for a persona's four tasks, or on one's own data and model.

    settings   what a run depends on                     bases     the model it starts from
    texts      which texts an epoch consists of          losses    the loss at the labels, cheaply
    run        the loop, resumable                       curves    its picture
    persona    a persona's own dialogues

Design:

- LoRA (Hu et al. 2021) on all linear layers; on a GGUF, of the very quantised weights that will be served, dequantised.
- A text is a small conversation in the very form of `prompt.py`; what is learned is known by character offsets (`encoding`).
- Everything drawn comes from the seed and the step; a killed run goes on from its last checkpoint, to the same result.

Needs the extra `train`. Knows nothing of serving.
"""

from ohlora.language.training.settings import Settings, TARGETS

__all__ = ["TARGETS", "Settings"]
