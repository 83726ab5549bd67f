"""The tagger: where a value stands in a message, what neighbouring tokens tell, and what it adds to or takes from what the model proposes."""

from collections.abc import Mapping

import numpy as np
import pytest

from ohlora.language.sentences.graph import taken_in
from ohlora.memory import tagging
from ohlora.memory.tagging import Reading, agreed, letters_of, within
from tests.memory.proposals import pairs

_CLASSES = ["", "", "이름", "직업", "끝", "일정", "name", "home"]


def _reading(message: str, told: Mapping[str, tuple[str, float]]) -> Reading:
    """A reading made up for a test: words of the message → (class, chance)."""
    places = [(begin, end) for _, begin, end in taken_in().pieces.placed(message)]
    chances = np.zeros((len(places), len(_CLASSES)), np.float32)
    chances[:, 0] = 1
    for value, (name, chance) in told.items():
        letters, _ = letters_of(value, message)
        for token in within(letters, places):
            chances[token] = 0
            chances[token, 0], chances[token, _CLASSES.index(name)] = 1 - chance, chance
    return Reading(message, places, chances, _CLASSES)


@pytest.mark.parametrize(
    ("value", "message", "stands"),
    [
        ("간호사 8년차", "저는 간호사 8년차예요", "간호사 8년차"),
        ("휴게소 호두과자", "휴게소에서 호두과자 굽는데", "휴게소호두과자"),
        ("stress fracture in left foot", "withdrew, stress fracture in my left foot", "stressfractureinleftfoot"),
        ("Dex 7", "dex turned 7 on the 17th", "dex"),
        ("대구", "서울 살아", ""),
    ],
)
def test_the_letters_a_value_is_made_of(value: str, message: str, stands: str) -> None:
    letters, share = letters_of(value, message)
    assert "".join(message[place] for place in sorted(letters)) == stands
    assert share == pytest.approx(1 if stands else 0, abs=0.3)


def test_neighbouring_tokens_of_one_key_are_one_value() -> None:
    told = _reading("나 민수, 간호사 8년차야", {"민수": ("이름", 0.9), "간호사 8년차": ("직업", 0.8)})
    assert [(span.key, span.value) for span in told.spans()] == [("이름", "민수"), ("직업", "간호사 8년차")]
    assert [span.chance for span in told.spans()] == pytest.approx([0.9, 0.8], abs=1e-5)


def test_an_english_value_has_whole_words() -> None:
    message = "I moved to Wigan last year"
    places = [(begin, end) for _, begin, end in taken_in().pieces.placed(message)]
    part = next(number for number, (begin, end) in enumerate(places) if message[begin:end] != "Wigan" and "Wigan".startswith(message[begin:end]))  # fmt: skip
    chances = np.zeros((len(places), len(_CLASSES)), np.float32)
    chances[:, 0], chances[part] = 1, 0
    chances[part, _CLASSES.index("home")] = 1
    assert [(span.key, span.value) for span in Reading(message, places, chances, _CLASSES).spans()] == [
        ("home", "Wigan")
    ]


def _by(monkeypatch: pytest.MonkeyPatch, told: Mapping[str, tuple[str, float]]) -> None:
    monkeypatch.setattr(tagging, "read", lambda message: _reading(message, told))


def test_what_tells_the_tagger_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    _by(monkeypatch, {"간호사": ("직업", 0.9), "민수": ("이름", 0.02)})
    assert pairs(agreed("나 간호사 민수랑 밥 먹음", [("직업", "간호사"), ("이름", "민수")])) == [("직업", "간호사")]
    # What does not stand in the message the tagger says nothing of: that is for the gate.
    assert pairs(agreed("나 간호사", [("직업", "선생님")]))[0] == ("직업", "선생님")


def test_what_only_the_tagger_is_sure_of_is_proposed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _by(monkeypatch, {"간호사": ("직업", 0.97), "무쇠": ("이름", 0.97)})
    assert pairs(agreed("간호사 무쇠임", [("직업", "간호사")])) == [("직업", "간호사"), ("이름", "무쇠")]
    _by(monkeypatch, {"간호사": ("직업", 0.97), "무쇠": ("이름", 0.6)})
    assert pairs(agreed("간호사 무쇠임", [("직업", "간호사")])) == [("직업", "간호사")]
    _by(monkeypatch, {"간호사": ("끝", 0.97)})
    assert pairs(agreed("간호사 끝", [])) == []


