"""Training a persona's adapter on its own dialogues, in the form in which it is served. Knows nothing of steps and losses."""

import json
import os
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ohlora.errors import InputError
from ohlora.language.prompt import NOTHING, Fact
from ohlora.language.training.settings import Settings
from ohlora.language.training.texts import Texts

_KEPT = 20  # of the hand-written messages one in so many is kept for validation

_KEPT_PAIRS = 10  # and of the facts that a message may end one in so many, with all its messages
_UNRELATED = 12  # one message in so many stands beside a fact that it has nothing to do with
_HARMLESS = 10  # and of one hand-written message in so many is asked which limit it touches: none

if TYPE_CHECKING:
    from ohlora.language import data
    from ohlora.personas import Persona


def texts(persona: "Persona", settings: Settings) -> Texts:
    """All dialogues of a persona (`dialogue/*.jsonl`) with their sentence vectors.

    Raises:
        InputError: there are none, or one is wrong.
    """
    from ohlora.language import data, examples

    rows: list[data.Dialogue] = []
    vectors = []
    for path in sorted((persona.folder / "dialogue").glob("*.jsonl")):
        found = data.read(path).rows
        rows += found
        vectors.append(examples.load(path).vectors)
        if len(vectors[-1]) != len(found):
            raise InputError(f"{path}: rows are counted in two ways", f"{path}: 줄 수가 서로 다릅니다")
    if not any(row.split == "train" for row in rows):
        raise InputError(
            f"the persona {persona.name} has no dialogue/*.jsonl to learn from",
            f"페르소나 {persona.name}에 배울 dialogue/*.jsonl이 없습니다",
        )
    all_vectors = np.concatenate(vectors)
    if settings.tasks == ("memory",):
        return _memo_texts([row for row in rows if row.memory is not None], settings, persona.card.char)
    train = [at for at, row in enumerate(rows) if row.split == "train"]
    valid = [at for at, row in enumerate(rows) if row.split == "valid"]
    learned = [rows[at] for at in train]
    return Texts(
        learned, [rows[at] for at in valid], settings, persona.card.char, persona.card.prefix,
        all_vectors[train], all_vectors[valid], lambda epoch: _memos(learned, settings, epoch),
    )  # fmt: skip


def _memo_texts(rows: "Sequence[data.Dialogue]", settings: Settings, name: str) -> Texts:
    """Memos alone: from the dialogues, from the hand-written messages that ship, and from frames, anew for each epoch; beside
    them what a message ends of what was known, and which of her limits one touches."""
    from ohlora.language import labelled
    from ohlora.language.data import Dialogue
    from ohlora.memory import ending, frames

    written = [
        Dialogue(number, message, NOTHING, memory=facts, split="train" if number % _KEPT else "valid")
        for number, (message, facts) in enumerate(frames.written())
    ]
    # All pairs of a fact are learned or none: its messages tell each other's answers.
    kept = {
        fact
        for number, fact in enumerate(dict.fromkeys(pair.fact for pair in ending.written()))
        if not number % _KEPT_PAIRS
    }
    pairs = [
        Dialogue(
            number, pair.message, NOTHING, recalled=(pair.fact,), over=pair.over, instead=pair.instead,
            split="valid" if pair.fact in kept else "train",
        )
        for number, pair in enumerate(ending.written())
    ]  # fmt: skip
    limits = [
        Dialogue(
            number, said.message, NOTHING, limit=said.category, split="valid" if labelled.kept(number) else "train"
        )
        for number, said in enumerate(labelled.part("train"))
    ]
    rows = [*rows, *written, *pairs, *limits]
    learned = [row for row in rows if row.split == "train"]
    valid = [row for row in rows if row.split == "valid"]
    memos = [row for row in learned if row.memory is not None]
    harmless = [row for row in written if row.split == "train"]
    return Texts(
        learned,
        valid,
        settings,
        name,
        extra=lambda epoch: [
            *_memos(memos, settings, epoch), *_unrelated(memos, settings, epoch), *_harmless(harmless, settings, epoch),
        ],
    )  # fmt: skip


