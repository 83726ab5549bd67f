"""A person as one file: the same bytes each time, the same person elsewhere, and nothing taken in of what is not that."""

import hashlib
import io
import json
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ohlora import personas
from ohlora.conversation import Conversation, Replied, Store
from ohlora.errors import InputError
from ohlora.language import cards
from ohlora.language.engines import open_engine
from ohlora.personas import Persona, archive

from ..conversation.test_turn import FakeEngine
from .conftest import Call, card

Members = dict[str, bytes]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def nothing_was_put(data: Path) -> bool:
    return not (data / "personas").exists() or not list((data / "personas").iterdir())


@pytest.fixture
def elsewhere(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another computer's data folder, empty, once `packed` was written."""
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path / "elsewhere"))
    return tmp_path / "elsewhere"


# ── there and back ───────────────────────────────────────────────────────────


def test_there_and_back_she_is_the_same(
    call: Call, bom: Persona, packed: Path, elsewhere: Path, tmp_path: Path
) -> None:
    done = call("persona", "import", packed, "--json")
    assert done.status == 0, done.err
    assert (done.json["name"], done.json["title"]) == ("bom", "봄이")
    assert all(check["ok"] for check in done.json["checks"])
    there, here = tree(elsewhere / "personas" / "bom"), tree(bom.folder)
    assert {name: there[name] for name in here} == here
    assert there.keys() - here.keys() == {"manifest.json", "LICENCES.txt"}
    assert "bom" in [one["name"] for one in call("persona", "list", "--json").json["personas"]]
    assert call("persona", "verify", "bom").status == 0
    call("persona", "export", "bom", "-o", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_she_answers_where_she_was_taken(packed: Path, elsewhere: Path, tmp_path: Path) -> None:
    her = archive.read(packed).persona
    store = Store(tmp_path / "store.sqlite3")
    reply, labels = ["저는 ", "봄이예요."], ['{"eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}']
    told = list(Conversation(personas.load(her.name), FakeEngine(reply, labels), store).turn("너는 누구야?"))
    store.close()
    assert [event.text for event in told if isinstance(event, Replied)] == ["저는 봄이예요."]


def test_the_shipped_one_taken_elsewhere_is_asked_with_her_adapters(call: Call, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    done = call("persona", "export", "ohlora", "-o", tmp_path / "her.zip", "--json")
    assert done.json["sha256"] == hashlib.sha256((tmp_path / "her.zip").read_bytes()).hexdigest()
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path / "elsewhere"))
    taken = call("persona", "import", tmp_path / "her.zip")
    assert (taken.status, "already" in taken.err, "--name" in taken.err) == (2, True, True)
    assert call("persona", "import", tmp_path / "her.zip", "--name", "hers").status == 0
    her = personas.load("hers")
    engine, store = open_engine(persona=her), Store(tmp_path / "store.sqlite3")
    try:
        assert set(engine.adapters) == {"reply", "memory"}
        told = list(Conversation(her, engine, store).turn("너는 누구야?"))
        assert "오로라" in next(event.text for event in told if isinstance(event, Replied))
    finally:
        engine.close()
        store.close()


def test_the_same_person_gives_the_same_bytes_whenever_and_whoever_owns_the_files(
    bom: Persona, packed: Path, tmp_path: Path
) -> None:
    for path in bom.folder.rglob("*"):
        path.touch()
        path.chmod(0o700)
    assert archive.write(bom, tmp_path / "again.zip").file.read_bytes() == packed.read_bytes()
    with zipfile.ZipFile(packed) as told:
        names = told.namelist()
        assert names == ["manifest.json", *sorted(names[1:])]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in told.infolist())
        manifest = json.loads(told.read("manifest.json"))
        digests = {name: hashlib.sha256(told.read(name)).hexdigest() for name in names[1:]}
        assert {name: one["sha256"] for name, one in manifest["files"].items()} == digests


def test_licences_go_with_her(packed: Path) -> None:
    with zipfile.ZipFile(packed) as told:
        notice = told.read("LICENCES.txt").decode()
        assert b"Gemma Terms of Use" in told.read("NOTICE")
        manifest = json.loads(told.read("manifest.json"))
    assert "non-commercial use" in notice
    assert "Gemma Terms of Use" in notice
    assert "by 나; see NOTICE" in notice
    assert manifest["needs"]["generator"]["generator"] == "mobilestylegan-ffhq"
    assert manifest["needs"]["adapters"]["adapters/memory.gguf"].startswith("gemma-3-270m")


