"""From a dialogue to what a model is trained on: token ids, labels and weights, for any Hugging Face tokenizer.

Training and preflight both go through here, so that what was checked is what is trained. Notable choices:

- What is learned is known by character offsets of one tokenisation of the whole text. Markers are never searched for among
  tokens: a marker reads as other tokens where the text before it differs.
- A text ends with the end-of-text token, learned like a word. Its room is reserved before anything is cut off, so a long
  text loses the tail of its answer and not its end (KoreanLM 1.5B never saw most of its ends, and crashed at the few it saw).
- Padding is known by position, not by its id: where padding and end-of-text are the same token the end is still learned.

Knows nothing of models, files and how examples are chosen.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.language.data import TASKS, Dialogue, Task
from ohlora.language.prompt import (
    LIMITS,
    MEMO,
    NOTHING,
    OVER,
    STANDS,
    SUMMARY,
    Turn,
    expression_line,
    limit_prompt,
    memo_line,
    memo_prompt,
    open_turn,
    over_prompt,
)

IGNORED = -100
NAME = "오로라"
# Four words of labels stand beside some thirty of a reply; without this their choice is hardly learned.
WEIGHTS: Mapping[Task, float] = {"reply": 1.0, "expression": 4.0, "memory": 1.0, "summary": 1.0}
_NEUTRAL_SMILE = "약간"


@dataclass(frozen=True)
class Piece:
    """A stretch of a training text; only read where `weight` is 0, else learned with that weight."""

    text: str
    weight: float


@dataclass(frozen=True)
class Row:
    """A tokenised text.

    Attributes:
        ids, labels, weights: of equal length; labels are IGNORED where only read.
        answer: tokens there were to learn before anything was cut off, the end not counted.
        lost: how many of them were cut off.
        length: tokens of the whole text with its end, before anything was cut off.
    """

    ids: list[int]
    labels: list[int]
    weights: list[float]
    answer: int = 0
    lost: int = 0
    length: int = 0


@dataclass(frozen=True)
class Batch:
    """Rows side by side, padded on the right: ids, labels (N, T) int64, weights (N, T) float32, mask (N, T) bool."""

    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float32]
    mask: NDArray[np.bool_]


def spoken(name: str, turn: Turn, weight: float, **beside: Any) -> Iterator[Piece]:
    """A turn's message and reply; `beside` goes to `prompt.open_turn` (now, recalled, previous)."""
    yield Piece(open_turn(name, turn.message, **beside), 0.0)
    yield Piece(f" {turn.reply}\n", weight)


def pieces(
    row: Dialogue,
    *,
    tasks: Collection[Task] = TASKS,
    name: str = NAME,
    description: str = "",
    before: Sequence[Piece] = (),
    weights: Mapping[Task, float] = WEIGHTS,
) -> list[Piece]:
    """The training text of a row: what `prompt.py` shows a model, with that learned which the tasks and labels allow.

    A task that is not wanted is still shown where a later one continues it, exactly as it is when it is served. Memos alone are
    learned from the message alone, as an adapter for nothing else is asked (`prompt.memo_prompt`, `over_prompt`, `limit_prompt`).

    Args:
        tasks: what is learned.
        name: the persona's, as on her lines.
        description: first paragraph; "" for none.
        before: other turns, shown first.
    """
    if set(tasks) == {"memory"} and row.over is not None:
        return list(_over(row, weights["memory"]))
    if set(tasks) == {"memory"} and row.limit:
        return [Piece(limit_prompt(row.input), 0.0), Piece(f" {LIMITS[row.limit]}\n", weights["memory"])]
    if set(tasks) == {"memory"}:
        memo = memo_line(row.memory or ()).removeprefix(f"{MEMO}:")
        return [Piece(memo_prompt(row.input), 0.0), Piece(memo, weights["memory"])]
    learned = [task for task in TASKS if task in tasks and row.serves(task)]
    told = [Piece(f"{description}\n", 0.0)] if description else []
    told += before
    for turn in row.history:
        told += spoken(name, turn, weights["reply"] if "reply" in tasks else 0.0)
    weight = {task: weights[task] if task in learned else 0.0 for task in TASKS}
    told += spoken(name, row.turn, weight["reply"], now=row.now, recalled=row.recalled, previous=row.previous)
    last = TASKS.index(learned[-1]) if learned else 0
    if last >= TASKS.index("expression") and row.expressive:
        told += _expression(row.labels, weight["expression"])
    if last >= TASKS.index("memory"):
        told += [Piece(f"{MEMO}:", 0.0), Piece(memo_line(row.memory or ()).removeprefix(f"{MEMO}:"), weight["memory"])]
    if last >= TASKS.index("summary"):
        told += [Piece(f"{SUMMARY}:", 0.0), Piece(f" {row.summary or NOTHING}\n", weight["summary"])]
    return told


def _over(row: Dialogue, weight: float) -> Iterator[Piece]:
    """Is the fact over by the message, and what stands in its place where that is labelled? Its key is given, as it is when served."""
    (fact,) = row.recalled
    yield Piece(over_prompt(row.input, fact), 0.0)
    if not row.instead:
        yield Piece(f" {OVER if row.over else STANDS}\n", weight)
        return
    yield Piece(f" {OVER}", weight)
    yield Piece(f" [{fact.key}:", 0.0)
    yield Piece(f" {row.instead}]\n", weight)


