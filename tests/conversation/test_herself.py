"""Asked for a fact about herself she tells that fact, whatever a small model makes of the question; other talk is left alone."""

import threading
from collections.abc import Iterator

import pytest

from ohlora import personas
from ohlora.conversation.herself import AskedFact, asked_fact, in_person


@pytest.fixture(scope="module")
def persona() -> personas.Persona:
    return personas.load()


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("너 몇 살이야?", "age"),
        ("초면에 실례지만 나이를 여쭤봐도 될까요?", "age"),
        ("생일이 몇 월 며칠이에요?", "birthday"),
        ("1995년생이라고 들었는데 맞아요?", "born"),
        ("엠비티아이가 뭐예요?", "mbti"),
        ("어느 대학교 다니세요?", "university"),
        ("이름에 들어간 AI 기술이 뭐예요?", "technique"),
        ("너는 무슨 능력이 있어?", "power"),
        ("How old are you?", "age"),
    ],
)
def test_what_is_asked_for_is_told_by_the_examples_near_it(persona: personas.Persona, message: str, fact: str) -> None:
    wanted = asked_fact(persona, message)
    assert wanted
    assert fact in wanted.facts
    assert all(wanted.is_told(example.turn.reply) for example in wanted.like)


@pytest.mark.parametrize(
    "message",
    [
        "오늘 점심 뭐 먹지?",
        "내 고양이가 아파서 걱정이야",
        "내일 비 온대?",
        "주말에 등산 가자",
        "요즘 잠이 안 와",
        "asdf qwer",
    ],
)
def test_other_messages_ask_for_none_of_her_facts(persona: personas.Persona, message: str) -> None:
    assert asked_fact(persona, message) is None


class FakeReply:
    """A reply that is told when it is iterated."""

    def __init__(self, said: str) -> None:
        self.text, self.ended_by = said, "stop"
        self.pieces = iter([said])

    def __iter__(self) -> Iterator[str]:
        return self.pieces


def in_the_end(persona: personas.Persona, message: str, *replies: str) -> tuple[str, list[str], int]:
    """What is kept, what is streamed, and how often she was asked anew."""
    wanted = asked_fact(persona, message)
    assert wanted
    attempts: list[int] = []

    def ask(attempt: int, like: AskedFact) -> FakeReply:
        assert like is wanted
        attempts.append(attempt)
        return FakeReply(replies[attempt])

    reply = in_person(ask, FakeReply(replies[0]), wanted, threading.Event())  # type: ignore[arg-type]
    return reply.text, list(reply), len(attempts)


def test_a_reply_that_tells_it_stays_as_it_is(persona: personas.Persona) -> None:
    own = "스물두 살이에요, 동갑이면 좋겠네요!"
    assert in_the_end(persona, "너 몇 살이야?", own) == (own, [own], 0)


def test_another_attempt_is_made(persona: personas.Persona) -> None:
    told = in_the_end(persona, "너 몇 살이야?", "저는 서른 살이에요.", "글쎄요?", "스물두 살이에요!")
    assert told == ("스물두 살이에요!", ["스물두 살이에요!"], 2)


def test_in_the_end_she_says_what_she_says_in_the_nearest_example(persona: personas.Persona) -> None:
    wanted = asked_fact(persona, "너 몇 살이야?")
    assert wanted
    own = wanted.like[0].turn.reply
    assert in_the_end(persona, "너 몇 살이야?", "서른 살이요.", "마흔이요.", "글쎄요.") == (own, [own], 2)


def test_what_was_said_before_a_stop_is_kept(persona: personas.Persona) -> None:
    wanted = asked_fact(persona, "너 몇 살이야?")
    assert wanted
    stopped = threading.Event()
    stopped.set()
    reply = in_person(lambda *_: pytest.fail("asked anew"), FakeReply("저는"), wanted, stopped)  # type: ignore[arg-type]
    assert reply.text == "저는"
