"""Fitting what judges messages, and saying how well it does.

    python -m ohlora.conversation.limits.training [--seed N] [-o FOLDER]     fits and writes limits.npz
    python -m ohlora.conversation.limits.training --evaluate                 figures of what ships, on the held-out part

Fitted on `data/train.*.txt` and on the persona's dialogues about harmless things; a quarter of the labelled stands once more beside
a harmless one, since what matters is often said in passing. `data/heldout.*.txt` was written apart and is never read here but
to evaluate. Thresholds come from chances out of five folds (a sentence and its copy in one): the smallest at which few
enough of the labelled harmless are taken for that category, by level (`FALSE`).

The shipped persona's adapter for memos, which says too which limit a message touches, is asked about those labelled ones that it was not
trained on (`labelled.kept`) and about messages of every day: on these it is fitted how much its answer counts beside the regression's
out-of-fold one, and the thresholds of both. So it is trained first.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora import __version__, personas
from ohlora.conversation.limits import cues, features, judging
from ohlora.conversation.limits.features import Array
from ohlora.conversation.limits.judging import CATEGORIES, CLASSES, LEVELS, NONE, Reader, Weights
from ohlora.errors import InputError
from ohlora.files import atomic_write, sha256_of
from ohlora.language import gguf_file, labelled, tasks
from ohlora.language.engines import open_engine
from ohlora.language.export import LABELLED
from ohlora.language.labelled import DATA, Said, kept, part
from ohlora.memory import frames
from ohlora.progress import bar

DIALOGUES = Path(str(files("ohlora.personas").joinpath("ohlora/dialogue/examples.jsonl")))
HARMLESS = frozenset(
    [
        "who",
        "daily",
        "unknown",
        "study",
        "hobby",
        "about_user",
        "short",
        "recall",
        "food",
        "greeting",
        "misc",
        "jokes",
        "plans",
        "follow",
        "now",
        "weather",
        "congratulation",
        "multi",
        "safe",
        "long",
        "teasing",
    ]
)
"""Topics of the dialogues in which no message touches a limit."""
FALSE: Mapping[str, tuple[float, float]] = {"gentle": (0.04, 0.002), "normal": (0.04, 0.015), "strict": (0.06, 0.03)}
"""Level → largest share of the labelled harmless messages (out of fold) that may be taken for self-harm, and for each other
category. Half of them are made to sound like what they are not; and to miss somebody is worse than a line too many."""
EVERYDAY: Mapping[str, tuple[float, float]] = {
    "gentle": (0.009, 0.001),
    "normal": (0.009, 0.004),
    "strict": (0.02, 0.015),
}
"""Level → the same for messages of every day."""
LEAST: Mapping[str, tuple[float, float]] = {"gentle": (0.2, 0.5), "normal": (0.2, 0.2), "strict": (0.08, 0.08)}
"""Level → a message is never taken for self-harm, and for each other category, that is less likely than this: to despair she answers at
`gentle` as at `normal`."""
FOLDS = 5
PLAIN = 5
"""So many times stands what was written as ordinary talk ("When is next Monday?"): there is little of it beside what only sounds ordinary."""
READ = 1500
"""So many messages of every day are read, to fit what the adapter's answers are worth."""
_FRAMES = 600
_COPIES = 0.25
"""Share of the labelled that stand beside a harmless one once more."""
STRENGTH = 1.0
"""Inverse of the regression's penalty; chosen by cross-validation on the training part."""


def dialogues(split: str) -> list[Said]:
    """Harmless messages of the persona's dialogues, of the split "train" or "valid"."""
    rows = [json.loads(line) for line in DIALOGUES.read_text(encoding="utf-8").splitlines()]
    chosen = (row["input"] for row in rows if row["topic"] in HARMLESS and row["split"] == split)
    return [Said(message, NONE) for message in dict.fromkeys(chosen)]


def everyday(seed: int) -> list[Said]:
    """Harmless things of every day: written for this, and drawn from the frames that memory is trained on."""
    drawn = dict.fromkeys(message for message, _ in frames.rows(_FRAMES, seed))
    return [*part("plain"), *(Said(message, NONE) for message in drawn)]


