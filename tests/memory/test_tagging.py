"""The tagger: where a value stands in a message, what neighbouring tokens tell."""

import numpy as np
import pytest

from ohlora.language.sentences.graph import taken_in
from ohlora.memory import tagging
from ohlora.memory.tagging import Reading, letters_of, within
from tests.memory.readings import CLASSES, reading_of


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
    told = reading_of("나 민수, 간호사 8년차야", {"민수": ("이름", 0.9), "간호사 8년차": ("직업", 0.8)})
    assert [(span.key, span.value) for span in told.spans()] == [("이름", "민수"), ("직업", "간호사 8년차")]
    assert [span.chance for span in told.spans()] == pytest.approx([0.9, 0.8], abs=1e-5)


def test_an_english_value_has_whole_words() -> None:
    message = "I moved to Wigan last year"
    places = [(begin, end) for _, begin, end in taken_in().pieces.placed(message)]
    part = next(number for number, (begin, end) in enumerate(places) if message[begin:end] != "Wigan" and "Wigan".startswith(message[begin:end]))  # fmt: skip
    chances = np.zeros((len(places), len(CLASSES)), np.float32)
    chances[:, 0], chances[part] = 1, 0
    chances[part, CLASSES.index("home")] = 1
    assert [(span.key, span.value) for span in Reading(message, places, chances, CLASSES).spans()] == [
        ("home", "Wigan")
    ]


def test_a_word_has_one_key_and_one_of_no_key_is_nothing() -> None:
    reading = reading_of("모레퍼시픽 다녀", {"모레퍼시픽": ("직업", 0.9)})
    first = next(number for number, (begin, end) in enumerate(reading.places) if begin < end)
    reading.chances[first] = 0
    reading.chances[first, [0, CLASSES.index("이름"), CLASSES.index("직업")]] = 0.1, 0.5, 0.4
    assert [(span.key, span.value) for span in reading.spans()] == [("직업", "모레퍼시픽")]
    rare = reading_of("보험은 삼성화재", {"삼성화재": ("이름", 0.9)})
    rare.chances[:, 1], rare.chances[:, CLASSES.index("이름")] = rare.chances[:, CLASSES.index("이름")].copy(), 0
    assert rare.spans() == []


def test_a_word_that_stands_twice_is_weighed_where_it_is_surest() -> None:
    message = "부산 날씨 어때? 나 부산 살거든"
    reading = reading_of(message, {})
    again = within(set(range(message.rindex("부산"), message.rindex("부산") + 2)), reading.places)
    reading.chances[again, 0] = 0.05
    assert reading.sure("부산") == pytest.approx(0.95)


def test_beyond_what_was_read_nothing_is_known() -> None:
    message = "친구가 간호사 됐대. " + "하하 " * 200 + "나는 간호사야"
    reading = reading_of(message, {})
    cut = [place for place in reading.places if place[1] <= tagging.MOST]
    read = Reading(message, cut, reading.chances[: len(cut)], CLASSES)
    assert read.sure("간호사") is None
    assert read.sure("친구") is not None
