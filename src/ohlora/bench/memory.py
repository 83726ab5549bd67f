"""`ohlora bench memory`: how well she remembers and recalls, and how long recall takes with many facts.

Quality is measured on what ships and was never trained on: held-out pairs, messages that touch nothing, and histories.
Latency needs a million facts; computing a million sentence vectors would take hours, so vectors of real facts are mixed
with noise. What is timed is everything recall does: the message's own vector (also timed alone), all candidates, the
ranking. The first recall of a store also reads its codes, from a file that has just been written.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import numpy as np

from ohlora.bench._report import machine, result
from ohlora.cli._output import examples, json_option, print_json
from ohlora.cli._session import store_option
from ohlora.i18n import say
from ohlora.progress import bar

SIZES = (100, 10_000, 1_000_000)


@click.command(
    "memory",
    help=say(
        "Recall and remembering: right, wrong, abstained, false memories; latency at 100, 10,000 and 1,000,000 facts.",
        "기억하기와 떠올리기: 맞음, 틀림, 침묵, 거짓 기억, 그리고 기억 100·10,000·1,000,000개에서 걸리는 시간.",
    ),
    epilog=examples(
        "ohlora bench memory",
        "ohlora bench memory --facts 10000 --json",
        "ohlora bench memory --store postgresql:///ohlora",
    ),
)
@click.option(
    "--facts",
    default=SIZES[-1],
    show_default=True,
    type=click.IntRange(1),
    help=say("Largest number of facts timed.", "시간을 잴 가장 큰 기억 수."),
)
@store_option
@json_option
def command(facts: int, place: str | None, as_json: bool) -> None:
    sizes = [n for n in SIZES if n <= facts] or [facts]
    results = [*quality(), *latency(sizes)]
    if place:
        results += compared(results, [*latency(sizes, place)])
    data: dict[str, Any] = {"machine": machine(), "results": results}
    if as_json:
        print_json(data)
        return
    for row in data["results"]:
        click.echo(f"{row['name']:<44} {row['value']:>10.4g} {row['unit']:<8} p95 {row['p95']:.4g}  n {row['n']}")


def quality() -> Iterator[dict[str, Any]]:
    """Rows on held-out pairs in sets of 40, on messages that touch nothing, and on the histories that ship."""
    from ohlora.memory import evaluation, pairs

    rows = pairs.shipped("heldout")
    korean = [row for row in rows if any("가" <= c <= "힣" for c in row.key)]
    draw = np.random.default_rng(0)
    sets = [evaluation.of_pairs([korean[i] for i in draw.permutation(len(korean))[:40]]) for _ in range(3)]
    yield result("recall@1, 40 held-out Korean pairs", [s.right / s.n for s in sets], "ratio")
    yield result("wrong recall, 40 held-out Korean pairs", [s.wrong / s.n for s in sets], "ratio")
    yield result("abstained, 40 held-out Korean pairs", [s.abstained / s.n for s in sets], "ratio")
    silent = pairs.untouched("heldout")
    some = [korean[i] for i in draw.permutation(len(korean))[:40]]
    yield result("recalled though nothing fits", [evaluation.quiet(some, silent) / len(silent)], "ratio")
    for path in histories():
        told = evaluation.of_histories(evaluation.read_histories(path)).data()
        name = f"histories {path.stem}, patterns alone"
        yield result(f"false memories, {name}", [told["false_memories"]], "ratio")
        yield result(f"value F1, {name}", [told["value_f1"]], "ratio")
        yield result(f"updates right, {name}", [told["updates_right"]], "ratio")


def histories() -> list[Path]:
    """The histories that ship."""
    folder = Path(str(files("ohlora.memory").joinpath("data")))
    return sorted(folder.glob("histories.*.jsonl"))


def compared(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of the other store, with how many times as long as in a file each took."""
    files = {row["name"]: row["median"] for row in here}
    for row in there:
        yield {**row, "name": f"{row['name']}, other store"}
        yield result(f"{row['name']}, other store to file", [row["median"] / files[row["name"]]], "ratio")


