"""A person of one's own: from nothing, from a card, from another; never half, never over another."""

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ohlora import personas
from ohlora.errors import InputError
from ohlora.language import cards
from ohlora.personas import Persona, making, placing

from ..server.test_api import picture
from .conftest import Call, card


def test_a_new_person_is_found_shown_and_verified(call: Call, data: Path) -> None:
    done = call("persona", "new", "bom")
    folder = data / "personas" / "bom"
    assert (done.status, done.out.strip()) == (0, str(folder))
    for step in ("ohlora face cast --seed 1", "ohlora language train --persona bom", "ohlora serve --persona bom"):
        assert step in done.err
    assert call("persona", "show", "bom", "--json").json["title"] == "bom"
    assert call("persona", "verify", "bom").status == 0
    assert "bom" in [one["name"] for one in call("persona", "list", "--json").json["personas"]]
    her = personas.load("bom").card
    assert "AI" in her.system_message()  # she says what she is, before anything is filled in
    assert her.greeting


@pytest.mark.parametrize("spec", ["v1", "chara_card_v2", "chara_card_v3"])
@pytest.mark.parametrize("form", ["json", "png"])
def test_of_a_card_of_any_version_and_form(call: Call, tmp_path: Path, spec: str, form: str) -> None:
    told = json.loads(card(character_book={"entries": []}))
    raw = json.dumps(told["data"] if spec == "v1" else {**told, "spec": spec}).encode()
    file = tmp_path / f"card.{form}"
    file.write_bytes(raw if form == "json" else picture(chara=raw))
    done = call("persona", "new", "bom", "--from", file, "--json")
    assert (done.status, done.json["dropped"]) == (0, ["character_book"])
    assert personas.load("bom").card.char == "봄이"


def test_of_another_person_all_of_her_is_copied(call: Call, data: Path) -> None:
    done = call("persona", "new", "two", "--from", "ohlora", "--json")
    one, two = (
        {part: [file["sha256"] for file in files] for part, files in personas.load(name).digests().items()}
        for name in ("ohlora", "two")
    )
    assert one == two
    assert (data / "personas" / "two" / "NOTICE").is_file()  # her licences go with her
    assert not [step for step in done.json["next"] if "cast" in step or "train" in step]


def test_of_a_person_whose_card_was_edited_in_the_page_that_card_is_copied(bom: Persona) -> None:
    bom.own_card.parent.mkdir()
    bom.own_card.write_text(card(name="여름이"), encoding="utf-8")
    assert making.make("two", "bom").persona.card.char == "여름이"


def test_in_another_folder(call: Call, tmp_path: Path) -> None:
    done = call("persona", "new", "bom", "--dir", tmp_path / "people", "--json")
    folder = tmp_path / "people" / "bom"
    assert done.json["folder"] == str(folder)
    assert done.json["next"][-1] == f"ohlora serve --persona {folder}"
    assert personas.load(str(folder)).card.char == "bom"
    assert "bom" not in personas.names()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../bom", "a/b", "a\\b", "/bom", "bom ", "b m", "-bom", "bom.zip", "봄\n이", "b\0m", "a:b", "CON", "lpt1", "가" * 40]
)  # fmt: skip
def test_a_name_that_cannot_be_is_one_sentence(call: Call, data: Path, name: str) -> None:
    done = call("persona", "new", "--", name)
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert not (data / "personas").exists()
    assert not list(data.parent.rglob("card.json"))


@pytest.mark.parametrize("name", ["bom", "BOM", "ohlora", "OhLora"])
def test_a_name_that_is_taken_stays_whose_it_is(call: Call, bom: Persona, name: str) -> None:
    before = (bom.folder / "card.json").read_bytes()
    done = call("persona", "new", name)
    assert done.status == 2
    assert "already; choose another name" in done.err
    assert (bom.folder / "card.json").read_bytes() == before
    assert sorted(path.name for path in bom.folder.parent.iterdir()) == ["bom"]


def test_korean_names_are_one_name_however_they_are_written(data: Path) -> None:
    made = making.make(unicodedata.normalize("NFD", "봄이"))
    assert made.persona.name == "봄이"
    assert personas.load("봄이").folder == made.persona.folder
    with pytest.raises(InputError, match="already"):
        making.make("봄이")


def test_a_card_left_under_the_name_does_not_become_the_new_one(call: Call, data: Path) -> None:
    left = data / "cards" / "bom.json"
    left.parent.mkdir(parents=True)
    left.write_text(card(), encoding="utf-8")
    done = call("persona", "new", "bom")
    assert (done.status, str(left) in done.err) == (2, True)


