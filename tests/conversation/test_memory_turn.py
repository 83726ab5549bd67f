"""A turn and what it teaches: kept together, recalled later, taken back when the turn goes."""

import pytest

from ohlora import personas
from ohlora.conversation import Conversation, Event, Finished, Recalled, Remembered, Store
from ohlora.errors import InputError
from ohlora.language.engines import EngineError
from tests.conftest import BOTH
from tests.conversation.test_turn import FakeEngine

pytestmark = BOTH


def answers(count: int) -> list[list[str | Exception]]:
    """A reply, two attempts at an expression, a proposal and a summary for each turn."""
    return [x for n in range(count) for x in ([f"네 {n}!"], ["?"], ["?"], ['{"facts": []}'], ["이야기"])]


@pytest.fixture
def talk(place: str) -> Conversation:
    return Conversation(personas.load(), FakeEngine(*answers(9)), Store.of_persona("s", place))


def held(talk: Conversation) -> list[str]:
    return sorted(f"{fact.key}: {fact.value}" for fact in talk.store.facts.all())


def of(kind: type, events: list[Event]) -> list[dict[str, object]]:
    return [row for event in events if isinstance(event, kind) for row in event.data()]


def test_what_is_said_is_remembered_and_recalled_in_another_conversation(talk: Conversation) -> None:
    events = list(talk.turn("나 고양이 키워. 이름은 나비야"))
    assert [(r["key"], r["value"], r["what"]) for r in of(Remembered, events)] == [
        ("반려동물", "고양이 나비", "recorded")
    ]
    assert isinstance(events[-1], Finished)
    assert talk.turns[0].summary == "이야기"
    other = Conversation(talk.persona, talk.engine, talk.store)
    events = list(other.turn("우리 고양이 밥 줬어"))
    assert [r["value"] for r in of(Recalled, events)] == ["고양이 나비"]
    assert talk.store.facts.all()[0].uses == 1


def test_editing_takes_back_what_the_old_words_taught(talk: Conversation) -> None:
    list(talk.turn("나 서울 살아"))
    list(talk.turn("나 부산 살아"))
    list(talk.edit(talk.turns[1].id, "나 대전 살아"))
    assert [turn.message for turn in talk.turns] == ["나 서울 살아", "나 대전 살아"]
    assert held(talk) == ["사는 곳: 대전"]
    talk.delete(talk.turns[1].id)
    assert held(talk) == ["사는 곳: 서울"]
    assert [turn.message for turn in talk.store.turns(talk.id)] == ["나 서울 살아"]


def test_answering_anew_teaches_once(talk: Conversation) -> None:
    list(talk.turn("나 고양이 키워. 이름은 나비야"))
    first = talk.turns[0]
    list(talk.regenerate())
    assert [turn.message for turn in talk.turns] == ["나 고양이 키워. 이름은 나비야"]
    assert talk.turns[0].id != first.id
    assert talk.turns[0].seed != first.seed
    assert [fact.turn for fact in talk.store.facts.all(ended=True)] == [talk.turns[0].id]


def test_an_engine_that_fails_in_answering_anew_leaves_the_old_answer(talk: Conversation) -> None:
    list(talk.turn("나 서울 살아"))
    talk.engine.script = [[EngineError("down", "꺼짐")]]  # type: ignore[attr-defined]
    with pytest.raises(EngineError):
        list(talk.regenerate())
    assert [turn.reply for turn in talk.store.turns(talk.id)] == ["네 0!"]
    assert held(talk) == ["사는 곳: 서울"]


def test_there_must_be_something_to_answer_anew_or_to_edit(talk: Conversation) -> None:
    with pytest.raises(InputError, match="nothing to answer anew"):
        list(talk.regenerate())
    with pytest.raises(InputError, match="no turn 5"):
        list(talk.edit(5, "안녕"))
    with pytest.raises(InputError, match="no turn 5"):
        talk.delete(5)
