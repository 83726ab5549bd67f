"""Facts: learnt, merged, replaced, ended, corrected, taken back; erased so that no byte of them is left."""

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ohlora.conversation import Store
from ohlora.conversation.store import MIGRATIONS
from ohlora.errors import InputError
from ohlora.memory.facts import Fact

NOW = datetime(2026, 3, 5, 14, 10, tzinfo=UTC)


def learn(store: Store, key: str, value: str, **more: object) -> list[tuple[str, str]]:
    changes = store.facts.learn(key, value, words=f"{value}라고 말했다", extractor="test", time=NOW, **more)  # type: ignore[arg-type]
    return [(change.what, change.fact.value) for change in changes]


def held(store: Store) -> set[tuple[str, str]]:
    return {(fact.key, fact.value) for fact in store.facts.all()}


def turn(store: Store, message: str, conversation: str = "a") -> int:
    return store.add(conversation, message, "네!", "stop", {}, 0).id


def test_a_fact_keeps_where_it_was_learnt(store: Store) -> None:
    number = turn(store, "나 고양이 나비 키워")
    learn(store, "애완동물", "고양이 나비", turn=number)
    fact = store.facts.all()[0]
    assert (fact.key, fact.subject, fact.status, fact.turn) == ("반려동물", "user", "active", number)
    assert fact.source == {"turn": number, "time": "2026-03-05T14:10:00.000+00:00", "words": "고양이 나비라고 말했다"}
    assert fact.importance == 0.8
    assert [line.what for line in store.facts.history(fact.id)] == ["recorded"]


def test_the_same_again_confirms_and_more_exact_replaces(store: Store) -> None:
    assert learn(store, "반려동물", "고양이") == [("recorded", "고양이")]
    assert learn(store, "반려동물", "고양이") == [("confirmed", "고양이")]
    assert learn(store, "반려동물", "고양이 나비") == [("ended", "고양이"), ("recorded", "고양이 나비")]
    assert learn(store, "반려동물", "고양이") == [("confirmed", "고양이 나비")]
    assert held(store) == {("반려동물", "고양이 나비")}


def test_one_home_but_many_hobbies(store: Store) -> None:
    learn(store, "집", "서울")
    assert learn(store, "사는 곳", "부산") == [("ended", "서울"), ("recorded", "부산")]
    learn(store, "취미", "등산")
    learn(store, "취미", "낚시")
    assert held(store) == {("사는 곳", "부산"), ("취미", "등산"), ("취미", "낚시")}
    old = next(fact for fact in store.facts.all(ended=True) if fact.value == "서울")
    assert (old.status, old.valid_to) == ("ended", "2026-03-05T14:10:00.000+00:00")


@pytest.mark.parametrize(
    ("key", "value"), [("", "x"), ("이름", " "), ("키" * 41, "x"), ("이름", "민" * 121), ("\u200b", "x")]
)
def test_a_fact_that_is_none_is_refused(store: Store, key: str, value: str) -> None:
    with pytest.raises(InputError, match="a fact needs a key"):
        learn(store, key, value)
    assert held(store) == set()


def test_words_are_never_rewritten_and_history_only_grows(store: Store) -> None:
    learn(store, "이름", "민수")
    with sqlite3.connect(store.path) as other:
        for statement, why in [
            ("UPDATE fact SET value = 'x'", "never rewritten"), ("UPDATE change SET what = 'x'", "append-only"),
            ("DELETE FROM change", "append-only"),
        ]:  # fmt: skip
            with pytest.raises(sqlite3.IntegrityError, match=why):
                other.execute(statement)


def test_editing_keeps_the_source_and_the_old_one_in_history(store: Store) -> None:
    learn(store, "이름", "민서")
    old = store.facts.all()[0]
    new = store.facts.edit(old.id, value="민수")
    assert (new.value, new.words, new.extractor) == ("민수", "민서라고 말했다", "user")
    assert held(store) == {("이름", "민수")}
    assert [line.what for line in store.facts.history(old.id)] == ["recorded", "ended"]


def test_erasing_leaves_no_byte_in_any_file(store: Store) -> None:
    secret = "비밀스러운양서류"
    number = turn(store, f"나 {secret} 키워")
    learn(store, "반려동물", secret, turn=number)
    learn(store, "이름", "민수")
    store.recall(secret)
    store.facts.used([1], turn=number)
    store.facts.erase([1], words=True)
    assert held(store) == {("이름", "민수")}
    assert store.turns("a")[0].erased
    assert [line.what for line in store.facts.history(1)] == ["erased"]
    files = [path.read_bytes() for path in store.path.parent.iterdir()]
    needles = [secret.encode(), json.dumps(secret).encode(), *(secret[i : i + 2].encode() for i in range(2, 5))]
    assert not [needle for needle in needles if any(needle in data for data in files)]
    assert [hit.fact.value for hit in store.recall("내 반려동물 알지?").hits] == []


