"""Whether all of a person fits: each check says no when its file is spoilt, and nothing else does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ohlora import models, personas
from ohlora.face.directions.artefact import load_artefact, save_artefact
from ohlora.language.export import write_adapter
from ohlora.personas import Persona, archive, verifying

from .conftest import Call, card


def checks(persona: Persona) -> dict[str, bool]:
    return {check.name: check.ok for check in verifying.verify(persona)}


def said(persona: Persona, name: str) -> str:
    return next(check.message for check in verifying.verify(persona) if check.name == name)


def test_the_shipped_person_fits(call: Call) -> None:
    done = call("persona", "verify", "ohlora", "--json")
    assert (done.status, done.json["ok"], done.json["name"]) == (0, True, "ohlora")
    names = [check["name"] for check in done.json["checks"]]
    assert names[:4] == ["card", "face", "directions", "calibration"]
    assert set(names[4:]) == {
        "adapters/memory.gguf", "adapters/reply.gguf", "dialogue/examples.jsonl", "dialogue/limits.jsonl",
        "dialogue/vectors.npz",
    }  # fmt: skip
    assert all(set(check) == {"name", "ok", "message"} for check in done.json["checks"])


def edited(name: str, **changes: object) -> Callable[[Path], None]:
    """An artefact made anew with its own digests, but with other words in it."""

    def edit(folder: Path) -> None:
        path = folder / f"{name}.json"
        kind = json.loads(path.read_text())["format"]
        tensors, body = load_artefact(path, kind, "")
        save_artefact(path, kind, tensors, {**body, **changes})

    return edit


def resized(name: str, tensor: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / f"{name}.json"
        kind = json.loads(path.read_text())["format"]
        tensors, body = load_artefact(path, kind, "")
        save_artefact(path, kind, {**tensors, tensor: tensors[tensor][..., :-1]}, body)

    return edit


def written(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def alien(**notes: str) -> Callable[[Path], object]:
    import numpy as np

    tensors = {f"blk.0.attn_q.weight.lora_{side}": np.ones((2, 2), np.float16) for side in "ab"}
    return lambda folder: write_adapter(folder / "adapters" / "memory.gguf", "gemma3", 4.0, tensors, notes)


SPOILT: dict[str, tuple[Callable[[Path], object], set[str], str]] = {
    "card": (written("card.json", "{"), {"card"}, "not JSON"),
    "face edited by hand": (
        lambda folder: (folder / "face.json").write_text((folder / "face.json").read_text().replace("3023", "3024")),
        {"face", "calibration"}, "edited by hand",
    ),
    "face cut short": (
        lambda folder: (folder / "face.safetensors").write_bytes(b"x"), {"face", "calibration"}, "cut short",
    ),
    "face of another network": (edited("face", fingerprint="f" * 64), {"face", "calibration"}, "belongs to the generator"),
    "face of another shape": (resized("face", "w"), {"face", "calibration"}, "does not hold a latent"),
    "face without a score": (edited("face", base={"eyes": None}), {"face", "calibration"}, "does not hold a latent"),
    "directions of another network": (
        edited("directions", fingerprint="f" * 64), {"directions", "calibration"}, "belongs to the generator",
    ),
    "directions of another shape": (resized("directions", "vectors"), {"directions", "calibration"}, "another shape"),
    "directions missing": (lambda folder: (folder / "directions.json").unlink(), {"directions", "calibration"}, "is missing"),
    "calibration of another face": (edited("face", seed=2), {"calibration"}, "measured on another face"),
    "calibration of another shape": (resized("calibration", "lengths"), {"calibration"}, "does not describe a calibration"),
    "calibration half there": (lambda folder: (folder / "calibration.json").unlink(), {"calibration"}, "is missing"),
    "an adapter that is none": (written("adapters/memory.gguf", "x"), {"adapters/memory.gguf"}, "GGUF"),
    "an adapter that is not loaded": (written("adapters/a.bin", "x"), {"adapters/a.bin"}, "ohlora language export"),
    "an adapter for another base": (
        alien(**{"ohlora.base": "other sha256:" + "0" * 64}), {"adapters/memory.gguf"}, "another base model",
    ),
    "an adapter of other shapes": (alien(), {"adapters/memory.gguf"}, "does not fit"),
    "dialogues": (written("dialogue/limits.jsonl", '{"input": "a"}\n'), {"dialogue/limits.jsonl"}, "line 1: has no"),
    "dialogues of other things": (
        written("dialogue/limits.jsonl", "[" * 100_000), {"dialogue/limits.jsonl"}, "is not a dialogue turn",
    ),
    "no dialogues in a file": (written("dialogue/limits.jsonl", "\n"), {"dialogue/limits.jsonl"}, "no turns"),
    "vectors": (written("dialogue/vectors.npz", "x"), {"dialogue/vectors.npz"}, "holds no vectors"),
}  # fmt: skip


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_part_is_told_and_no_other(call: Call, bom: Persona, spoilt: str) -> None:
    spoil, parts, sentence = SPOILT[spoilt]
    spoil(bom.folder)
    done = call("persona", "verify", "bom", "--json")
    assert (done.status, done.json["ok"]) == (1, False)
    wrong = {check["name"]: check["message"] for check in done.json["checks"] if not check["ok"]}
    assert set(wrong) == parts
    assert sentence in next(iter(wrong.values()))
    assert not any("\n" in message for message in wrong.values())


def test_words_in_both_languages_one_line_a_check(call: Call, bom: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    from ohlora.i18n import speaking

    with speaking("ko"):
        done = call("persona", "verify", "bom")
    assert all(line.startswith("예 ") for line in done.out.splitlines())
    assert len(done.out.splitlines()) == len(verifying.verify(bom))
    assert "이 얼굴에서 잼" in done.out


def test_what_is_not_there_yet_is_no_fault(bom: Persona) -> None:
    for name in ("face", "directions", "calibration"):
        for ending in ("json", "safetensors"):
            (bom.folder / f"{name}.{ending}").unlink()
    shutil.rmtree(bom.folder / "adapters")
    shutil.rmtree(bom.folder / "dialogue")
    assert checks(bom) == {"card": True, "face": True, "adapters": True, "dialogue": True}
    assert f"-o {bom.folder}" in said(bom, "face")


def test_without_the_model_the_digest_still_tells(
    bom: Persona, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path / "cache"))
    assert models.problems(models.find("gemma-3-270m"))
    assert checks(bom)["adapters/memory.gguf"]
    assert "its shapes were not compared" in said(bom, "adapters/memory.gguf")
    alien(**{"ohlora.base": "other sha256:" + "0" * 64})(bom.folder)
    assert not checks(bom)["adapters/memory.gguf"]


def test_what_was_imported_is_compared_with_its_manifest(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path / "elsewhere"))
    her = archive.read(packed).persona
    assert checks(her)["manifest"]
    her.own_card.parent.mkdir()
    her.own_card.write_text(
        card(name="여름이"), encoding="utf-8"
    )  # edited in the page: not what was imported, but hers
    assert all(checks(her).values())
    assert "여름이, as edited in" in said(her, "card")
    (her.folder / "NOTICE").write_text("another")
    assert [name for name, ok in checks(her).items() if not ok] == ["manifest"]
    assert said(her, "manifest").startswith("not as it was imported: NOTICE; import it anew, or")
    (her.folder / "manifest.json").write_text("{}")
    assert not checks(her)["manifest"]


def test_nobody_is_one_sentence(call: Call, data: Path) -> None:
    done = call("persona", "verify", "nobody")
    assert (done.status, "there is no persona named 'nobody'" in done.err) == (2, True)
    assert personas.names() == ["ohlora"]