def test_the_card_edited_in_the_page_is_the_one_that_goes(bom: Persona, tmp_path: Path) -> None:
    bom.own_card.parent.mkdir()
    bom.own_card.write_text(card(name="여름이"), encoding="utf-8")
    archive.write(bom, tmp_path / "bom.zip")
    with zipfile.ZipFile(tmp_path / "bom.zip") as told:
        assert told.read("card.json") == bom.own_card.read_bytes()
    with zipfile.ZipFile(tmp_path / "bom.zip") as told:
        assert told.namelist().count("card.json") == 1


def test_what_is_no_part_of_her_stays_and_is_named(call: Call, bom: Persona, tmp_path: Path) -> None:
    (bom.folder / "diary\x1b[2J.txt").write_text("secret words")
    (bom.folder / "adapters" / "notes.txt").write_text("secret words")
    (bom.folder / ".git").mkdir()
    (bom.folder / ".git" / "config").write_text("secret words")
    done = call("persona", "export", "bom", "-o", tmp_path / "bom.zip")
    assert "left out: adapters/notes.txt, diary[2J.txt" in done.err
    assert b"secret words" not in (tmp_path / "bom.zip").read_bytes()


def test_a_card_alone_as_json_of_either_version(call: Call, bom: Persona, tmp_path: Path) -> None:
    for spec, told in (("v2", "chara_card_v2"), ("v3", "chara_card_v3")):
        file = tmp_path / f"{spec}.json"
        assert call("persona", "export", "bom", "--card", "--spec", spec, "-o", file).status == 0
        assert json.loads(file.read_text(encoding="utf-8"))["spec"] == told
        assert cards.read(file.read_bytes())["data"]["description"] == "{{char}}: 봄에 태어난 AI."
    assert call("persona", "import", tmp_path / "v2.json", "--json").json["name"] == "봄이"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "x.json"], "with --card"),
        (["--card", "-o", "x.zip"], "without --card, as .zip"),
        (["--spec", "v2", "-o", "x.zip"], "--spec belongs to --card"),
        (["--card", "--spec", "v2", "-o", "x.png"], "--spec belongs to --card"),
        (["-o", "file/x.zip"], "cannot write"),
    ],
)
def test_an_export_that_cannot_be_is_one_sentence(
    call: Call, bom: Persona, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    done = call("persona", "export", "bom", *arguments)
    assert (done.status, sentence in done.err) == (2, True), done.err
    assert not list(tmp_path.glob("*x.*"))


# ── a card by itself ─────────────────────────────────────────────────────────


def test_a_card_is_taken_in_under_what_it_is_called(call: Call, data: Path, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(card(name="봄 & 여름/이"), encoding="utf-8")
    assert call("persona", "import", tmp_path / "card.json", "--json").json["name"] == "봄-여름-이"
    again = call("persona", "import", tmp_path / "card.json")
    assert (again.status, "--name NAME" in again.err) == (2, True)
    (tmp_path / "card.json").write_text(card(name="!?"), encoding="utf-8")
    nameless = call("persona", "import", tmp_path / "card.json")
    assert (nameless.status, "give --name" in nameless.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be taken"),
        (b"{", "not JSON"),
        (b"\x89PNG\r\n\x1a\n", "cut off"),
        (b"[" * 100_000, "nested too deeply"),
        (b"PK\5\6" + b"\0" * 18, "cannot be taken in"),
        (b"PK", "cannot be taken in"),
        (b" " * 2_000_000, "at most"),
    ],
)
def test_a_file_that_holds_nobody_is_one_sentence(
    call: Call, data: Path, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "card").write_bytes(content)
    done = call("persona", "import", tmp_path / "card", "--name", "bom")
    assert (done.status, sentence in done.err, done.err.count("\n")) == (2, True, 1), done.err
    assert nothing_was_put(data)


def test_a_pipe_a_folder_and_nothing_are_no_files(call: Call, data: Path, tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "", "nowhere.zip"):
        assert call("persona", "import", tmp_path / name).status == 2


# ── what comes from anywhere ─────────────────────────────────────────────────


def contents(file: Path) -> Members:
    with zipfile.ZipFile(file) as told:
        return {name: told.read(name) for name in told.namelist()}


def listed(members: Members, **changes: Any) -> Members:
    """With a manifest that names exactly these members, digests and all: an attacker can count, too."""
    files = {
        name: {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
        for name, body in members.items()
        if name != "manifest.json"
    }
    manifest = {**json.loads(members["manifest.json"]), "files": files, **changes}
    return {**members, "manifest.json": json.dumps(manifest).encode()}


def zipped(members: Members, file: Path, pack: int = zipfile.ZIP_STORED, **modes: int) -> Path:
    with zipfile.ZipFile(file, "w", pack) as made:
        for name, body in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = pack
            info.external_attr = modes.get(name.replace(".", "_"), stat.S_IFREG | 0o644) << 16
            made.writestr(info, body)
    return file


def bomb_in_vectors() -> bytes:
    body = io.BytesIO()
    np.savez_compressed(body, vectors=np.zeros(4_000_000, np.float16), digest=np.array(""))
    return body.getvalue()


SPOILT: dict[str, tuple[Callable[[Members], Members], str]] = {
    "climbs out": (lambda m: listed({**m, "../../evil.json": b"{}"}), "no part of a persona"),
    "climbs out of a part": (lambda m: listed({**m, "adapters/../../evil.gguf": b""}), "no part of a persona"),
    "from the root": (lambda m: listed({**m, "/tmp/evil.json": b"{}"}), "no part of a persona"),
    "backslashes": (lambda m: listed({**m, "adapters\\evil.gguf": b""}), "no part of a persona"),
    "a hidden file": (lambda m: listed({**m, "dialogue/.evil.jsonl": b""}), "no part of a persona"),
    "a program": (lambda m: listed({**m, "adapters/evil.py": b""}), "no part of a persona"),
    "a pickle for vectors": (lambda m: listed({**m, "dialogue/more.npz": b""}), "no part of a persona"),
    "a folder": (lambda m: listed({**m, "adapters/": b""}), "no part of a persona"),
    "twice but for capitals": (lambda m: listed({**m, "adapters/Memory.gguf": b""}), "in it twice"),
    "not in the manifest": (lambda m: {**m, "dialogue/more.jsonl": b""}, "not named in its manifest.json"),
    "missing": (lambda m: {k: v for k, v in m.items() if k != "face.json"}, "'face.json' is missing"),
    "another byte": (lambda m: {**m, "NOTICE": m["NOTICE"][:-1] + b"!"}, "not what its manifest.json says"),
    "a byte more": (lambda m: {**m, "NOTICE": m["NOTICE"] + b"!"}, "not what its manifest.json says"),
    "no manifest": (lambda m: {k: v for k, v in m.items() if k != "manifest.json"}, "no manifest.json"),
    "a manifest of something else": (lambda m: {**m, "manifest.json": b"[]"}, "manifest.json is broken"),
    "a manifest too deep": (lambda m: {**m, "manifest.json": b"[" * 100_000}, "manifest.json is broken"),
    "a manifest with a name twice": (
        lambda m: {**m, "manifest.json": m["manifest.json"].replace(b'"name"', b'"format": "x", "name"', 1)},
        "manifest.json is broken",
    ),
    "sizes below nothing": (
        lambda m: listed(m, files={"card.json": {"sha256": "0" * 64, "size": -1}}), "manifest.json is broken",
    ),
    "digests of another kind": (
        lambda m: listed(m, files={"card.json": {"sha256": "abc", "size": 1}}), "manifest.json is broken",
    ),
    "of a newer version": (lambda m: listed(m, version=2), "pip install -U ohlora"),
    "a name that climbs": (lambda m: listed(m, name="../evil"), "cannot be a persona's name"),
    "a name that is no text": (lambda m: listed(m, name=7), "manifest.json is broken"),
    "a broken card": (lambda m: listed({**m, "card.json": b'{"spec": "chara_card_v3"}'}), "no character card"),
    "a card too large": (lambda m: listed({**m, "card.json": b" " * 1_000_001}), "at most 1,000,000"),
    "vectors that unfold": (lambda m: listed({**m, "dialogue/vectors.npz": bomb_in_vectors()}), "many times its size"),
    "vectors that are none": (lambda m: listed({**m, "dialogue/vectors.npz": b"\x93NUMPY"}), "holds no vectors"),
    "too many": (lambda m: listed({**m, **{f"dialogue/d{n}.jsonl": b"" for n in range(300)}}), "at most 256"),
}  # fmt: skip


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_archive_is_one_sentence_and_leaves_nothing(
    call: Call, packed: Path, elsewhere: Path, tmp_path: Path, spoilt: str
) -> None:
    change, sentence = SPOILT[spoilt]
    outside = tree(tmp_path)
    file = zipped(change(contents(packed)), packed)
    done = call("persona", "import", file)
    assert (done.status, sentence in done.err, done.err.count("\n")) == (2, True, 1), done.err
    assert nothing_was_put(elsewhere)
    assert tree(tmp_path).keys() == outside.keys()


def test_a_whole_one_repacked_by_another_program_is_taken(call: Call, packed: Path, elsewhere: Path) -> None:
    zipped(contents(packed), packed, zipfile.ZIP_DEFLATED)  # else the tests above would refuse for any reason
    assert call("persona", "import", packed).status == 0


def test_links_and_pipes_are_refused(call: Call, packed: Path, elsewhere: Path) -> None:
    members = contents(packed)
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFCHR):
        zipped(listed({**members, "NOTICE": b"/etc/passwd"}), packed, NOTICE=kind | 0o777)
        done = call("persona", "import", packed)
        assert (done.status, "is a link, a folder" in done.err) == (2, True), done.err
    assert nothing_was_put(elsewhere)


def test_a_member_twice_is_refused(call: Call, packed: Path, elsewhere: Path) -> None:
    with zipfile.ZipFile(packed, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("NOTICE", b"another")
    done = call("persona", "import", packed)
    assert (done.status, "'NOTICE' is in it twice" in done.err) == (2, True)
    assert nothing_was_put(elsewhere)


def test_a_bomb_is_refused_before_it_goes_off(call: Call, packed: Path, elsewhere: Path) -> None:
    members = listed({**contents(packed), "dialogue/zeros.jsonl": b"\0" * 200_000_000})
    keep = {name: members[name] for name in ("manifest.json", "card.json", "dialogue/zeros.jsonl")}
    zipped(listed(keep), packed, zipfile.ZIP_DEFLATED)
    assert packed.stat().st_size < 1_000_000
    done = call("persona", "import", packed)
    assert (done.status, "would unfold to 200," in done.err) == (2, True), done.err
    assert nothing_was_put(elsewhere)


def test_a_member_that_lies_about_its_size_is_cut(call: Call, packed: Path, elsewhere: Path) -> None:
    """Both lists say ten bytes, and a million come: no more than ten are taken, and then it is refused."""
    keep = {name: contents(packed)[name] for name in ("manifest.json", "card.json")}
    members = listed({**keep, "NOTICE": b"x" * 1_000_000})
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["NOTICE"]["size"] = 10
    zipped({**members, "manifest.json": json.dumps(manifest).encode()}, packed, zipfile.ZIP_DEFLATED)
    raw = packed.read_bytes()
    assert raw.count(struct.pack("<L", 1_000_000)) == 2
    packed.write_bytes(raw.replace(struct.pack("<L", 1_000_000), struct.pack("<L", 10)))
    assert call("persona", "import", packed).status == 2
    assert nothing_was_put(elsewhere)


def test_cut_off_anywhere_or_with_any_bit_turned_it_is_refused_or_the_same(
    packed: Path, elsewhere: Path, tmp_path: Path
) -> None:
    keep = {name: contents(packed)[name] for name in ("manifest.json", "card.json", "NOTICE")}
    raw = zipped(listed(keep), packed).read_bytes()
    stream = np.random.Generator(np.random.PCG64(7))
    spoilt = [raw[:at] for at in range(0, len(raw), 97)]
    for at in stream.integers(0, len(raw), 200):
        spoilt.append(raw[:at] + bytes([raw[at] ^ 1 << int(stream.integers(8))]) + raw[at + 1 :])
    refused = 0
    for body in spoilt:
        packed.write_bytes(body)
        try:
            taken = archive.read(packed, "bom")
        except InputError:
            refused += 1
            assert nothing_was_put(elsewhere)
        else:
            assert (taken.persona.folder / "card.json").read_bytes() == keep["card.json"]
            assert (taken.persona.folder / "NOTICE").read_bytes() == keep["NOTICE"]
            shutil.rmtree(taken.persona.folder)
    assert refused > len(raw) // 97


def test_terms_in_a_manifest_are_text(call: Call, packed: Path, elsewhere: Path) -> None:
    told = [{"files": ["card.json"], "licence": "\x1b[2Jfree"}, {"files": 7}, "x"]
    zipped(listed(contents(packed), licences=told, title="\x1b[2J"), packed)
    done = call("persona", "import", packed)
    assert (done.status, "card.json: [2Jfree" in done.err) == (0, True)
    assert "\x1b" not in done.out + done.err


def test_a_disk_that_is_full_is_one_sentence_and_leaves_nothing(
    call: Call, packed: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_copied", full)
    done = call("persona", "import", packed)
    assert (done.status, "No space left on device; make room" in done.err) == (2, True)
    assert nothing_was_put(elsewhere)


def test_a_file_that_changes_while_it_is_exported_is_refused(
    bom: Persona, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archive.sha256_of
    monkeypatch.setattr(archive, "sha256_of", lambda path: real(path).replace("a", "b"))
    with pytest.raises(InputError, match="changed while it was read"):
        archive.write(bom, tmp_path / "bom.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
