"""A GGUF adapter read back: the numbers it was made of, proved as it is served, and what is no such file refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ohlora import personas
from ohlora.errors import InputError

torch = pytest.importorskip("torch", reason="needs the extra train")

import gguf  # noqa: E402

from ohlora.cli._language_export import verify  # noqa: E402
from ohlora.language import export, exporting, gguf_file, importing, merging, proofs  # noqa: E402
from ohlora.language.engines.llama_cpp import LlamaCppEngine  # noqa: E402
from ohlora.language.training import bases  # noqa: E402

from . import models, tiny_gguf  # noqa: E402
from .test_exported import _adapter  # noqa: E402


@pytest.mark.parametrize(
    ("architecture", "rslora"), [("llama", False), ("llama", True), ("qwen2", False), ("gpt_neox", False)]
)
def test_read_back_it_is_what_was_exported(architecture: str, rslora: bool, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    folder = models.model_folder(tmp_path / "model", architecture)
    base = bases.load(folder)
    run = _adapter(base, tmp_path / "run", use_rslora=rslora)
    out = export.to_gguf(run, tiny_gguf.write(folder, tmp_path / "base.gguf"), tmp_path / "a.gguf")
    back = importing.to_peft(out, base, tmp_path / "back")
    before, after = (load_file(each / "adapter_model.safetensors") for each in (run, back))
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        np.testing.assert_array_equal(tensor.astype(np.float16), after[name])
    one, two = [], []
    for place, told in ((run, one), (back, two)):
        causal = proofs.with_adapter(bases.load(folder), place)
        told += [proofs._logits(causal, base.tokenizer, prompt) for prompt in proofs.PROMPTS[:3]]
    np.testing.assert_allclose(one, two, atol=5e-3)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with base.gguf (LLaMA, whose queries are stored in another order) and a.gguf, an adapter for it."""
    place = tmp_path_factory.mktemp("tiny")
    folder = models.model_folder(place / "model", "llama")
    tiny_gguf.write(folder, place / "base.gguf")
    run = _adapter(bases.load(folder), place / "run")
    proofs.pack(bases.load(folder), run, name="오로라")
    export.to_gguf(run, place / "base.gguf", place / "a.gguf")
    return place


