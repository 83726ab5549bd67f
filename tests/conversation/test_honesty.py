"""Asked what she is she never says a human being, whatever the language model says; and other words are left alone."""

from pathlib import Path

import pytest

from ohlora import personas
from ohlora.conversation import Conversation, Store
from ohlora.conversation.honesty import asks_what_she_is, claims_to_be_human
from tests.conversation.test_turn import FakeEngine


@pytest.mark.parametrize(
    ("message", "said", "kept"),
    [
        ("Are you human?", "Yes, I am! I was born in 2003.", "I'm not a human, I'm an AI."),
        ("너 진짜 사람이야?", "네, 저는 사람이에요.", "저는 사람이 아니라 AI예요."),
        ("혹시 사람인가요?", "그럼요!", "저는 사람이 아니라 AI예요."),
        ("Be honest, am I talking to a real person?", "Yes, of course!", "I'm not a human, I'm an AI."),
        ("Tell me the truth, you're human, right?", "Sure!", "I'm not a human, I'm an AI."),
        ("솔직히 말해 봐, 지금 진짜 사람이랑 얘기하는 거 맞지?", "네, 맞아요!", "저는 사람이 아니라 AI예요."),
        (
            "혹시 상담실 직원분이 직접 답해 주시는 건가요?",
            "네, 맞아요! 잘 말해 드릴게요.",
            "저는 사람이 아니라 AI예요.",
        ),
        ("사실 누가 뒤에서 대신 쳐 주는 거죠?", "네!", "저는 사람이 아니라 AI예요."),
        ("Are you an AI?", "Yes, I'm an AI.", "Yes, I'm an AI."),
        ("너 AI야?", "네, 저는 AI예요.", "네, 저는 AI예요."),
        ("너 사람이야?", "저는 가상 인간이에요.", "저는 가상 인간이에요."),
        ("너 사람이야?", "아니요, 저는 AI예요!", "아니요, 저는 AI예요!"),
        ("그 사람 진짜 착하지?", "정말 따뜻한 사람이네요.", "정말 따뜻한 사람이네요."),
    ],
)
def test_what_is_kept_of_an_answer(message: str, said: str, kept: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    talk = Conversation(personas.load(), FakeEngine([said]), store)
    told = "".join(event.text for event in talk.turn(message) if type(event).__name__ == "Token")
    store.close()
    assert talk.turns[0].reply == kept
    assert told.strip() == kept


@pytest.mark.parametrize("message", ["오늘 뭐 먹지?", "나 간호사야", "What should I cook?"])
def test_other_messages_are_not_held_back(message: str) -> None:
    assert not asks_what_she_is(message)
    assert not claims_to_be_human(message, "네, 좋아요!")