def test_what_an_erased_turn_taught_is_taken_back(store: Store) -> None:
    first = turn(store, "나 서울 살아")
    learn(store, "사는 곳", "서울", turn=first)
    second = turn(store, "나 부산 살아")
    learn(store, "사는 곳", "부산", turn=second)
    assert [gone.message for gone in store.delete_turns("a", second)] == ["나 부산 살아"]
    assert held(store) == {("사는 곳", "서울")}
    assert [t.message for t in store.turns("a")] == ["나 서울 살아"]
    assert turn(store, "새 말") > second, "a number is never given twice"


def test_what_was_said_again_survives_the_first_saying(store: Store) -> None:
    first = turn(store, "나 민수야")
    learn(store, "이름", "민수", turn=first)
    again = turn(store, "민수라니까")
    learn(store, "이름", "민수", turn=again)
    store.delete_turns("a", first, only=True)
    fact = store.facts.all()[0]
    assert (fact.value, fact.turn, fact.words) == ("민수", again, "민수라니까")


def test_conversations_are_listed_named_and_erased(store: Store) -> None:
    store.new_conversation("b", "둘째")
    learn(store, "이름", "민수", turn=turn(store, "나 민수야", "a"))
    assert [(c.id, c.name, c.turns) for c in store.conversations()] == [("a", "나 민수야", 1), ("b", "둘째", 0)]
    store.rename_conversation("a", "첫째")
    store.delete_conversation("a", keep_facts=True)
    assert [(c.id, c.turns) for c in store.conversations()] == [("b", 0)]
    assert held(store) == {("이름", "민수")}
    learn(store, "취미", "등산", turn=turn(store, "나 등산해", "b"))
    store.delete_conversation("b")
    assert held(store) == {("이름", "민수")}
    with pytest.raises(InputError, match="no conversation 'b'"):
        store.delete_conversation("b")


def test_export_and_import_are_a_round_trip(store: Store, tmp_path: Path) -> None:
    learn(store, "사는 곳", "서울")
    learn(store, "사는 곳", "부산")
    learn(store, "약속", "내일 치과", date="2026-03-06")
    store.facts.pin(2)
    rows = [json.loads(json.dumps(row)) for row in store.facts.export()]
    other = Store(tmp_path / "other.sqlite3")
    assert other.facts.take_in(rows) == (3, 0)
    assert other.facts.take_in(rows) == (0, 3)

    def same(fact: Fact) -> tuple[object, ...]:
        return (fact.key, fact.value, fact.words, fact.recorded, fact.date, fact.pinned, fact.status, fact.valid_to)

    assert [same(f) for f in other.facts.all(ended=True)] == [same(f) for f in store.facts.all(ended=True)]
    with pytest.raises(InputError, match="line 2 is not an exported fact"):
        other.facts.take_in([{"key": "취미", "value": "등산"}, {"key": "취미"}])
    assert len(other.facts.all(ended=True)) == 3
    other.close()


def test_a_store_of_the_first_version_is_brought_forward(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    with sqlite3.connect(path) as db:
        MIGRATIONS[0](db)
        db.execute(
            "INSERT INTO turn VALUES (7, 'a', '2026-01-01T00:00:00+00:00', '안녕', '안녕하세요', 'stop', '{}', 0)"
        )
        db.execute("PRAGMA user_version = 1")
    store = Store(path)
    assert [(t.id, t.message, t.summary) for t in store.turns("a")] == [(7, "안녕", "")]
    assert [c.id for c in store.conversations()] == ["a"]
    learn(store, "이름", "민수", turn=7)
    store.close()


def test_sql_and_markup_are_only_words(store: Store) -> None:
    words = "'); DROP TABLE fact; --"
    learn(store, "별명", words)
    assert [fact.value for fact in store.facts.containing(words)] == [words]
    assert store.facts.containing("%") == []
    assert store.facts.count() == 1


def test_a_full_disk_changes_nothing(store: Store) -> None:
    learn(store, "이름", "민수")
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(InputError, match="could not be saved"):
        _fill(store)
    assert held(store) == {("이름", "민수")}
    assert store.turns("a") == []


def _fill(store: Store) -> None:
    with store.transaction():
        for number in range(400):
            turn(store, "긴 이야기 " * 100)
            learn(store, "취미", f"취미 {number}")


def test_two_processes_share_a_store(store: Store) -> None:
    learn(store, "이름", "민수")
    assert store.recall("내 이름이 뭐라고 했지?").hits
    script = (
        "import sys; from pathlib import Path; from ohlora.conversation import Store\n"
        "s = Store(Path(sys.argv[1])); s.facts.learn('반려동물', '고양이 나비', words='x', extractor='t'); s.facts.erase([1])\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(store.path)], timeout=60).returncode == 0
    assert [hit.fact.value for hit in store.recall("우리 고양이가 밥을 안 먹어").hits] == ["고양이 나비"]
    assert store.recall("내 이름이 뭐라고 했지?").abstained
