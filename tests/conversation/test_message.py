"""What counts as a message."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohlora.conversation.message import MAX_CHARACTERS, clean
from ohlora.errors import InputError


def test_decomposed_hangul_is_composed() -> None:
    assert clean(unicodedata.normalize("NFD", "안녕, 오로라!")) == "안녕, 오로라!"


def test_control_and_invisible_characters_go_and_emoji_stay() -> None:
    assert clean("안\x00녕\x1b[31m\u200b \u202e하\ud800세요\r\n👩‍🎓") == "안녕 하세요\n👩‍🎓"


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x00\x01", "\u200b\u200d\ufeff"])
def test_an_empty_message_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="empty"):
        clean(text)


def test_a_message_may_be_long_but_not_endless() -> None:
    assert len(clean("가" * MAX_CHARACTERS)) == MAX_CHARACTERS
    assert len(clean(unicodedata.normalize("NFD", "각" * MAX_CHARACTERS))) == MAX_CHARACTERS
    with pytest.raises(InputError, match=r"1,000,000 characters; at most 4,000"):
        clean("가" * 1_000_000)


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_and_utf8_always_works(text: str) -> None:
    try:
        once = clean(text)
    except InputError:
        return
    assert clean(once) == once
    once.encode("utf-8")
