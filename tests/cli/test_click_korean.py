"""What click says itself, in Korean: nothing is left out, and what ships is what was written."""

import gettext
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import ohlora.cli

from .test_main import run

WRITTEN = Path(ohlora.cli.__file__).parent / "locale/ko/LC_MESSAGES/click.po"


def test_every_sentence_of_the_installed_click_has_a_korean_one() -> None:
    keywords = {"_": None, "ngettext": (1, 2)}
    said = {found[2] for found in extract_from_dir(Path(click.__file__).parent, keywords=keywords)}
    with WRITTEN.open("rb") as file:
        korean = {message.id: message.string for message in read_po(file, locale="ko")}
    assert said - korean.keys() == set()
    assert [sentence for sentence in said if not any(korean[sentence])] == []


def test_what_ships_is_compiled_from_what_is_written() -> None:
    with WRITTEN.open("rb") as written, WRITTEN.with_suffix(".mo").open("rb") as compiled:
        korean, ships = read_po(written, locale="ko"), gettext.GNUTranslations(compiled)
    for message in korean:
        if isinstance(message.id, tuple):
            assert ships.ngettext(*message.id, 2) == message.string[0]
        elif message.id:
            assert ships.gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["srve"], "오류: 'srve'(이)라는 명령은 없습니다."),
        (["serve", "--prot", "1"], "오류: '--prot'(이)라는 옵션은 없습니다. 혹시 '--host', '--persona', '--port'?"),
        (
            ["serve", "--port", "x"],
            "오류: '--port'의 값이 잘못됐습니다: 'x'은(는) 올바른 수가 아닙니다(integer range).",
        ),
        (["memory", "evaluate"], "오류: 인자가 빠졌습니다: 'FILE'."),
    ],
)
def test_a_wrong_call_is_answered_in_korean(arguments: list[str], sentence: str) -> None:
    done = run(*arguments, OHLORA_LANG="ko")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == sentence


def test_help_is_korean_to_the_last_word_and_english_where_english_is_asked_for() -> None:
    assert "이 도움말을 보여 주고 끝냅니다." in run("memory", "--help", OHLORA_LANG="ko").stdout
    assert "Show this message and exit." in run("memory", "--help", OHLORA_LANG="en", LANG="ko_KR.UTF-8").stdout
