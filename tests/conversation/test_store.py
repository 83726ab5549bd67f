"""The store of conversations: kept over restarts, written once, used by two, safe from kill -9; in a file and on a server."""

import subprocess
import sys

import pytest

from ohlora.conversation.store import Store
from tests.conftest import BOTH

pytestmark = BOTH

LABELS = {"eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}


def add(store: Store, conversation: str, number: int) -> None:
    store.add(conversation, f"메시지 {number}", f"대답 {number}", "stop", LABELS, number)


def test_turns_are_kept_over_a_restart(place: str) -> None:
    store = Store.of_persona("s", place)
    for number in range(3):
        add(store, "a", number)
    add(store, "b", 9)
    store.close()
    store = Store.of_persona("s", place)
    assert [turn.message for turn in store.turns("a")] == ["메시지 0", "메시지 1", "메시지 2"]
    assert [turn.reply for turn in store.turns("a", last=2)] == ["대답 1", "대답 2"]
    assert store.turns("a")[0].labels == LABELS
    assert store.newest_conversation() == "b"
    store.close()


def test_turns_are_immutable(place: str) -> None:
    store = Store.of_persona("s", place)
    add(store, "a", 0)
    for statement in ("UPDATE turn SET reply = 'x'", "DELETE FROM turn"):
        with pytest.raises(store.database.refusals, match="immutable"), store.transaction() as db:
            db.execute(statement)
    assert store.turns("a")[0].reply == "대답 0"
    store.close()


def test_eight_processes_make_one_store(place: str) -> None:
    """All begin at once, each finds a whole store."""
    script = "import sys; from ohlora.conversation.store import Store; Store.of_persona('s', sys.argv[1]).close()"
    every = [subprocess.Popen([sys.executable, "-c", script, place]) for _ in range(8)]
    assert [process.wait(timeout=60) for process in every] == [0] * 8


def test_two_processes_write_to_one_store(place: str) -> None:
    script = (
        "import sys; from ohlora.conversation.store import Store\n"
        "s = Store.of_persona('s', sys.argv[1])\n"
        "for n in range(40): s.add(sys.argv[2], str(n), 'r', 'stop', {}, n)\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, place, name]) for name in ("a", "b")]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    store = Store.of_persona("s", place)
    assert len(store.turns("a")) == len(store.turns("b")) == 40
    store.close()


def test_a_killed_writer_loses_nothing_it_confirmed(place: str) -> None:
    script = (
        "import sys; from ohlora.conversation.store import Store\n"
        "s = Store.of_persona('s', sys.argv[1]); n = 0\n"
        "while True:\n    s.add('a', str(n), 'r', 'stop', {}, n); print(n, flush=True); n += 1\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, place], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        for line in writer.stdout:
            if int(line) >= 25:
                break
        writer.kill()
    store = Store.of_persona("s", place)
    assert [turn.message for turn in store.turns("a")][:26] == [str(n) for n in range(26)]
    store.close()
