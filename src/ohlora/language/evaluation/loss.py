"""Validation loss of an adapter's run, in nats a token over the whole vocabulary, for each task. Needs the extra `train`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ohlora.language.data import Dialogue

_ROWS = 64


def validation_loss(persona: Any, rows: Sequence[Dialogue], train: Sequence[Dialogue], adapter: Path, model: str = "") -> dict[str, float]:  # fmt: skip
    """{"all", "reply", …} of at most 64 of the rows, shown as she is served (the nearest train rows before each).

    Raises:
        InputError: the adapter is for another base.
    """
    from ohlora.language.engines import BUNDLED
    from ohlora.language.sentences import embed
    from ohlora.language.training import bases
    from ohlora.language.training.settings import Settings
    from ohlora.language.training.texts import Texts

    base = bases.load(bases.resolve(model or BUNDLED))
    from ohlora.language.proofs import with_adapter
    from ohlora.language.training.run import mean_losses

    settings = Settings(valid_rows=_ROWS)
    vectors = [embed([row.input for row in part]) for part in (train, rows)] if train else [None, None]
    texts = Texts(list(train), list(rows), settings, persona.card.char, persona.card.prefix, *vectors)
    return mean_losses(with_adapter(base, adapter), base, texts)