def test_a_file_is_proved_as_it_is_served(tiny: Path) -> None:
    done = CliRunner().invoke(verify, [str(tiny / "a.gguf"), "--model", str(tiny / "base.gguf"), "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    told = json.loads(done.stdout)
    assert {check["name"]: check["ok"] for check in told["checks"]} == dict.fromkeys(
        (
            "round_trip", "on_off", "reloaded", "prompt_ids", "gguf_log_probabilities", "gguf_likeliest", "served_prompt_ids",
            "served_log_probabilities", "served_likeliest", "served_text", "travels", "merged",
        ),
        True,
    )  # fmt: skip


def test_rows_in_the_wrong_order_are_found_out(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> dict[str, dict[str, Any]]:
        checks = exporting.verify(tiny / "a.gguf", str(tiny / "base.gguf"))["checks"]
        return {check["name"]: check for check in checks}

    right = told()
    monkeypatch.setattr(importing, "ordered", lambda b, *rest, **more: b)
    wrong = told()
    assert right["round_trip"]["ok"]
    assert not wrong["round_trip"]["ok"]
    # How far off random weights are depends on the prompts; that they are is seen whatever these are.
    name = "gguf_log_probabilities"
    assert wrong[name]["value"] > 3 * right[name]["value"], (wrong[name], right[name])


def test_another_adapter_served_and_other_marks_are_found_out(tiny: Path, tmp_path: Path) -> None:
    other = _adapter(bases.load(tiny / "model"), tmp_path / "other", seed=2)
    export.to_gguf(other, tiny / "base.gguf", tmp_path / "b.gguf")
    folded = merging.fold(tiny / "base.gguf", tmp_path / "b.gguf", tmp_path / "folded.gguf")
    models.rewrite(tiny / "run" / "prompt.json", stop=["###"])
    with LlamaCppEngine(folded, adapters={"a": tiny / "a.gguf"}, folded="a", context=512) as engine:
        served = proofs.Served(engine, "a")
        found = proofs.prove(bases.load(tiny / "base.gguf"), tiny / "run", tiny / "a.gguf", served)
    proofs.pack(bases.load(tiny / "model"), tiny / "run", name="오로라")
    failed = {check["name"]: check for check in found["checks"] if not check["ok"]}
    assert set(failed) == {"served_log_probabilities", "served_likeliest", "served_text", "travels"}
    assert failed["travels"]["different"] == ["stop"]


Write = Callable[[gguf.GGUFWriter, str, np.ndarray], None]


def _rewritten(file: Path, out: Path, tensor: Write, architecture: str = "llama", alpha: bool = True) -> Path:
    reader = gguf_file.read(file)
    writer = gguf.GGUFWriter(out, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    if alpha:
        writer.add_float32(export.ALPHA, 8.0)
    for each in reader.tensors:
        tensor(writer, each.name, np.array(each.data))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return out


def _plain(writer: gguf.GGUFWriter, name: str, data: np.ndarray) -> None:
    writer.add_tensor(name, data)


def _without_a_b(writer: gguf.GGUFWriter, name: str, data: np.ndarray) -> None:
    if name != "blk.1.attn_q.weight.lora_b":
        writer.add_tensor(name, data)


def _not_finite(writer: gguf.GGUFWriter, name: str, data: np.ndarray) -> None:
    writer.add_tensor(name, data * np.float16(np.nan) if name == "blk.0.attn_v.weight.lora_a" else data)


def _other_rank(writer: gguf.GGUFWriter, name: str, data: np.ndarray) -> None:
    writer.add_tensor(name, data[:3] if name == "blk.0.attn_v.weight.lora_a" else data)


def _elsewhere(writer: gguf.GGUFWriter, name: str, data: np.ndarray) -> None:
    writer.add_tensor(name.replace("blk.1.", "blk.9."), data)


def _wider(writer: gguf.GGUFWriter, name: str, data: np.ndarray) -> None:
    writer.add_tensor(name, np.tile(data, (1, 2)) if name.endswith("lora_a") else data)


@pytest.mark.parametrize(
    ("tensor", "more", "told"),
    [
        (_without_a_b, {}, r"damaged \(blk\.1\.attn_q\.weight is missing"),
        (_not_finite, {}, r"damaged \(blk\.0\.attn_v\.weight"),
        (_other_rank, {}, r"damaged \(blk\.0\.attn_v\.weight"),
        (_plain, {"alpha": False}, r"damaged \(adapter\.lora\.alpha"),
        (_elsewhere, {}, r"another base model: blk\.9\."),
        (_wider, {}, r"another base model: blk\.0\."),
        (_plain, {"architecture": "qwen2"}, "another base model: general.architecture = qwen2"),
    ],
)  # fmt: skip
def test_a_bad_adapter_is_one_sentence(tiny: Path, tmp_path: Path, tensor: Write, more: dict, told: str) -> None:
    bad = _rewritten(tiny / "a.gguf", tmp_path / "bad.gguf", tensor, **more)
    with pytest.raises(InputError, match=told) as caught:
        exporting.verify(bad, str(tiny / "base.gguf"))
    assert str(bad) in caught.value.en
    assert "\n" not in caught.value.en


def test_what_is_no_adapter_is_refused_before_a_model_is_read(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bases, "load", None)
    (tmp_path / "cut.gguf").write_bytes((tiny / "a.gguf").read_bytes()[:-4000])
    (tmp_path / "letter.gguf").write_text("dear")
    for path, told in (
        (tiny / "base.gguf", "but no LoRA adapter"), (tmp_path / "cut.gguf", "damaged"), (tmp_path / "letter.gguf", "no GGUF file"),
        (tmp_path / "none.gguf", "does not exist"), (tmp_path, "holds no adapter"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            exporting.verify(path, str(tiny / "base.gguf"))
    for arguments in ([], ["a.gguf", "--persona", "ohlora"], ["--persona", "ohlora", "--model", "x"]):
        with pytest.raises(InputError, match="name one adapter"):
            CliRunner().invoke(verify, arguments, catch_exceptions=False)


def test_her_adapters_are_proved_as_they_are_served(persona: personas.Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three prompts instead of eight, for the time it takes; `ohlora language verify --persona ohlora` asks all."""
    for prompts in ("PROMPTS", "MEMO_PROMPTS"):
        monkeypatch.setattr(proofs, prompts, getattr(proofs, prompts)[1:4])
    found = exporting.verify_persona(persona)
    files = sorted(file.name for file in (persona.folder / "adapters").glob("*.gguf"))
    assert [Path(each["adapter"]).name for each in found["adapters"]] == files
    assert found["ok"], [check for each in found["adapters"] for check in each["checks"] if not check["ok"]]
    assert {check["name"] for each in found["adapters"] for check in each["checks"]} >= {
        "round_trip",
        "merged",
        "served_text",
    }