def test_a_day_alone_is_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    _by(monkeypatch, {"4월 11일에 토익": ("일정", 0.97)})
    assert pairs(agreed("4월 11일에 토익 봐", [("시험", "토익")])) == [("시험", "토익")]
    _by(monkeypatch, {"4월 11일에 가오픈": ("일정", 0.97)})
    whole = [("일정", "4월 11일에 가오픈")]
    assert pairs(agreed("4월 11일에 가오픈!", [])) == whole, "the clock of the turn reads the day out of the value"
    _by(monkeypatch, {"4월 11일": ("일정", 0.97)})
    assert pairs(agreed("4월 11일 말이지", [])) == []
    _by(monkeypatch, {"appt": ("일정", 0.97)})
    assert pairs(agreed("got my appt then", [])) == [], "that there is one is not what it is"


def test_days_are_only_taken_out_of_what_has_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    _by(monkeypatch, {"오늘의집": ("직업", 0.97)})
    assert pairs(agreed("오늘의집에서 일해요", [])) == [("직업", "오늘의집")]
    _by(monkeypatch, {"아모레퍼시픽": ("직업", 0.97)})
    assert pairs(agreed("나 아모레퍼시픽 다녀", [])) == [("직업", "아모레퍼시픽")]


def test_a_word_has_one_key_and_one_of_no_key_is_nothing() -> None:
    reading = _reading("모레퍼시픽 다녀", {"모레퍼시픽": ("직업", 0.9)})
    first = next(number for number, (begin, end) in enumerate(reading.places) if begin < end)
    reading.chances[first] = 0
    reading.chances[first, [0, _CLASSES.index("이름"), _CLASSES.index("직업")]] = 0.1, 0.5, 0.4
    assert [(span.key, span.value) for span in reading.spans()] == [("직업", "모레퍼시픽")]
    rare = _reading("보험은 삼성화재", {"삼성화재": ("이름", 0.9)})
    rare.chances[:, 1], rare.chances[:, _CLASSES.index("이름")] = rare.chances[:, _CLASSES.index("이름")].copy(), 0
    assert rare.spans() == []


def test_a_word_that_stands_twice_is_weighed_where_it_is_surest() -> None:
    message = "부산 날씨 어때? 나 부산 살거든"
    reading = _reading(message, {})
    again = within(set(range(message.rindex("부산"), message.rindex("부산") + 2)), reading.places)
    reading.chances[again, 0] = 0.05
    assert reading.sure("부산") == pytest.approx(0.95)


def test_beyond_what_was_read_nothing_is_known() -> None:
    message = "친구가 간호사 됐대. " + "하하 " * 200 + "나는 간호사야"
    reading = _reading(message, {})
    cut = [place for place in reading.places if place[1] <= tagging.MOST]
    read = Reading(message, cut, reading.chances[: len(cut)], _CLASSES)
    assert read.sure("간호사") is None
    assert read.sure("친구") is not None


def test_without_the_tagger_the_model_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "read", lambda message: None)
    assert pairs(agreed("나 간호사", [("직업", "간호사")])) == [("직업", "간호사")]


@pytest.mark.parametrize(
    ("message", "key", "value"),
    [
        ("저는 산본에 사는 마흔다섯 주부예요", "직업", "주부"),
        ("우진전자 마케팅팀 다녀 직급은 대리", "직장", "우진전자"),
        ("heyo. Sam, they/them, i do lighting for a theatre company in Toronto", "name", "Sam"),
        ("Rafael, 41, line cook at the Marlin Grill in Tampa", "workplace", "Marlin Grill"),
    ],
)
def test_the_tagger_that_ships_reads_what_is_told_in_passing(message: str, key: str, value: str) -> None:
    found = [(told, said) for told, said in pairs(agreed(message, [])) if value in said]
    assert [told for told, _ in found] == [key]


@pytest.mark.parametrize("message", ["비 온다", "ㅋㅋㅋㅋ 뭐해", "what a day", "", "🙂🙂", "\0", "\u202eabc"])
def test_the_tagger_that_ships_adds_nothing_to_small_talk(message: str) -> None:
    assert pairs(agreed(message, [])) == []