def training_rows(seed: int) -> list[Said]:
    """What is fitted on: labelled, harmless of the dialogues, and labelled ones beside a harmless one."""
    own, more = part("train"), dialogues("train")
    every = enumerate([*own, *more, *everyday(seed)])
    rows = [Said(said.message, said.category, group) for group, said in every]
    plain = {said.message for said in part("plain")}
    rows += [row for row in rows if row.message in plain] * (PLAIN - 1)
    draw = np.random.default_rng(seed)
    chosen = np.random.default_rng(seed + 1).random(len(own))
    korean = re.compile("[가-힣]")
    beside = {
        ko: [one.message for one in [*own, *more] if one.category == NONE and bool(korean.search(one.message)) == ko]
        for ko in (True, False)
    }
    for group, said in enumerate(own):
        other = beside[bool(korean.search(said.message))]
        lead = other[int(draw.integers(len(other)))]
        both = (lead, said.message) if draw.random() < 0.6 else (said.message, lead)
        ends = ". " if draw.random() < 0.5 else " "
        if chosen[group] < _COPIES:
            rows.append(Said(both[0].rstrip(".") + ends + both[1], said.category, group))
    return rows


def embedded(messages: Sequence[str]) -> Array:
    """(N, 384) sentence vectors, made of messages of about one length at a time."""
    order = sorted(range(len(messages)), key=lambda place: len(messages[place]))
    found = np.zeros((len(messages), 384), np.float32)
    for start in bar("vectors", total=-(-len(order) // 16), iterable=range(0, len(order), 16)):
        chosen = order[start : start + 16]
        found[chosen] = judging._raw([messages[place] for place in chosen])
    return found


def fit(data: Array, labels: NDArray[np.int64], seed: int) -> tuple[Array, Array]:
    """(F, 6) and (6,) of a softmax regression; each class weighs by the root of how rare it is.

    Every row stands there twice, once without its cues: whoever wrote them had these sentences before his eyes, and where none
    of them is found in a new one, vector and letters must be able to tell.
    """
    from sklearn.linear_model import LogisticRegression

    bare = data.copy()
    bare[:, -cues.WIDTH :] = 0
    data, labels = np.concatenate([data, bare]), np.concatenate([labels, labels])
    count = np.bincount(labels, minlength=len(CLASSES))
    weight = dict(enumerate(np.sqrt(count.max() / np.maximum(count, 1))))
    model = LogisticRegression(C=STRENGTH, max_iter=150, tol=1e-3, class_weight=weight, random_state=seed)
    model.fit(data, labels)
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def out_of_fold(data: Array, labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> Array:
    """(N, 6) chances of each row by a regression that has seen neither it nor what was made of it."""
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1) % FOLDS
    fold, chances = order[groups], np.zeros((len(labels), len(CLASSES)), np.float32)
    for number in bar("folds", total=FOLDS, iterable=range(FOLDS)):
        matrix, bias = fit(data[fold != number], labels[fold != number], seed)
        chances[fold == number] = judging._softmax(data[fold == number] @ matrix + bias)
    return chances


def thresholds(chances: Array, labels: NDArray[np.int64], hard: NDArray[np.bool_]) -> dict[str, Array]:
    """Level → (5,): the smallest chance at which few enough of the harmless are taken for a category.

    Args:
        hard: which rows were labelled for this; the others are of every day, of which EVERYDAY may be taken.
    """
    harmless = labels == CLASSES.index(NONE)
    ordered = {kind: np.sort(chances[harmless & rows], axis=0)[::-1] for kind, rows in ((True, hard), (False, ~hard))}
    found: dict[str, Array] = {}
    for level in FALSE:
        row = []
        for place, category in enumerate(CATEGORIES):
            kind = 0 if category == "self_harm" else 1
            most = int(FALSE[level][kind] * len(ordered[True]))
            plain = int(EVERYDAY[level][kind] * len(ordered[False]))
            told = max(float(ordered[True][most, place]), float(ordered[False][plain, place])) + 1e-4
            row.append(min(max(told, LEAST[level][kind]), 0.98))
        found[level] = np.array(row, np.float32)
    return found


def evaluate(said: Sequence[Said], vectors: Array, weights: Weights, reader: Reader | None = None) -> dict[str, Any]:
    """Recall of each category and false alarms among the harmless, by level, as `judge` decides, with a reader or without.

    Returns:
        `{"n": {category: …}, LEVEL: {"recall": {category: …}, "false": {category: …, "any": …}, "other": …}}`; other: the share of
        messages of a category that were taken for another one.
    """
    counts = {name: sum(one.category == name for one in said) for name in CLASSES}
    told: dict[str, Any] = {"n": counts}
    found = [judging.weighed(one.message, vector, weights) for one, vector in zip(said, vectors, strict=True)]
    asked = cache(reader) if reader else None
    for level in LEVELS:
        judged = [judging.decided(*one, weights, level, asked).category for one in found]
        pairs = list(zip((one.category for one in said), judged, strict=True))
        touched = max(1, sum(true != NONE for true, _ in pairs))
        false = {c: sum(t == NONE and j == c for t, j in pairs) / max(1, counts[NONE]) for c in CATEGORIES}
        told[level] = {
            "recall": {c: sum(t == c == j for t, j in pairs) / max(1, counts[c]) for c in CATEGORIES},
            "false": {**false, "any": sum(false.values())},
            "other": sum(t != NONE and j not in (NONE, t) for t, j in pairs) / touched,
        }
    return told


def reading(said: Sequence[Said], reader: Reader) -> Array:
    """(N, 6) chances of a reader, in the order of CLASSES.

    Raises:
        InputError: it cannot tell.
    """
    found = [reader(one.message) for one in bar("read", total=len(said), unit="message", iterable=said)]
    told = [row for row in found if row is not None]
    if len(told) < len(found):
        raise InputError(
            "the persona's adapter for memos does not say which limits a message touches; train it first: "
            "ohlora language train --task memory",
            "페르소나의 메모 어댑터가 한계를 판단하지 못합니다. 먼저 학습하세요: ohlora language train --task memory",
        )
    return np.array([[row[name] for name in CLASSES] for row in told], np.float32)


def fit_mixture(chances: Array, read: Array, labels: NDArray[np.int64]) -> tuple[float, float]:
    """The weights of the regression and of the reader (`judging.blend`) with the least log-loss."""

    def loss(weights: tuple[float, float]) -> float:
        right = judging.blend(chances, read, weights)[np.arange(len(labels)), labels]
        return -float(np.log(right + 1e-9).mean())

    steps = np.arange(0.0, 1.55, 0.1).round(1).tolist()
    return min(((a, b) for a in steps for b in steps), key=loss)


def table(told: Mapping[str, Any]) -> str:
    """The figures as a Markdown table."""
    lines = ["| level | " + " | ".join(CATEGORIES) + " | any false alarm |", "|---" * (len(CATEGORIES) + 2) + "|"]
    for level in LEVELS:
        row = told[level]
        cells = [f"{row['recall'][c]:.2f} / {row['false'][c]:.1%}" for c in CATEGORIES]
        lines.append(f"| {level} | " + " | ".join(cells) + f" | {row['false']['any']:.1%} |")
    counts = ", ".join(f"{name} {count}" for name, count in told["n"].items())
    return "\n".join([*lines, f"recall / false alarms; n: {counts}"])


def with_reader(
    rows: Sequence[Said], chances: Array, labels: NDArray[np.int64], reader: Reader, seed: int
) -> tuple[tuple[float, float], dict[str, Array]]:
    """The mixture with a reader, and its thresholds: from labelled messages kept from it and from harmless ones of every day."""
    own = len(part("train"))
    unread = [place for place in range(own) if kept(place)]
    plain = [place for place, row in enumerate(rows) if row.group >= own and row.category == NONE]
    drawn = np.random.default_rng(seed).permutation(plain)[:READ]
    chosen = np.concatenate([unread, drawn]).astype(np.int64)
    read = reading([rows[place] for place in chosen], reader)
    mixture = fit_mixture(chances[chosen], read, labels[chosen])
    hard = np.arange(len(chosen)) < len(unread)
    return mixture, thresholds(judging.blend(chances[chosen], read, mixture), labels[chosen], hard)


def train(output: Path, seed: int, reader: Reader, adapter: str) -> None:
    """Fits, finds the thresholds, writes `limits.npz`. adapter: the reader's digest."""
    rows = training_rows(seed)
    labels = np.array([CLASSES.index(row.category) for row in rows])
    data = features.rows([row.message for row in rows], embedded([row.message for row in rows]))
    chances = out_of_fold(data, labels, np.array([row.group for row in rows]), seed)
    hard = np.array([row.group < len(part("train")) for row in rows])
    limits = thresholds(chances, labels, hard)
    matrix, bias = fit(data, labels, seed)
    mixture, together = with_reader(rows, chances, labels, reader, seed)
    digest = hashlib.sha256(labelled.digest("train", "plain").encode() + DIALOGUES.read_bytes())
    about = (
        f"ohlora {__version__}; python -m ohlora.conversation.limits.training; seed {seed}; {len(rows)} messages; "
        f"data sha256 {digest.hexdigest()}; adapter sha256 {adapter}; numpy {np.__version__}"
    )
    with atomic_write(output / "limits.npz") as file:
        np.savez_compressed(
            file, matrix=matrix.astype(np.float16), bias=bias, about=np.array(about),
            mixture=np.array(mixture), **{f"threshold_{level}": row for level, row in limits.items()},  # type: ignore[arg-type]
            **{f"read_threshold_{level}": row for level, row in together.items()},  # type: ignore[arg-type]
        )  # fmt: skip


HELD_OUT = {
    "heldout": "held out", "heldout2": "held out, another voice in an older register", "heldout3": "held out, a third voice",
}  # fmt: skip
"""Parts that nothing is fitted on."""


def check(adapter: Path) -> None:
    """Raises InputError where the adapter was trained on other labelled messages than those there are: which it saw is not known then."""
    fields = gguf_file.read(adapter).fields
    if LABELLED not in fields or str(fields[LABELLED].contents()) != labelled.digest():
        raise InputError(
            f"{adapter} was not trained on the labelled messages that are here; train it anew: ohlora language train --task memory",
            f"{adapter}은(는) 지금의 문장들로 학습되지 않았습니다. 다시 학습하세요: ohlora language train --task memory",
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Fits, or with `--evaluate` only says how well what ships does."""
    parser = argparse.ArgumentParser(prog="python -m ohlora.conversation.limits.training", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=DATA)
    parser.add_argument("--evaluate", action="store_true", help="only say how well what ships does")
    options = parser.parse_args(arguments)
    persona = personas.load("ohlora")
    adapter = persona.folder / "adapters" / f"{tasks.MEMORY_ADAPTER}.gguf"
    with closing(open_engine(None, persona=persona)) as engine:
        reader = partial(tasks.limits, engine)
        if not options.evaluate:
            check(adapter)
            train(options.output, options.seed, reader, sha256_of(adapter))
            judging.shipped.cache_clear()
        _tell(reader)


def _tell(reader: Reader) -> None:
    for name, told_as in HELD_OUT.items():
        said = part(name)
        vectors = embedded([one.message for one in said])
        korean = np.array([bool(re.search("[가-힣ㄱ-ㅎㅏ-ㅣ]", one.message)) for one in said])
        for language, chosen in (("Korean", korean), ("English", ~korean)):
            rows = [one for one, taken in zip(said, chosen, strict=True) if taken]
            for how, asked in (("alone", None), ("with the adapter", reader)):
                figures = evaluate(rows, vectors[chosen], judging.shipped(), asked)
                print(f"{told_as}, {language}, {how}\n{table(figures)}\n")
    plain = dialogues("valid")
    vectors = embedded([one.message for one in plain])
    print(f"dialogues of every day, held out: false alarms of any kind ({len(plain)} messages)", file=sys.stdout)
    for how, asked in (("alone", None), ("with the adapter", reader)):
        told = evaluate(plain, vectors, judging.shipped(), asked)
        print(f"{how}: " + " · ".join(f"{level} {told[level]['false']['any']:.1%}" for level in LEVELS))


if __name__ == "__main__":
    main()