def _expression(labels: Mapping[str, str], weight: float) -> Iterator[Piece]:
    """The 표정 line. A smile that is not labelled is shown as a slight one, for the form, and not learned."""
    head, words = expression_line({"smile": _NEUTRAL_SMILE, **labels}).split(":", 1)
    yield Piece(f"{head}:", 0.0)
    if "smile" in labels:
        yield Piece(words, weight)
        return
    smile = f" {_NEUTRAL_SMILE}\n"
    yield Piece(words.removesuffix(smile), weight)
    yield Piece(smile, 0.0)


def end_token(tokenizer: Any, config: Any = None) -> int | None:
    """Id of the end-of-text token: the tokenizer's, else the one of the model's configuration, else None."""
    if tokenizer.eos_token_id is not None:
        return int(tokenizer.eos_token_id)
    named = getattr(config, "eos_token_id", None)
    first = named[0] if isinstance(named, list) and named else named
    return first if isinstance(first, int) else None


def pad_token(tokenizer: Any, config: Any = None) -> int:
    """Id that fills a batch: the tokenizer's, else the configuration's, else the end of text, else 0.

    Which one matters little, since padding is known by its position; that it has an embedding row does.
    """
    named = (tokenizer.pad_token_id, getattr(config, "pad_token_id", None), end_token(tokenizer, config))
    return next((int(token) for token in named if isinstance(token, int)), 0)


def encode(tokenizer: Any, pieces: Sequence[Piece], *, end: int | None = None, max_length: int | None = None) -> Row:
    """The row of a text.

    Args:
        tokenizer: of `transformers`; one without offsets is asked several times instead.
        end: end-of-text id, from `end_token`; None: the text ends without one.
        max_length: tokens at most, the end among them; the tail of the text is cut off, never the end.
    """
    ids, weights = _tokens(tokenizer, pieces)
    if end is not None and ids and ids[-1] == end and not weights[-1]:
        ids, weights = ids[:-1], weights[:-1]  # the tokenizer has put it there itself, unlearned
    answer = sum(weight > 0 for weight in weights)
    length = len(ids) + (end is not None)
    if max_length is not None and length > max_length:
        room = max(0, max_length - (end is not None))
        ids, weights = ids[:room], weights[:room]
    kept = sum(weight > 0 for weight in weights)
    labels = [token if at else IGNORED for token, at in zip(ids, weights, strict=True)]
    if end is not None:
        # An end after nothing that was learned would only teach silence.
        ids, labels, weights = [*ids, end], [*labels, end if kept else IGNORED], [*weights, 1.0 if kept else 0.0]
    return Row(ids, labels, weights, answer, answer - kept, length)


def _tokens(tokenizer: Any, pieces: Sequence[Piece]) -> tuple[list[int], list[float]]:
    """Ids of the joined text and the weight of each; 0 for what the tokenizer adds by itself."""
    text = "".join(piece.text for piece in pieces)
    if not tokenizer.is_fast:
        return _without_offsets(tokenizer, pieces, text)
    weight = np.concatenate([np.zeros(1), *(np.full(len(piece.text), piece.weight) for piece in pieces)])
    encoded = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
    ids: list[int] = encoded["input_ids"]
    spans, added = encoded["offset_mapping"], encoded["special_tokens_mask"]
    # A lone space has an empty span after it where offsets are trimmed: its character is the one before.
    at = [start + 1 if end > start else start for start, end in spans]
    own = [not special or end > start for special, (start, end) in zip(added, spans, strict=True)]
    return ids, [float(weight[place]) if mine else 0.0 for place, mine in zip(at, own, strict=True)]


def _without_offsets(tokenizer: Any, pieces: Sequence[Piece], text: str) -> tuple[list[int], list[float]]:
    """As `_tokens`: a piece begins where the tokens of the text up to it stop agreeing with those of the whole."""
    ids: list[int] = tokenizer(text)["input_ids"]
    bare: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    first = next((i for i in range(len(ids) - len(bare) + 1) if ids[i : i + len(bare)] == bare), 0)
    weights = [0.0] * len(ids)
    told = ""
    for piece in pieces:
        upto: list[int] = tokenizer(told, add_special_tokens=False)["input_ids"] if told else []
        same = next((i for i, (a, b) in enumerate(zip(upto, bare, strict=False)) if a != b), min(len(upto), len(bare)))
        weights[first + same : first + len(bare)] = [piece.weight] * (len(bare) - same)
        told += piece.text
    return ids, weights


def collate(rows: Sequence[Row], pad: int) -> Batch:
    """Rows as one batch, padded on the right with `pad`, which is never learned nor attended to."""
    longest = max(len(row.ids) for row in rows)
    ids = np.full((len(rows), longest), pad, np.int64)
    labels = np.full((len(rows), longest), IGNORED, np.int64)
    weights = np.zeros((len(rows), longest), np.float32)
    mask = np.zeros((len(rows), longest), bool)
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = row.ids
        labels[place, : len(row.ids)] = row.labels
        weights[place, : len(row.ids)] = row.weights
        mask[place, : len(row.ids)] = True
    return Batch(ids, labels, weights, mask)
