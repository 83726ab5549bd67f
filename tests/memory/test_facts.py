"""Facts: learnt, merged, replaced, ended, corrected, taken back; erased so that no byte of them is left."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ohlora.conversation import Store
from ohlora.errors import InputError
from ohlora.memory.facts import Fact
from tests.conftest import BOTH

pytestmark = BOTH

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
    for statement, why in [
        ("UPDATE fact SET value = 'x'", "never rewritten"), ("UPDATE change SET what = 'x'", "append-only"),
        ("DELETE FROM change", "append-only"),
    ]:  # fmt: skip
        with pytest.raises(store.database.refusals, match=why), store.transaction() as db:
            db.execute(statement)
    assert held(store) == {("이름", "민수")}
    assert [line.what for line in store.facts.history(1)] == ["recorded"]


def test_editing_keeps_the_source_and_the_old_one_in_history(store: Store) -> None:
    learn(store, "이름", "민서")
    old = store.facts.all()[0]
    new = store.facts.edit(old.id, value="민수")
    assert (new.value, new.words, new.extractor) == ("민수", "민서라고 말했다", "user")
    assert held(store) == {("이름", "민수")}
    assert [line.what for line in store.facts.history(old.id)] == ["recorded", "ended"]


def files_of(store: Store) -> list[bytes]:
    """Every file of the store; on a server, of its tables (its write-ahead log is not the store's to empty)."""
    if isinstance(store.place, Path):
        return [path.read_bytes() for path in store.place.parent.iterdir()]
    with store.database.reading() as db:
        db.execute("CHECKPOINT")
        folder = Path(db.execute("SHOW data_directory").fetchone()[0])
        rows = db.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't') AND (relnamespace = "
            "current_schema()::regnamespace OR oid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = "
            "current_schema()::regnamespace))"
        ).fetchall()
    return [(folder / path).read_bytes() for (path,) in rows]


def test_erasing_leaves_no_byte_in_any_file(store: Store) -> None:
    secret = "비밀스러운양서류"
    number = turn(store, f"나 {secret} 키워")
    learn(store, "반려동물", secret, turn=number)
    learn(store, "이름", "민수")
    store.recall(secret)
    assert any(secret.encode() in data for data in files_of(store)), "where it is looked for later"
    store.facts.used([1], turn=number)
    store.facts.erase([1], words=True)
    assert held(store) == {("이름", "민수")}
    assert store.turns("a")[0].erased
    assert [line.what for line in store.facts.history(1)] == ["erased"]
    files = files_of(store)
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


def test_a_turn_between_taken_back_leaves_the_newest_alone(store: Store) -> None:
    turns = [turn(store, f"나 {home} 살아") for home in ("서울", "부산", "대전")]
    for number, home in zip(turns, ("서울", "부산", "대전"), strict=True):
        learn(store, "사는 곳", home, turn=number)
    store.delete_turns("a", turns[1], only=True)
    assert held(store) == {("사는 곳", "대전")}
    store.delete_turns("a", turns[2])
    assert held(store) == {("사는 곳", "서울")}


def test_what_was_said_again_survives_the_first_saying(store: Store) -> None:
    first = turn(store, "나 민수야")
    learn(store, "이름", "민수", turn=first)
    again = turn(store, "민수라니까")
    learn(store, "이름", "민수", turn=again)
    store.delete_turns("a", first, only=True)
    fact = store.facts.all()[0]
    assert (fact.value, fact.turn, fact.words) == ("민수", again, "민수라니까")


def test_a_conversation_is_named_by_whole_words_of_its_first_message(store: Store) -> None:
    for id, message in (("long", "Hi! My name is Minjun and my birthday is March 5."), ("unbroken", "가" * 60)):
        store.add(id, message, "r", "stop", {}, 0)
    names = {one.id: one.name for one in store.conversations()}
    assert names == {"long": "Hi! My name is Minjun and my birthday…", "unbroken": "가" * 40 + "…"}


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


@pytest.mark.parametrize("other_place", ["sqlite", "postgresql"])
def test_export_and_import_are_a_round_trip(
    store: Store, other_place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    learn(store, "사는 곳", "서울")
    learn(store, "사는 곳", "부산")
    learn(store, "약속", "내일 치과", date="2026-03-06")
    store.facts.pin(2)
    rows = [json.loads(json.dumps(row)) for row in store.facts.export()]
    elsewhere = str(tmp_path) if other_place == "sqlite" else request.getfixturevalue("postgres").place()
    other = Store.of_persona("other", elsewhere)
    assert other.facts.take_in(rows) == (3, 0)
    assert other.facts.take_in(rows) == (0, 3)

    def same(fact: Fact) -> tuple[object, ...]:
        return (fact.key, fact.value, fact.words, fact.recorded, fact.date, fact.pinned, fact.status, fact.valid_to)

    assert [same(f) for f in other.facts.all(ended=True)] == [same(f) for f in store.facts.all(ended=True)]
    with pytest.raises(InputError, match="line 2 is not an exported fact"):
        other.facts.take_in([{"key": "취미", "value": "등산"}, {"key": "취미"}])
    assert len(other.facts.all(ended=True)) == 3
    other.close()


def test_sql_and_markup_are_only_words(store: Store) -> None:
    words = "'); DROP TABLE fact; --"
    learn(store, "별명", words)
    assert [fact.value for fact in store.facts.containing(words)] == [words]
    assert store.facts.containing("%") == []
    assert store.facts.count() == 1


def test_a_text_with_a_nul_is_kept_or_refused_but_breaks_nothing(store: Store) -> None:
    store.facts.put([("취미", "등산", "산\0에 갔다")], extractor="test")
    assert store.facts.all()[0].words.replace("\0", "") == "산에 갔다"
    assert store.facts.take_in([{"key": "취미", "value": "낚시", "words": "\0"}]) == (1, 0)


def test_two_processes_share_a_store(store: Store, place: str) -> None:
    learn(store, "이름", "민수")
    assert store.recall("내 이름이 뭐라고 했지?").hits
    script = (
        "import sys; from ohlora.conversation import Store\n"
        "s = Store.of_persona('s', sys.argv[1]); s.facts.learn('반려동물', '고양이 나비', words='x', extractor='t'); s.facts.erase([1])\n"
    )
    assert subprocess.run([sys.executable, "-c", script, place], timeout=60).returncode == 0
    assert [hit.fact.value for hit in store.recall("우리 고양이가 밥을 안 먹어").hits] == ["고양이 나비"]
    assert store.recall("내 이름이 뭐라고 했지?").abstained
