"""Personas as folders of files."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ohlora import personas
from ohlora.errors import InputError


def test_the_shipped_persona_is_whole() -> None:
    her = personas.load()
    assert her.name == "ohlora"
    assert "오로라" in her.card.name
    digests = her.digests()
    for part in ("card", "face", "directions", "calibration", "data"):
        assert digests[part], part
        for file in digests[part]:
            assert hashlib.sha256(Path(str(file["path"])).read_bytes()).hexdigest() == file["sha256"]


def test_the_card_tells_her_facts() -> None:
    text = (personas.find("ohlora") / "card.json").read_text(encoding="utf-8")
    assert json.loads(text)["spec"] in {"chara_card_v2", "chara_card_v3"}
    for fact in ("22", "2003", "10월 11일", "ENTJ", "샘올대학교", "인공지능", "LoRA", "AI"):
        assert fact in text, fact


def test_a_persona_of_ones_own_by_name_and_by_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path))
    folder = tmp_path / "personas" / "mine"
    folder.mkdir(parents=True)
    shutil.copy(personas.find("ohlora") / "card.json", folder)
    assert personas.names() == ["mine", "ohlora"]
    assert personas.load("mine").folder == folder
    assert personas.load(str(folder)).name == "mine"


def test_unknown_and_broken_personas_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no persona named 'nobody'; there are: .*ohlora"):
        personas.load("nobody")
    with pytest.raises(InputError, match=r"has no card\.json"):
        personas.load(str(tmp_path))
    (tmp_path / "card.json").write_text('{"spec": "chara_card_v3", "data": ')
    with pytest.raises(InputError, match=r"card\.json is broken: not JSON at 1:35"):
        personas.load(str(tmp_path))
    (tmp_path / "card.json").write_text('{"spec": "chara_card_v3", "data": {"name": 7}}')
    with pytest.raises(InputError, match=r"card\.json.*name"):
        personas.load(str(tmp_path))


def test_a_card_edited_in_the_page_is_hers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path / "data"))
    shelf, elsewhere = tmp_path / "data" / "personas" / "mine", tmp_path / "elsewhere" / "mine"
    for folder in (shelf, elsewhere):
        folder.mkdir(parents=True)
        shutil.copy(personas.find("ohlora") / "card.json", folder)
    by_name, by_folder = personas.load("mine"), personas.load(str(elsewhere))
    assert (by_name.named, by_folder.named) == (True, False)
    for one, name in ((by_name, "이름"), (by_folder, "폴더")):
        one.own_card.parent.mkdir(exist_ok=True)
        told = {"spec": "chara_card_v3", "data": {"name": name, "description": "x"}}
        one.own_card.write_text(json.dumps(told), encoding="utf-8")
    assert (by_name.again().card.char, by_folder.again().card.char) == ("이름", "폴더")
    assert by_folder.again().folder == elsewhere
    assert personas.load("mine").card.char == "이름"