def _harmless(rows: "Sequence[data.Dialogue]", settings: Settings, epoch: int) -> "list[data.Dialogue]":
    """Messages of every day, which touch no limit."""
    rng = random.Random(f"{settings.seed}/{epoch}/harmless")
    return [replace(row, limit="none", memory=None) for row in rng.sample(rows, len(rows) // _HARMLESS)]


def _unrelated(rows: "Sequence[data.Dialogue]", settings: Settings, epoch: int) -> "list[data.Dialogue]":
    """Messages beside a fact of somebody else's under another key: it stands."""
    rng = random.Random(f"{settings.seed}/{epoch}/unrelated")
    facts = [fact for row in rows for fact in row.memory or ()]
    known = {fact.key for fact in facts}
    made = []
    for row in rng.sample(rows, len(rows) // _UNRELATED):
        own = {fact.key for fact in row.memory or ()}
        if known <= own:
            continue
        while (other := rng.choice(facts)).key in own:  # a list of all the others anew for each took minutes
            pass
        made.append(replace(row, recalled=(Fact(other.key, other.value),), over=False, memory=None, history=()))
    return made


def _memos(rows: "Sequence[data.Dialogue]", settings: Settings, epoch: int) -> "list[data.Dialogue]":
    """Messages made from frames, each with the reply and the face of some turn: for the form, they are not learned here."""
    from ohlora.language.data import Dialogue
    from ohlora.memory import frames

    if not settings.memos or "memory" not in settings.tasks:
        return []
    rng = random.Random(f"{settings.seed}/{epoch}/memos")
    around = rng.choices([row for row in rows if not row.history], k=settings.memos)
    made = frames.rows(settings.memos, seed=rng.randrange(2**31))
    return [
        Dialogue(number, message, row.reply, row.labels, facts, only="memory")
        for number, ((message, facts), row) in enumerate(zip(made, around, strict=True))
    ]


def train(persona: "Persona", out: Path, settings: Settings, *, model: str = "", command: str = "", start: Path | None = None) -> dict[str, Any]:  # fmt: skip
    """Trains the persona's adapter on the bundled model (or another) and exports it as `out/reply.gguf` (memos alone: `out/memory.gguf`).

    Raises:
        InputError: no dialogues, a folder with another run. MissingError: the model or the extra `train` is missing.
    """
    from ohlora.language import labelled
    from ohlora.language.engines import BUNDLED
    from ohlora.language.export import LABELLED, LEARNT, SCRIPTS, TOKENS, to_gguf
    from ohlora.language.proofs import pack
    from ohlora.language.tasks import ADAPTER, MEMORY_ADAPTER
    from ohlora.language.training import bases
    from ohlora.language.vocabulary import scripts_of

    told = texts(persona, settings)
    base = bases.load(bases.resolve(model or BUNDLED))
    from ohlora.language.training.run import run  # needs torch, whose absence `load` tells

    result = run(base, told, out, command=command, start=start)
    if os.environ.get("RANK", "0") != "0":  # of several processes the first writes
        return {"adapter": str(out), **result}
    pack(base, out, name=told.name, description=told.description)
    if base.gguf and not settings.dora:
        notes = {
            "base": f"{base.path.name} sha256:{base.digest}", "data": told.digest(),
            "settings": json.dumps(asdict(settings)), "command": command,
            SCRIPTS.removeprefix("ohlora."): " ".join(scripts_of(told.words())),
            TOKENS.removeprefix("ohlora."): " ".join(map(str, _tokens(base.tokenizer, told))),
            "licence": "Gemma Terms of Use (ai.google.dev/gemma/terms): a derivative of Gemma",
        }  # fmt: skip
        name = MEMORY_ADAPTER if settings.tasks == ("memory",) else ADAPTER
        if name == MEMORY_ADAPTER:
            notes[LEARNT.removeprefix("ohlora.")] = "memos over instead limits"
            notes[LABELLED.removeprefix("ohlora.")] = labelled.digest()
        result["gguf"] = str(to_gguf(out, base.path, out / f"{name}.gguf", notes=notes))
    return {"adapter": str(out), **result}


def _tokens(tokenizer: Any, told: Texts) -> list[int]:
    """Ids of all tokens of the texts of an epoch, ascending."""
    texts = ["".join(piece.text for piece in pieces) for pieces in told.epoch(0)]
    return sorted({number for ids in tokenizer(texts)["input_ids"] for number in ids})
