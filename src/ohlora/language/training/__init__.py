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

import os
from pathlib import Path
from typing import Any

from ohlora.errors import InputError
from ohlora.files import check_writable
from ohlora.language.adapter_folder import check_folder
from ohlora.language.training.settings import Settings

__all__ = ["Settings", "train"]


def train(
    out: Path,
    settings: Settings,
    *,
    persona: str | None = None,
    model: str = "",
    data: Path | None = None,
    start: Path | None = None,
    threads: int | None = None,
    command: str = "",
) -> dict[str, Any]:
    """Trains an adapter into `out` (a new folder, or one to go on in).

    Args:
        persona: whose dialogues are learned, in the form in which they are served. model: see `bases.resolve`.
        data: the user's own rows instead (`data.read`).
        threads: of torch; None: as many as there are cores.

    Returns:
        What `run.run` tells, with "adapter" and, where the base is a GGUF, "gguf".

    Raises:
        InputError: neither or both of persona and data, a place that cannot be written, or what the parts refuse. MissingError: an extra or model is missing.
    """
    from ohlora.language.training import own
    from ohlora.language.training import persona as her

    if (persona is None) == (data is None):
        raise InputError("give either --persona NAME or --data FILE", "--persona 이름과 --data 파일 중 하나를 주세요")
    check_writable(out)
    if start:
        check_folder(start)
    if threads:
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # read when torch is loaded
    if persona:
        from ohlora import personas

        return her.train(personas.load(persona), out, settings, model=model, command=command, start=start)
    assert data is not None
    return own.train(data, out, settings, model=model, command=command, start=start)
