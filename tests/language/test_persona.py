"""The card: the shipped one says the right things in the form other programs read; a broken one is one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from ohlora import personas
from ohlora.errors import InputError
from ohlora.language.persona import Card, load_card

SHIPPED = Path(personas.__file__).parent / "ohlora" / "card.json"
# Fields that the V2 specification requires in `data`, with their types.
V2 = {
    "name": str, "description": str, "personality": str, "scenario": str, "first_mes": str, "mes_example": str,
    "creator_notes": str, "system_prompt": str, "post_history_instructions": str, "alternate_greetings": list,
    "tags": list, "creator": str, "character_version": str, "extensions": dict,
}  # fmt: skip


def test_shipped_card_has_every_field_of_v2_and_v3() -> None:
    card = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert (card["spec"], card["spec_version"]) == ("chara_card_v3", "3.0")
    for name, kind in V2.items():
        assert isinstance(card["data"][name], kind), name
    assert isinstance(card["data"]["group_only_greetings"], list)


def test_shipped_card_facts() -> None:
    card = load_card(SHIPPED)
    facts = card.facts
    assert (facts["age"], facts["birthday"], facts["mbti"], facts["year"]) == (22, "2003-10-11", "ENTJ", 3)
    for text in (card.prefix, card.system_message()):
        for fact in (
            "오로라",
            "22살",
            "2003년 10월 11일",
            "ENTJ",
            "샘올대학교",
            "인공지능학과 3학년",
            "LoRA",
            "AI 가상 인간",
        ):
            assert fact in text
    assert "{{" not in card.prefix + card.system_message() + card.greeting
    assert "\n" not in card.prefix


def test_macros() -> None:
    card = Card(name="별", description="{{Char}}와 {{USER}}, <bot>, <User>", nickname="작은 별")
    assert card.fill(card.description, "민수") == "작은 별와 민수, 작은 별, 민수"
    tricky = Card(name=r"\1{{user}}", description="{{char}}")
    assert tricky.fill("{{char}}") == r"\1당신"


def test_v2_card_is_read(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "별", "description": "작다"}}
    path.write_text(json.dumps(card), encoding="utf-8-sig")
    assert load_card(path).char == "별"


def _card(**data: Any) -> str:
    return json.dumps({"spec": "chara_card_v3", "data": {"name": "별", "description": "작다", **data}})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{\n  oops", "2:3"),
        (b"\xff\xfe{", "byte 0"),
        (b"[]", "spec"),
        (b'{"spec": "lorebook_v3"}', "lorebook_v3"),
        (b'{"spec": "chara_card_v3"}', "data"),
        (b'{"spec": "chara_card_v3", "data": {"name": "a"}}', "data.description"),
        (_card(name=" ").encode(), "data.name"),
        (_card(personality=3).encode(), "data.personality"),
        (_card(tags="a").encode(), "data.tags"),
        (_card(extensions=[]).encode(), "extensions"),
        (b"[" * 200_000, "deep"),
        (b" " * 2_000_000, "bytes"),
    ],
)
def test_broken_cards(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_card(path)
    assert told in caught.value.en
    assert str(path) in caught.value.en
    assert "\n" not in caught.value.en


def test_missing_card(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_card(tmp_path / "card.json")


def test_the_exchanges_that_a_card_shows() -> None:
    shown = (
        "{{char}}: alone\n<START>\n{{user}}: 안녕\n{{char}}: 안녕하세요,\n저는 {{char}}예요.\n{{user}}: 뭐 해?\n<BOT> : 놀아요.\n"
        "<start>\n{{user}}: said twice\n{{user}}: and no answer\n<START>\n<USER>: a\n{{Char}}: b"
    )
    card = Card(name="별", description="", mes_example=shown)
    assert card.exchanges() == [("안녕", "안녕하세요, 저는 별예요."), ("뭐 해?", "놀아요."), ("a", "b")]
    assert Card(name="별", description="").exchanges() == []


def test_what_a_terminal_would_obey_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(_card(first_mes="안녕\x1b[2J\x9b하\r\n세요", alternate_greetings=["\x07"]), encoding="utf-8")
    card = load_card(path)
    assert (card.first_mes, card.alternate_greetings) == ("안녕[2J하\n세요", ("",))


def test_a_number_without_end_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text('{"spec": ' + "9" * 10_000 + "}")
    with pytest.raises(InputError, match="endless numbers"):
        load_card(path)