def test_what_an_earlier_one_was_told_is_not_taken_over_in_silence(call: Call, data: Path, tmp_path: Path) -> None:
    call("memory", "add", "반려동물", "고양이 나비")
    (data / "conversations" / "ohlora.sqlite3").rename(data / "conversations" / "bom.sqlite3")
    (tmp_path / "card.json").write_text(card(), encoding="utf-8")
    for command in (["new", "bom"], ["import", tmp_path / "card.json", "--name", "bom", "--dir", tmp_path]):
        assert "memory of an earlier bom are kept" in call("persona", *command).err
    assert "memory of an earlier" not in call("persona", "new", "two").err


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nowhere.json", "nowhere.json does not exist"),
        ("nobody", "there is no persona named 'nobody'"),
        ("broken.json", "this card cannot be taken: not JSON"),
        ("whole.zip", "ohlora persona import"),
    ],
)
def test_a_source_that_is_none_leaves_nothing(
    call: Call, data: Path, tmp_path: Path, packed: Path, source: str, sentence: str
) -> None:
    (tmp_path / "broken.json").write_text("{")
    packed.rename(tmp_path / "whole.zip")
    file = tmp_path / source
    done = call("persona", "new", "two", "--from", file if "." in source and source != "nowhere.json" else source)
    assert (done.status, sentence in done.err) == (2, True), done.err
    assert [path.name for path in (data / "personas").iterdir()] == ["bom"]


def test_nothing_is_left_of_what_went_wrong_in_the_middle(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "to_json", lambda card: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        making.make("bom")
    assert list((data / "personas").iterdir()) == []


def test_what_was_left_of_a_killed_command_is_nobody(data: Path) -> None:
    folder = data / "personas" / ".abc.tmp"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(card(), encoding="utf-8")
    assert personas.names() == ["ohlora"]


def test_somebody_who_came_first_is_not_written_over(data: Path) -> None:
    def late() -> None:
        with placing.placed("bom", data) as folder:
            (folder / "card.json").write_text("late")
            (data / "bom").mkdir()
            (data / "bom" / "card.json").write_text("first")

    with pytest.raises(InputError, match="made meanwhile"):
        late()
    assert (data / "bom" / "card.json").read_text() == "first"
    assert [path.name for path in data.iterdir()] == ["bom"]


def test_a_folder_that_cannot_be_written_is_one_sentence(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = call("persona", "new", "bom", "--dir", tmp_path / "file" / "in")
    assert (done.status, "cannot write into" in done.err) == (2, True)


def test_without_a_face_of_her_own_the_shipped_one_stands_in(call: Call, bom: Persona, tmp_path: Path) -> None:
    from ohlora.face import mobile_stylegan
    from ohlora.face.persona_face import load_face

    call("persona", "new", "two")
    two, shipped = personas.load("two"), personas.find("ohlora")
    assert (two.has_own_face, bom.has_own_face, personas.load().has_own_face) == (False, True, True)
    network = mobile_stylegan.Known()
    faces = [load_face(personas.face_folder(one), network).w for one in (two.folder, shipped)]
    np.testing.assert_array_equal(*faces)
    # Half a face is not made up for: what is missing is said.
    (bom.folder / "face.safetensors").unlink()
    with pytest.raises(InputError, match=r"face\.safetensors is missing; make it with: ohlora face cast"):
        load_face(personas.face_folder(bom.folder), network)
    drawn = call("persona", "export", "two", "--card", "-o", tmp_path / "two.png")
    assert (drawn.status, "two has no face of her own yet" in drawn.err) == (0, True)
    card_of = cards.read((tmp_path / "two.png").read_bytes())
    assert card_of["data"]["name"] == "two"
    with Image.open(tmp_path / "two.png") as drawn_picture:
        assert drawn_picture.size == (512, 512)
        assert "no living person" in drawn_picture.text["Description"]  # type: ignore[attr-defined]
        assert {"chara", "ccv3"} <= set(drawn_picture.text)  # type: ignore[attr-defined]


def test_the_page_shows_the_stand_in_too(call: Call, bom: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    from ohlora.face import mobile_stylegan, persona_face
    from ohlora.server import living_face

    class Asked(Exception):
        pass

    def load_face(folder: Path, _: object) -> None:
        raise Asked(str(folder))

    monkeypatch.setattr(living_face, "low_priority", lambda: None)
    monkeypatch.setattr(mobile_stylegan, "load", lambda *_, **__: None)
    monkeypatch.setattr(persona_face, "load_face", load_face)
    call("persona", "new", "two")
    for name, folder in (("two", personas.find("ohlora")), ("bom", bom.folder)):
        with pytest.raises(Asked) as asked:
            living_face.LivingFace(personas.load(name)).load(lambda _: None)
        assert str(asked.value) == str(folder)


def test_what_a_card_says_cannot_steer_a_terminal(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    evil = "\x1b]0;owned\x07\x1b[2J봄\x9b31m이\u202e"
    file.write_text(json.dumps(json.loads(card(name=evil, first_mes=evil)) | {evil: 1}), encoding="utf-8")
    folder = tmp_path / "people" / "by-hand"  # a card that no import has cleaned
    folder.mkdir(parents=True)
    (folder / "card.json").write_bytes(file.read_bytes())
    done = [
        call("persona", "import", file, "--name", "bom"),
        call("persona", "show", "bom"),
        call("persona", "show", folder),
        call("persona", "verify", folder),
    ]
    for one in done:
        assert one.status == 0
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(one.out + one.err)
    assert "\x1b" not in personas.load(str(folder)).card.greeting