def latency(sizes: list[int], place: str | None = None) -> Iterator[dict[str, Any]]:
    """Rows of milliseconds a recall, one a size; the store is on disk (or where `place` says), as it is in use."""
    from ohlora.memory import evaluation, pairs

    rows = pairs.shipped("train")
    messages = [row.message for row in pairs.shipped("heldout")][:60]
    with evaluation.scratch_store(place) as store:
        store.facts.encoder.messages(messages[:1])
        yield result("the message's vector alone", _timed(store.facts.encoder.messages, [[m] for m in messages]), "ms")
        fill = _Filling(store, rows)
        for size in sizes:
            fill.up_to(size)
            yield result(f"first recall with {size:,} facts", _timed(store.recall, ["준비 운동"]), "ms")
            yield result(f"recall with {size:,} facts", _timed(store.recall, messages), "ms")


def _timed(run: Callable[[Any], object], inputs: Iterable[Any]) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for given in inputs:
        start = time.perf_counter()
        run(given)
        taken.append(1000 * (time.perf_counter() - start))
    return taken


class _Filling:
    """Fills a store with made-up facts: keys and values of real ones recombined, vectors near real ones."""

    def __init__(self, store: Any, rows: Any) -> None:
        from ohlora.memory.facts import code_of, quantised

        self._code_of, self._quantised = code_of, quantised
        self._store = store
        self._draw = np.random.default_rng(0)
        self._facts = list(dict.fromkeys((row.key, row.value) for row in rows))
        encoder = store.facts.encoder
        keys = list(dict.fromkeys(key for key, _ in self._facts))
        of_key = dict(zip(keys, encoder.facts(keys), strict=True))
        both, values = encoder.facts([f"{k}: {v}" for k, v in self._facts]), encoder.facts([v for _, v in self._facts])
        self._vectors = np.stack([both, np.stack([of_key[key] for key, _ in self._facts]), values], 1)
        self._count = 0

    def up_to(self, size: int) -> None:
        """Adds facts until there are `size`."""
        with bar("facts", total=size - self._count, unit="fact") as progress:
            while self._count < size:
                some = min(20_000, size - self._count)
                self._add(some)
                self._count += some
                progress.update(some)

    def _add(self, some: int) -> None:
        from ohlora.memory import wording

        name = self._store.facts.encoder.name
        picks = self._draw.integers(len(self._facts), size=some)
        noise = self._draw.normal(0, 0.04, (some, self._vectors.shape[2])).astype(np.float32)
        vectors = self._vectors[picks] + noise[:, None]
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        numbers = np.arange(self._count + 1, self._count + some + 1)
        database = self._store.database
        with self._store.transaction() as db:
            facts, meanings, codes, grams, changes = [], [], [], [], []
            time_ = "2026-01-01T00:00:00.000+00:00"
            for number, pick, vector in zip(numbers.tolist(), picks.tolist(), vectors, strict=True):
                key, value = self._facts[pick]
                value = f"{value} {number % 9973}"
                meaning = self._quantised(vector.reshape(-1)).tobytes()
                facts.append((number, key, value, f"{key}{value}", time_, time_, "-", "bench"))
                meanings.append((number, name, database.vector(meaning)))
                codes.append((number, database.bits(self._code_of(meaning[: vectors.shape[2]]))))
                grams += [(gram, number) for gram in wording.bigrams(key) | wording.bigrams(value)]
                changes.append((number, time_, "recorded"))
            db.executemany(
                "INSERT INTO fact (id, key, value, folded, valid_from, recorded, words, extractor) VALUES (?,?,?,?,?,?,?,?)",
                facts,
            )
            db.executemany("INSERT INTO meaning (fact, model, vectors) VALUES (?,?,?)", meanings)
            db.executemany("INSERT INTO code (fact, bits) VALUES (?,?)", codes)
            db.executemany("INSERT INTO gram VALUES (?,?) ON CONFLICT DO NOTHING", sorted(grams))
            db.executemany("INSERT INTO change (fact, time, what) VALUES (?,?,?)", changes)
            database.count_from("fact", int(numbers[-1]))
        self._store.recall.reset()
