"""Fifty questions to the clock, whatever the language model says."""

from datetime import datetime
from pathlib import Path

import pytest

from ohlora import personas
from ohlora.conversation import Conversation, Replied, Store
from ohlora.conversation.clock import asked
from tests.conversation.test_turn import FakeEngine

NOW = datetime(2026, 3, 5, 14, 10)
QUESTIONS = {
    "오늘 무슨 요일이야?": "목요일", "오늘 며칠이야?": "3월 5일", "지금 몇 시야?": "오후 2시 10분", "내일 무슨 요일이야?": "금요일",
    "모레 며칠이지?": "3월 7일", "어제 무슨 요일이었지?": "수요일", "올해 몇 년도야?": "2026년", "지금 몇 월이야?": "3월",
    "이번 달이 몇 월이지?": "3월", "다음 주 월요일은 며칠이야?": "3월 9일", "오늘 날짜 알려 줘": "3월 5일", "오늘이 몇 월 며칠이에요?": "3월 5일",
    "지금 시간 좀 알려줘": "2시 10분", "내일 며칠이야?": "3월 6일", "그저께 며칠이었어?": "3월 3일", "글피가 며칠이야?": "3월 8일",
    "3일 뒤는 며칠이야?": "3월 8일", "일주일 뒤 무슨 요일이야?": "목요일", "지난주 금요일이 며칠이었지?": "2월 27일",
    "이번 주 토요일은 며칠이야?": "3월 7일", "크리스마스까지 며칠 남았어?": "295일", "내년은 몇 년이야?": "2027년", "작년이 몇 년도였지?": "2025년",
    "오늘 몇 월 며칠 무슨 요일이야?": "3월 5일 목요일", "현재 시각이 어떻게 돼?": "2시 10분", "지금 몇 시 몇 분이야?": "2시 10분",
    "너 오늘 무슨 요일인지 알아?": "목요일", "오로라야 오늘 며칠이야?": "3월 5일", "오늘 목요일이야?": "목요일", "이번 주말이 며칠이야?": "3월 7일",
    "3월 10일이 무슨 요일이야?": "화요일", "5월 5일은 무슨 요일이야?": "화요일", "2주 뒤 며칠이야?": "3월 19일", "사흘 뒤가 무슨 요일이지?": "일요일",
    "다음 달은 몇 월이야?": "4월", "이번 주 금요일 날짜 알려줘": "3월 6일", "내일모레가 며칠이더라?": "3월 7일", "오늘이 며칠인지 까먹었어": "3월 5일",
    "요일이 뭐야 오늘?": "목요일", "지금 오후야?": "오후", "what day is it today?": "Thursday", "What's the date?": "March 5",
    "what time is it?": "2:10 PM", "What year is it?": "2026", "What day is tomorrow?": "Friday", "what's tomorrow's date?": "March 6",
    "what day was yesterday?": "Wednesday", "What month is it?": "March", "what date is next Monday?": "March 9", "Is it Monday today?": "Thursday",
}  # fmt: skip


@pytest.mark.parametrize(("question", "answer"), QUESTIONS.items())
def test_her_answer_is_the_clocks(question: str, answer: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    wrong = ["오늘은 2024년 1월 1일 월요일 오전 1시예요. It's Sunday, January 1, 1:00 AM."]
    talk = Conversation(personas.load(), FakeEngine(wrong), store, clock=lambda: NOW)
    replied = [event.text for event in talk.turn(question) if isinstance(event, Replied)]
    store.close()
    assert answer in replied[0]
    assert talk.turns[0].reply == replied[0]


def test_there_are_fifty() -> None:
    assert len(QUESTIONS) == 50


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("오늘 무슨 요일이야?", "오늘은 목요일이에요!"),
        ("오늘 며칠이야?", "3월 5일이에요."),
        ("지금 몇 시야?", "지금은 오후 2시 10분이에요."),
        ("what day is it today?", "It's Thursday!"),
    ],
)
def test_a_right_reply_is_left_as_it_is(question: str, reply: str) -> None:
    told = asked(question, NOW)
    assert told
    assert told.holds(reply)


@pytest.mark.parametrize(
    "message",
    [
        "네 생일이 며칠이야?",
        "너 몇 시에 자?",
        "시험이 며칠이지?",
        "나 내일 몇 시에 일어나야 해?",
        "세종대왕은 몇 년에 태어났어?",
        "안녕",
        "How many days are there?",
    ],
)
def test_other_questions_are_hers_to_answer(message: str) -> None:
    assert asked(message, NOW) is None
