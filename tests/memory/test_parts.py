"""What the whole of a message left out is read from its parts; what is somebody else's is not taken for the user's."""

from collections.abc import Mapping

import pytest

from ohlora.memory.parts import MOST, Told, read_on


class FakeReader:
    """Knows what to read in some messages; remembers what it was asked."""

    def __init__(self, knows: Mapping[str, Told]) -> None:
        self.knows = knows
        self.asked: list[str] = []

    def __call__(self, part: str) -> list[Told]:
        self.asked.append(part)
        return [self.knows[part]] if part in self.knows else []


@pytest.mark.parametrize(
    ("message", "told", "part", "more"),
    [
        ("저 무역회사 다니는데 직급은 대리예요", ("직장", "무역회사"), "직급은 대리예요", ("직급", "대리")),
        ("나 웹툰 작가야. 필명은 달팽이야", ("직업", "웹툰 작가"), "필명은 달팽이야", ("필명", "달팽이")),
        ("저는 인프피고 혈액형은 AB형이에요", ("혈액형", "AB형"), "저는 인프피고", ("MBTI", "인프피")),
    ],
)
def test_a_part_that_left_nothing_is_read_by_itself(message: str, told: Told, part: str, more: Told) -> None:
    reader = FakeReader({part: more})
    assert read_on(message, [told], reader) == [told, more]
    assert reader.asked == [part]


@pytest.mark.parametrize(
    "message",
    [
        "의사가 뭐라 해서 간호사 관두고 카페 차렸어",
        "나 고양이 키워",
        "나 간호사야. ㅋㅋ",
        "나 간호사야. 너는 뭐 해?",
        "나 간호사야. 앞으로는 존댓말로 대답해",
    ],
)
def test_where_nothing_is_left_nothing_is_asked(message: str) -> None:
    reader = FakeReader({})
    assert read_on(message, [("직업", "간호사")], reader) == [("직업", "간호사")]
    assert reader.asked == []


def test_what_goes_on_about_somebody_else_is_not_the_users_own() -> None:
    reader = FakeReader({"취미는 골프야": ("취미", "골프"), "주말마다 나랑 등산 가": ("습관", "주말마다 등산")})
    assert read_on("우리 언니는 은행 다니고 취미는 골프야", [("가족", "언니 은행")], reader) == [("가족", "언니 은행")]
    told = read_on("우리 언니는 은행 다니고 주말마다 나랑 등산 가", [("가족", "언니 은행")], reader)
    assert told == [("가족", "언니 은행"), ("습관", "주말마다 등산")]


def test_what_is_known_is_not_told_twice() -> None:
    reader = FakeReader({"그래서 부산 살아요": ("사는 곳", "부산")})
    told = [("사는 곳", "해운대")]
    assert read_on("집이 해운대거든요. 그래서 부산 살아요", told, reader) == told


def test_a_long_message_is_not_asked_about_without_end() -> None:
    reader = FakeReader({})
    read_on(" ".join(f"이것은 {n}번째 이야기예요." for n in range(30)), [], reader)
    assert len(reader.asked) == MOST
