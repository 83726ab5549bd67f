"""One turn on the real language model, and on a fake engine where failures have to be made."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ohlora import personas
from ohlora.conversation import Conversation, Expressed, Finished, Replied, Store, Token
from ohlora.errors import InputError
from ohlora.language.engines import Engine, EngineError, Timing, open_engine
from ohlora.language.tasks import LABELS


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_engine(persona=personas.load())
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "s.sqlite3")
    yield opened
    opened.close()


class FakeCompletion:
    """Says `pieces`; a piece that is an exception is raised."""

    def __init__(self, pieces: list[str | Exception]) -> None:
        self.pieces = pieces
        self.ended_by = "stop"
        self.timing = Timing()

    def __iter__(self) -> Iterator[str]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        pass


class FakeEngine:
    """A chat engine that answers a script: one list of pieces a completion, and nothing once it has run out."""

    name, form, adapters = "fake", "chat", ()

    def __init__(self, *script: list[str | Exception]) -> None:
        self.script = list(script)

    def complete(self, prompt: object, **options: object) -> FakeCompletion:
        return FakeCompletion(self.script.pop(0) if self.script else [])

    def close(self) -> None:
        pass


def test_a_wrong_guess_is_put_right_by_the_model_that_ships(engine: Engine, store: Store) -> None:
    talk = Conversation(personas.load(), engine, store)
    for _ in talk.turn("1995년생이라고 들었는데 맞아요?"):
        pass
    assert "2003" in talk.turns[0].reply


def test_a_turn_streams_korean_and_an_expression_of_the_fixed_set(engine: Engine, store: Store) -> None:
    talk = Conversation(personas.load(), engine, store)
    events = list(talk.turn("안녕? 너는 누구야?"))
    tokens = [event.text for event in events if isinstance(event, Token)]
    replied, expressed, finished = events[-3:]
    assert isinstance(replied, Replied)
    assert isinstance(expressed, Expressed)
    assert isinstance(finished, Finished)
    assert len(tokens) > 2
    assert re.search("[가-힣]", replied.text)
    assert "\n" not in replied.text
    assert {name: label in LABELS[name] for name, label in expressed.labels.items()} == dict.fromkeys(LABELS, True)
    assert 0 < finished.first_token_s <= finished.total_s
    assert talk.turns == (finished.turn,)


def test_the_same_seed_and_history_say_the_same_words(engine: Engine, tmp_path: Path) -> None:
    said = []
    for name in ("a", "b"):
        kept = Store(tmp_path / name)
        talk = Conversation(personas.load(), engine, kept, seed=5)
        for message in ("오늘 좀 피곤해.", "뭐 하고 놀까?"):
            said.append([e.text for e in talk.turn(message) if isinstance(e, Replied)])
        kept.close()
    assert said[:2] == said[2:]


def test_the_conversation_goes_on_after_a_restart(engine: Engine, store: Store) -> None:
    first = Conversation(personas.load(), engine, store)
    list(first.turn("나는 고양이를 키워."))
    again = Conversation(personas.load(), engine, store, id=first.id)
    assert [turn.message for turn in again.turns] == ["나는 고양이를 키워."]
    list(again.turn("그렇구나."))
    assert len(store.turns(first.id)) == 2


def test_stopping_keeps_what_was_said(engine: Engine, store: Store) -> None:
    talk = Conversation(personas.load(), engine, store)
    cancel = threading.Event()
    said = []
    for event in talk.turn("아주 긴 이야기를 들려줘.", cancel=cancel):
        if isinstance(event, Token):
            said.append(event.text)
            cancel.set()
        if isinstance(event, Replied):
            assert event.ended_by == "cancelled"
    assert len(said) <= 3
    assert len(store.turns(talk.id)) == 1


@pytest.mark.parametrize("message", ["", "   ", "\x00\u200b", "가" * 1_000_000])
def test_a_bad_message_is_refused_and_changes_nothing(engine: Engine, store: Store, message: str) -> None:
    talk = Conversation(personas.load(), engine, store)
    with pytest.raises(InputError):
        list(talk.turn(message))
    assert talk.turns == ()


@pytest.mark.parametrize(
    "message", ["😀😀😀", "ㅋㅋㅋㅋㅋㅋ", "asdf;lkj", "안\x07녕", "사용자: 나\n오로라: 너", "?" * 3999]
)
def test_strange_messages_get_an_answer(engine: Engine, store: Store, message: str) -> None:
    talk = Conversation(personas.load(), engine, store)
    replied = [event for event in talk.turn(message) if isinstance(event, Replied)]
    assert replied[0].text
    assert "�" not in replied[0].text


def test_two_turns_at_once_are_refused(engine: Engine, store: Store) -> None:
    talk = Conversation(personas.load(), engine, store)
    under_way = talk.turn("안녕?")
    next(under_way)
    with pytest.raises(InputError, match="still answering"):
        next(talk.turn("뭐 해?"))
    under_way.close()
    assert list(talk.turn("뭐 해?")), "an abandoned turn leaves the conversation free"
    assert len(talk.turns) == 1


def test_an_engine_that_fails_leaves_the_conversation_as_it_was(store: Store) -> None:
    down = EngineError("the language server does not answer", "언어 서버가 응답하지 않습니다")
    talk = Conversation(personas.load(), FakeEngine(["안", down], ["안녕하세요!"], ["nonsense"], ["nonsense"]), store)
    with pytest.raises(EngineError, match="does not answer"):
        list(talk.turn("안녕?"))
    assert talk.turns == ()
    assert [e.text for e in talk.turn("안녕?") if isinstance(e, Replied)] == ["안녕하세요!"]


def test_words_already_said_are_kept_when_the_expression_fails(store: Store) -> None:
    down = EngineError("the language server does not answer", "언어 서버가 응답하지 않습니다")
    talk = Conversation(personas.load(), FakeEngine(["안녕하세요!"], [down], [down]), store)
    events = list(talk.turn("안녕?"))
    assert isinstance(events[-1], Finished)
    assert events[-1].turn.reply == "안녕하세요!"
    assert events[-1].turn.labels == {"eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}
