"""Teaches the reader of requests to forget, from `data/forget.ko.jsonl` and `data/forget.en.jsonl`, and from where nobody asks for it.

    python -m ohlora.memory.forgetting_training -o FOLDER

A line of the files is {"facts": [[key, value], …], "last": [indices], "message": …, "erase": [indices]}: what is known, which of it the message
before told, what is said now and what of it is to be forgotten. Every fact beside its message is one row; beside them stand facts of
`data/over.*.txt` with messages that leave them as they are. The layers go on from the tagger's, which has read many messages of the kind. Ended at any
time, the same command goes on. Needs the extra `train` (torch).
"""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from ohlora.language.prompt import Fact
from ohlora.language.sentences.graph import TakenIn, taken_in
from ohlora.memory import ending, forgetting, tagging

SOURCES = ("forget.ko.jsonl", "forget.en.jsonl")
_ONE_IN = 30
"""Of the pairs of a fact and a message that leaves it as it is one in so many is learnt from."""
_ROUNDED = 0.65
"""Share of the steps with matrices in four bits: so few rows need more of them than the tagger's (after a quarter nothing was sure)."""
_EPOCHS = 8


def told() -> Iterator[dict[str, Any]]:
    """The lines that ship."""
    for name in SOURCES:
        for line in files("ohlora.memory").joinpath(f"data/{name}").read_text("utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def labelled() -> Iterator[tuple[Fact, str, bool, bool]]:
    """(fact, message, was it just told, does it go)."""
    for line in told():
        for number, (key, value) in enumerate(line["facts"]):
            yield Fact(key, value), line["message"], number in line["last"], number in line["erase"]
    for pair in [pair for pair in ending.written() if not pair.over][::_ONE_IN]:
        yield pair.fact, pair.message, False, False


def row_of(fact: Fact, message: str, just_told: bool, goes: bool, taken: TakenIn) -> tuple[list[int], list[int]]:
    """Tokens with their classes, as `finetuning.train` takes them: the fact's and the beginning say whether it goes."""
    from ohlora.language.sentences.finetuning import UNTOLD

    text, long = forgetting.read_as(fact.key, fact.value, message, just_told)
    prefix, placed = taken.pieces.ids(tagging.PREFIX), taken.pieces.placed(text)
    answer = 2 if goes else 1
    labels = [answer if end <= long else UNTOLD for _, _, end in placed]
    return [*prefix, *(number for number, _, _ in placed)], [answer, *[UNTOLD] * len(prefix), *labels, UNTOLD]


def main(arguments: Sequence[str] | None = None) -> None:
    """Learns and writes `forgetting.safetensors`."""
    from ohlora.language.sentences import finetuning

    options = finetuning.options("python -m ohlora.memory.forgetting_training", str(__doc__), arguments, epochs=_EPOCHS)
    taken = taken_in()
    rows = [row_of(*pair, taken) for pair in labelled()]
    place = Path(str(files("ohlora.memory").joinpath("data")))
    sources = [place / name for name in (*SOURCES, "over.ko.txt", "over.en.txt")]
    start = place / tagging.FILE
    finetuning.learn(rows, forgetting.CLASSES, options, forgetting.FILE, sources, start=start, rounded=_ROUNDED)


if __name__ == "__main__":
    main()
