"""Ends scripted turns with kill -9 at random moments, and checks the store after each.

    python benchmarks/kill_turns.py [--times 200] [--seed 0] [--store postgresql://ROLE@HOST/DATABASE#NAME]

A child process lives through scripted turns (a reply that is given, so that thousands of turns fit into a minute; what is
under test is what is kept) and says on its standard output what was confirmed. It is killed at a random moment after a few of them. Then: every
confirmed turn and fact is there; no turn is without what it taught, no fact without its turn; SQLite finds no fault in its file. On a server
the store of that name is emptied first.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time

from ohlora.conversation import Store
from ohlora.database import Sqlite

SCRIPT = """
import sys
from datetime import datetime
from ohlora.conversation import Store
from ohlora.memory.remembering import learn

store, number = Store.of_persona("killed", sys.argv[1]), int(sys.argv[2])
store.facts.encoder.facts(["준비 운동"])
print("ready", flush=True)
while True:
    number += 1
    name = "".join("봄달별숲강산길섬꽃돌"[int(digit)] for digit in str(number))
    for message in (f"나 고양이 키워. 이름은 나비{name}야", f"나 이제 도시{name}에 살아"):
        with store.transaction():
            kept = store.add("a", message, "네!", "stop", {}, 0)
            learnt = learn(store.facts, store.recall, message, now=datetime.now().astimezone(), turn=kept.id)
        for change in learnt.changes:
            print(kept.id, change.what, change.fact.id, flush=True)
    if number % 5 == 0:
        store.delete_turns("a", kept.id)
        print(kept.id, "taken back", 0, flush=True)
"""


def run(times: int, seed: int, place: str) -> dict[str, int]:
    """Kills a writer so many times; returns what was counted. A fault is an AssertionError.

    Args:
        place: of an empty store: a folder or an address.
    """
    draw = random.Random(seed)
    confirmed: dict[int, str] = {}
    turns: set[int] = set()
    number = 1000
    for _ in range(times):
        command = [sys.executable, "-c", SCRIPT, place, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
            heard = [child.stdout.readline() for _ in range(draw.randrange(6))]
            time.sleep(draw.uniform(0, 0.2))
            child.kill()
            rest = child.stdout.read().splitlines(keepends=True)
            lines = [line for line in [*heard, *rest] if line.endswith("\n")]
        gone: set[int] = set()
        for line in lines:
            turn, what, fact = (
                line.rsplit(" ", 2)[0].split(" ")[0],
                line.split(" ", 1)[1].rsplit(" ", 1)[0],
                line.split()[-1],
            )
            if what == "taken back":
                gone.add(int(turn))
                continue
            turns.add(int(turn))
            if what == "recorded":
                confirmed[int(fact)] = line
        turns -= gone
        number = _check(place, turns, confirmed, number)
    return {"kills": times, "turns_confirmed": len(turns), "facts_confirmed": len(confirmed)}


def _check(place: str, turns: set[int], confirmed: dict[int, str], number: int) -> int:
    store = Store.of_persona("killed", place)
    # In a transaction: on a server the last statement of the killed one may still be running, and is waited for.
    with store.transaction() as db:
        if isinstance(store.database, Sqlite):
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        there = {turn for (turn,) in db.execute("SELECT id FROM turn")}
        facts = {fact for (fact,) in db.execute("SELECT id FROM fact")}
        erased = {fact for (fact,) in db.execute("SELECT fact FROM change WHERE what = 'erased'")}
        erased_turns = {turn for (turn,) in db.execute("SELECT turn FROM erased")}
        assert turns - erased_turns <= there, "a confirmed turn is lost"
        assert set(confirmed) - erased <= facts, "a confirmed fact is lost"
        taught = {turn for (turn,) in db.execute("SELECT DISTINCT turn FROM fact")}
        assert there == taught, "a turn without what it taught, or a fact without its turn"
        for table in ("meaning", "code"):
            assert {fact for (fact,) in db.execute(f"SELECT fact FROM {table}")} == facts, table
        assert {fact for (fact,) in db.execute("SELECT DISTINCT fact FROM gram")} == facts
        assert db.execute("SELECT count(*) FROM erasing").fetchone()[0] == 0
        homes = db.execute("SELECT count(*) FROM fact WHERE key = '사는 곳' AND status = 'active'").fetchone()[0]
        assert homes <= 1, "two homes at once"
    store.close()
    return number + 40


def main() -> None:
    """Prints what was counted as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", default=None)
    options = parser.parse_args()
    if options.store:
        Store.of_persona("killed", options.store).drop()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(options.times, options.seed, options.store or folder)))


if __name__ == "__main__":
    main()
