"""Fitting what recall needs, from pairs of a fact and a message: the linear head, the ranker, the threshold.

    python -m ohlora.memory.training [--pairs FILE] [--seed N] [-o FOLDER]
    python -m ohlora.memory.training --lasting FOLDER
    python -m ohlora.memory.training --orders
    python -m ohlora.memory.training --english

Needs the extra `train` (torch). The held-out pairs are never read here. The head is fitted in four folds over the facts,
so that the ranker learns from vectors that have not seen the pair, as it will be in use; then once more on all pairs.
The threshold is the smallest at which at most `--wrong` of the answers over the folds are wrong. Pairs are nearly all Korean,
so English has a threshold of its own, fitted on what the English histories ask: there the most is right where a wrong
memory counts as much as two that are missed.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora import __version__
from ohlora.files import atomic_write
from ohlora.memory import concepts, encoder, english, evaluation, fitted, frames, pairs, patterns, ranking
from ohlora.memory.recall import Recall
from ohlora.progress import bar

Array = NDArray[np.float32]
_DATA = Path(__file__).parent / "data"
_ASKED = ("en", "second.en", "third.en", "fourth.en", "fifth.en")
"""Histories whose questions the threshold for English is fitted on; the later ones measure it."""
_FITTED = frozenset(
    [
        "eighteenth.en", "eighteenth.ko", "eighth.en", "eighth.ko", "eleventh.en", "eleventh.ko", "en",
        "fifteenth.en", "fifteenth.ko", "fifth.en", "fifth.ko", "fortieth.ko", "fourteenth.en", "fourteenth.ko",
        "fourth.en", "fourth.ko", "ko", "nineteenth.ko", "ninth.en", "ninth.ko", "other.ko", "second.en",
        "seventeenth.en", "seventeenth.ko", "seventh.en", "seventh.ko", "sixteenth.en", "sixteenth.ko", "sixth.en",
        "sixth.ko", "tenth.en", "tenth.ko", "third.en", "third.ko", "thirteenth.en", "thirteenth.ko",
        "thirtieth.ko", "thirtyeighth.ko", "thirtyfifth.ko", "thirtyfirst.ko", "thirtyfourth.ko", "thirtyninth.ko",
        "thirtysecond.ko", "thirtysixth.ko", "thirtythird.ko", "twelfth.en", "twelfth.ko", "twentieth.en",
        "twentieth.ko", "twentyeighth.ko", "twentyfifth.ko", "twentyfirst.en", "twentyfirst.ko", "twentyfourth.ko",
        "twentyninth.ko", "twentysecond.en", "twentysecond.ko", "twentyseventh.ko", "twentysixth.ko",
        "twentythird.ko",
    ]
)  # fmt: skip
"""Histories that the guard against orders is fitted on; every later one measures it."""
_ASKED_COUNTS = 8
"""So many times a message counts in which people ask her to keep something: there are few, and she must."""
_ORDER = 0.5
"""A message is taken for an order from here on: few that tell something are above, however they end."""
FOLDS = 4
_COMPETING = 40
_FRAMES = 3000
_BAG = 3
_KIN = 0.5
"""Keys that are about the same things at least so far (Jaccard) are no rivals: which of them is right is chance."""


def fit_head(messages: Array, facts: Array, keys: Sequence[str], seed: int, steps: int = 400) -> dict[str, Array]:
    """A head by contrast in batches (InfoNCE, both ways), held near the identity."""
    import torch

    torch.manual_seed(seed)
    message_mean, fact_mean = messages.mean(0), facts.mean(0)
    told, known = (torch.tensor(x) for x in (messages - message_mean, facts - fact_mean))
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    of = torch.tensor([number[key] for key in keys])
    start = torch.eye(messages.shape[1])
    head, scale = start.clone().requires_grad_(), torch.tensor(2.7, requires_grad=True)
    optimiser = torch.optim.Adam([head, scale], lr=1e-3)
    norm, drop = torch.nn.functional.normalize, torch.nn.functional.dropout
    for _ in range(steps):
        rows = torch.randint(len(of), (96,))
        a, b = norm(drop(told[rows], 0.15) @ head, dim=1), norm(drop(known[rows], 0.15) @ head, dim=1)
        near = a @ b.T * scale.exp().clamp(max=30)
        rivals = (of[rows][:, None] == of[rows]) & ~torch.eye(len(rows), dtype=torch.bool)
        near, right = near.masked_fill(rivals, -1e4), torch.arange(len(rows))
        loss = torch.nn.functional.cross_entropy(near, right) + torch.nn.functional.cross_entropy(near.T, right)
        loss = loss + 0.03 * (head - start).pow(2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {"head": head.detach().numpy(), "message_mean": message_mean, "fact_mean": fact_mean}


def _moved(texts: Array, mean: Array, head: Array) -> Array:
    return encoder.unit(((texts - mean) @ head).astype(np.float32))


class _Data:
    """Pairs with raw vectors, the facts among them, and figures of every message with every fact of its fold."""

    def __init__(self, rows: Sequence[pairs.Pair], nothing: Sequence[str], seed: int) -> None:
        self.rows, self.nothing = list(rows), list(nothing)
        self.facts = list(dict.fromkeys((r.key, r.value) for r in rows))
        self.keys = list(dict.fromkeys(key for key, _ in self.facts))
        self.messages = [r.message for r in rows] + self.nothing
        number = {fact: i for i, fact in enumerate(self.facts)}
        self.right = np.array([number[r.key, r.value] for r in rows] + [-1] * len(nothing))
        order = np.random.default_rng(seed).permutation(len(self.facts))
        self.fold_of_fact = np.empty(len(self.facts), int)
        self.fold_of_fact[order] = np.arange(len(self.facts)) % FOLDS
        quiet = np.arange(len(nothing)) % FOLDS
        self.fold = np.concatenate([self.fold_of_fact[self.right[: len(rows)]], quiet])
        self.raw_messages = encoder.raw(self.messages)
        self.raw_both = encoder.raw([f"{k}: {v}" for k, v in self.facts])
        self.raw_keys = encoder.raw(self.keys)
        self.raw_values = encoder.raw([v for _, v in self.facts])
        self.key_of = np.array([self.keys.index(key) for key, _ in self.facts])
        about = np.array([concepts.of_key(key) for key, _ in self.facts])
        common = about @ about.T
        united = about.sum(1)[:, None] + about.sum(1) - common
        self.kin = (self.key_of[:, None] == self.key_of) | (common >= _KIN * np.maximum(united, 1))
        self.korean = np.array([not english.is_english(key) for key, _ in self.facts])
        touched = np.array([concepts.of_message(m) for m in self.messages])
        self.rarity = (np.log(len(touched) / (1 + (touched > 0).sum(0))) / np.log(len(touched))).astype(np.float32)

    def head(self, chosen: NDArray[np.bool_], seed: int) -> dict[str, Array]:
        rows = np.flatnonzero(chosen & (self.right >= 0))
        right = self.right[rows]
        return fit_head(self.raw_messages[rows], self.raw_both[right], [self.facts[f][0] for f in right], seed)

    def bank(self, head: dict[str, Array], chosen: NDArray[np.bool_]) -> ranking.Bank:
        rows = np.flatnonzero(chosen & (self.right >= 0))
        told = _moved(self.raw_messages[rows], head["message_mean"], head["head"])
        keys = _moved(self.raw_keys, head["fact_mean"], head["head"])
        return ranking.Bank(told, self.key_of[self.right[rows]], keys)

    def known(self, head: dict[str, Array]) -> ranking.Known:
        moved = [
            _moved(x, head["fact_mean"], head["head"])
            for x in (self.raw_both, self.raw_keys[self.key_of], self.raw_values)
        ]
        return ranking.Known([k for k, _ in self.facts], [v for _, v in self.facts], np.stack(moved, 1))

    def out_of_fold(self, seed: int) -> tuple[Array, Array]:
        """Figures (M, N, F) and shared concepts (M, N, C), each message by the head and bank of the other folds."""
        figure: Any = [None] * len(self.messages)
        shared: Any = [None] * len(self.messages)
        with bar("folds", total=len(self.messages), unit="message") as progress:
            for fold in range(FOLDS):
                head = self.head(self.fold != fold, seed)
                bank, known = self.bank(head, self.fold != fold), self.known(head)
                mine = np.flatnonzero(self.fold == fold)
                vectors = _moved(self.raw_messages[mine], head["message_mean"], head["head"])
                for place, vector in zip(mine, vectors, strict=True):
                    asked = ranking.Asked(self.messages[place], vector)
                    figure[place], shared[place] = ranking.figures(asked, known, bank, self.rarity)
                    progress.update()
        return np.array(figure), np.array(shared, np.float16)


def fit_ranker(data: _Data, figure: Array, shared: Array, chosen: NDArray[np.bool_], seed: int) -> dict[str, Array]:
    """A bag of small models, each by a softmax over sets of competing facts and "nothing"."""
    import torch

    flat = figure[chosen].reshape(-1, figure.shape[-1])
    mean, spread = flat.mean(0), flat.std(0) + 1e-3
    rows = np.flatnonzero(chosen)
    x, concept = torch.tensor((figure - mean) / spread), torch.tensor(shared)
    same = data.kin
    bags: list[dict[str, Any]] = []
    for member in range(_BAG):
        torch.manual_seed(seed + member)
        draw = np.random.default_rng(seed + member)
        p = {
            "linear": torch.zeros(x.shape[-1]), "concepts": torch.zeros(concept.shape[-1]), "nothing": torch.zeros(1),
        }  # fmt: skip
        for tensor in p.values():
            tensor.requires_grad_()
        groups = [
            {"params": [p["concepts"]], "weight_decay": 0.3},
            {"params": [v for n, v in p.items() if n != "concepts"], "weight_decay": 0.05},
        ]
        optimiser = torch.optim.AdamW(groups, lr=4e-3)
        facts = np.unique(data.right[rows][data.right[rows] >= 0])
        for _ in bar("ranker", total=1200, iterable=range(1200)):
            some = draw.choice(rows, 48)
            right = data.right[some]
            there = (right >= 0) & (draw.random(len(some)) < 0.85)
            rivals = draw.choice(facts, min(len(facts), int(draw.integers(10, 60))), replace=False)
            columns = np.concatenate([np.maximum(right, 0)[:, None], np.tile(rivals, (len(some), 1))], 1)
            score = _score(p, x[some[:, None], columns], concept[some[:, None], columns].float())
            hidden = np.concatenate([~there[:, None], np.where(right[:, None] >= 0, same[right][:, rivals], False)], 1)
            score = score.masked_fill(torch.tensor(hidden), -1e4)
            score = torch.cat([score, p["nothing"].expand(len(some), 1)], 1)
            target = torch.tensor(np.where(there, 0, score.shape[1] - 1))
            loss = torch.nn.functional.cross_entropy(score, target, label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        bags.append({name: tensor.detach().numpy() for name, tensor in p.items()})
    stacked = {name: np.stack([bag[name] for bag in bags]) for name in bags[0]}
    stacked["nothing"] = stacked["nothing"][:, 0]
    return {"mean": mean, "spread": spread, "rarity": data.rarity, **stacked}


def _score(p: dict[str, Any], x: Any, concept: Any) -> Any:
    return x @ p["linear"] + concept @ p["concepts"]


def answers(data: _Data, figure: Array, shared: Array, seed: int) -> list[tuple[float, bool, bool]]:
    """(probability, right, was there anything to find) of the first hit, each fold by the ranker of the others."""
    told = []
    draw = np.random.default_rng(seed)
    for fold in range(FOLDS):
        parts = fit_ranker(data, figure, shared, data.fold != fold, seed)
        judge = ranking.Ranker(parts, ranking.Bank(*(np.zeros(0),) * 3), 0, 0, "")  # type: ignore[arg-type]
        facts = np.flatnonzero(data.fold_of_fact == fold)
        for place in np.flatnonzero(data.fold == fold):
            for _ in range(4):
                right = data.right[place]
                here = _rivals(data, facts, right, draw)
                score = judge.weigh(figure[place, here], shared[place, here].astype(np.float32))
                first = here[int(np.argmax(score))]
                chance = ranking.probabilities(score)
                sure = float(chance[data.key_of[here] == data.key_of[first]].sum())
                told.append((sure, bool(right >= 0 and data.key_of[first] == data.key_of[right]), bool(right >= 0)))
    return told


def _rivals(data: _Data, facts: NDArray[np.int64], right: int, draw: np.random.Generator) -> NDArray[np.int64]:
    """Up to 40 facts in one language, no two of kin keys, with the right one among them."""
    chosen = [right] if right >= 0 else []
    for fact in draw.permutation(facts):
        if not any(data.kin[fact, other] for other in chosen) and data.korean[fact] == (
            right < 0 or data.korean[right]
        ):
            chosen.append(fact)
        if len(chosen) == _COMPETING:
            break
    return np.array(chosen)


def threshold(told: Sequence[tuple[float, bool, bool]], wrong: float) -> tuple[float, dict[str, float]]:
    """The smallest threshold with at most a share `wrong` of wrong answers, and what it gives."""
    found = [t for t in told if t[2]]
    for limit in np.arange(0.2, 0.95, 0.01):
        share = sum(s >= limit and not r for s, r, _ in found) / len(found)
        if share <= wrong:
            break
    quiet = [t for t in told if not t[2]]
    return float(limit), {
        "right": sum(s >= limit and r for s, r, _ in found) / len(found),
        "wrong": share,
        "answered though nothing fits": sum(s >= limit for s, _, _ in quiet) / max(1, len(quiet)),
    }


def fit_lasting(folder: Path, output: Path, seed: int) -> None:
    """The guard over the language model's proposals, from labelled dialogues and frames: does a message state something lasting?"""
    import json

    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    rows = [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    rows = [row for row in rows if "memory" in row and row.get("split", "train") == "train"]
    told_of = [(row["input"], bool(row["memory"])) for row in rows]
    told_of += [(message, bool(facts)) for message, facts in frames.rows(_FRAMES, seed)]
    vectors, lasts = encoder.raw([message for message, _ in told_of]), np.array([lasting for _, lasting in told_of])
    model = LogisticRegression(C=10, max_iter=2000, class_weight="balanced", random_state=seed)
    told = cross_val_predict(model, vectors, lasts, cv=5, method="predict_proba")[:, 1]
    limit = float(np.quantile(told[lasts], 0.05))
    print(f"keeps 95 %, refuses {(told[~lasts] < limit).mean():.1%} of {(~lasts).sum()} others", file=sys.stderr)
    model.fit(vectors, lasts)
    about = f"ohlora {__version__}; {len(told_of)} messages; seed {seed}"
    fitted.keep(output / "lasting.npz", model.coef_[0], model.intercept_[0], limit, about)


def fit_orders(output: Path, seed: int) -> None:
    """The guard against hidden orders, from the histories that ship: which of their turns holds what may never be stored?

    What people say around an order ("did that work?") has such texts noted too; what neither a first fit nor any form of words
    takes for an order is left out.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    said, hidden, of = _turns_with_orders()
    vectors = np.concatenate([encoder.raw(said[first : first + 64]) for first in range(0, len(said), 64)])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000, random_state=seed))

    def chances(rows: NDArray[np.bool_], orders: NDArray[np.bool_]) -> Array:
        folds = GroupKFold(10)
        told = cross_val_predict(model, vectors[rows], orders[rows], groups=of[rows], cv=folds, method="predict_proba")
        return np.asarray(told[:, 1], np.float32)

    formed = np.array([patterns.is_order(text) or patterns.is_injected(text) for text in said])
    orders = hidden & (formed | (chances(np.ones(len(said), bool), hidden) > 0.2))
    rows = orders | ~hidden
    told, orders, formed = chances(rows, orders) >= _ORDER, orders[rows], formed[rows]
    print(
        f"finds {(told & orders).sum()} of {orders.sum()} orders, {(told & orders & ~formed).sum()} of {(orders & ~formed).sum()} "
        f"that no form of words finds; takes {(told & ~orders).sum()} of {(~orders).sum()} other messages for one",
        file=sys.stderr,
    )
    model.fit(vectors[rows], orders)
    fitted.keep(output / "orders.npz", *fitted.unscaled(model), _ORDER, _about_orders(said, seed))


def _about_orders(said: Sequence[str], seed: int) -> str:
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
    command = "python -m ohlora.memory.training --orders"
    return f"ohlora {__version__}; {len(said)} messages (sha256 {digest}); seed {seed}; {command}"


def _turns_with_orders() -> tuple[list[str], NDArray[np.bool_], NDArray[np.str_]]:
    """Every turn of the histories whose errors were read, whether it holds a text that may never be stored, and of which file it is;
    and what people ask her to keep, which has words of an order and is none."""
    told = [
        (turn["user"], row["kind"] == "injection" and bool(turn.get("absent")), path.name)
        for path in sorted(_DATA.glob("histories.*.jsonl"))
        if path.name.split(".", 1)[1].removesuffix(".jsonl") in _FITTED
        for row in evaluation.read_histories(path)
        for session in row["sessions"]
        for turn in session["turns"]
    ]
    asked = (_DATA / "asked.txt").read_text("utf-8").splitlines()
    told += _ASKED_COUNTS * [(line, False, f"asked {n}") for n, line in enumerate(asked) if line and line[0] != "#"]
    said, hidden, of = zip(*told, strict=True)
    return list(said), np.array(hidden), np.array(of)


def asked_in_english(ranker: ranking.Ranker) -> list[tuple[float, bool, bool]]:
    """Of each question of the English histories, with their last facts in memory: how sure the first hit is, whether it is
    right, whether anything is."""
    ranker = replace(ranker, threshold=0.0, english=0.0)
    told = []
    paths = (_DATA / f"histories.{name}.jsonl" for name in _ASKED)
    for row in (row for path in paths for row in evaluation.read_histories(path)):
        now = datetime.fromisoformat(row["sessions"][-1]["now"]).astimezone()
        with evaluation.scratch_store() as store:
            store.facts.put(
                [(fact["key"], fact["value"], fact["value"]) for fact in row["final"]], extractor="training"
            )
            recall = Recall(store.facts, ranker)
            for question in row["questions"]:
                found = recall(question["message"], limit=1, now=now)
                told.append((found.sure, evaluation.answered(question, found.hits), bool(question["recall"])))
    return told


def english_threshold(told: Sequence[tuple[float, bool, bool]]) -> tuple[float, dict[str, int]]:
    """The threshold with the most right answers, a wrong one counting as two that are missed, and what it gives."""

    def counts(limit: float) -> dict[str, int]:
        said = [(right, wanted) for sure, right, wanted in told if sure >= limit]
        return {
            "right": sum(right for right, _ in said),
            "wrong": sum(not right for right, _ in said),
            "missed": sum(wanted for _, _, wanted in told) - sum(wanted for _, wanted in said),
        }

    limits = [round(float(limit), 2) for limit in np.arange(0.2, 0.95, 0.01)]
    best = max(limits, key=lambda limit: counts(limit)["right"] - 2 * counts(limit)["wrong"])
    return best, counts(best)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fits and writes `head.npz` and `ranker.npz`."""
    parser = argparse.ArgumentParser(prog="python -m ohlora.memory.training", description=__doc__)
    parser.add_argument("--pairs", type=Path, help="more pairs, beside those that ship")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wrong", type=float, default=0.08, help="largest share of wrong answers over the folds")
    parser.add_argument("-o", "--output", type=Path, default=_DATA)
    parser.add_argument("--lasting", type=Path, help="a folder of labelled dialogues: fit only the guard on proposals")
    parser.add_argument("--orders", action="store_true", help="fit only the guard against hidden orders")
    parser.add_argument("--english", action="store_true", help="fit only the threshold for English messages")
    options = parser.parse_args(arguments)
    if options.english:
        limit, counts = english_threshold(asked_in_english(ranking.load(options.output / "ranker.npz")))
        print(limit, counts, file=sys.stderr)
        with np.load(options.output / "ranker.npz", allow_pickle=False) as stored:
            kept = {**stored, "english": np.array(str(limit))}
        with atomic_write(options.output / "ranker.npz") as file:
            np.savez_compressed(file, **kept)
        return
    if options.orders:
        fit_orders(options.output, options.seed)
        return
    if options.lasting:
        fit_lasting(options.lasting, options.output, options.seed)
        return
    rows = pairs.shipped("train") + (pairs.read(options.pairs) if options.pairs else [])
    data = _Data(rows, pairs.untouched("train"), options.seed)
    figure, shared = data.out_of_fold(options.seed)
    told = answers(data, figure, shared, options.seed)
    for share in sorted({0.03, 0.05, options.wrong}):
        print(share, *threshold(told, share), file=sys.stderr)
    limit, _ = threshold(told, options.wrong)
    everything = np.ones(len(data.messages), bool)
    head = data.head(everything, options.seed)
    parts = fit_ranker(data, figure, shared, everything, options.seed)
    bank = data.bank(head, everything)
    about = f"ohlora {__version__}; {len(data.rows)} pairs; seed {options.seed}; python -m ohlora.memory.training"
    name = hashlib.sha256(head["head"].tobytes()).hexdigest()[:12]
    half = {n: v.astype(np.float16) for n, v in head.items()}
    with atomic_write(options.output / "head.npz") as file:
        np.savez_compressed(
            file, name=np.array(f"e5-small-q4+{name}"), about=np.array(about), head=half["head"],
            message_mean=half["message_mean"], fact_mean=half["fact_mean"],
        )  # fmt: skip
    weights: Any = {n: v.astype(np.float32) for n, v in parts.items()}
    with atomic_write(options.output / "ranker.npz") as file:
        np.savez_compressed(
            file, name=np.array(name), about=np.array(about), threshold=np.array(str(round(limit, 2))),
            english=np.array(str(ranking.shipped().english)), bank_messages=bank.messages.astype(np.float16),
            bank_keys=bank.keys.astype(np.float16), bank_of=bank.of.astype(np.int32), **weights,
        )  # fmt: skip
    print("now fit the threshold for English: --english", file=sys.stderr)


if __name__ == "__main__":
    main()
