"""Training on one's own rows: every family, masks and marks, going on after a kill, the proofs, and what is refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ohlora.errors import CheckFailed, InputError
from ohlora.language import data as reading

torch = pytest.importorskip("torch", reason="needs the extra train")

from ohlora.language import export, preflight, proofs, training  # noqa: E402
from ohlora.language.training import Settings, bases, expression, own  # noqa: E402
from ohlora.language.training.run import run  # noqa: E402

from . import models  # noqa: E402

LABELS = (("크게", "크게", "보통"), ("보통", "보통", "없음"), ("작게", "보통", "보통"))
WORDS = ("좋아", "그래", "슬퍼")
QUICK = Settings(rank=8, alpha=16, epochs=2, batch=4, learning_rate=3e-2, samples=1, max_length=200)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty-six rows whose labels follow from the reply's first word."""
    lines = ["data_type,input_data,output_message,memory,summary,eyes_mouth_pose,eyes,mouth,pose"]
    for number in range(36):
        kind = number % 3
        split = "valid" if number % 6 == 5 else "train"
        memory = f"[이름: 지우{number}]" if number % 4 == 0 else "없음"
        eyes, mouth, pose = LABELS[kind]
        lines.append(
            f"{split},질문 {number},{WORDS[kind]} {number},{memory},{number}번째 이야기,,{eyes},{mouth},{pose}"
        )
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.model_folder(tmp_path_factory.mktemp("models") / "llama", "llama")


@pytest.mark.parametrize("architecture", models.ARCHITECTURES)
def test_every_family_learns(architecture: str, rows: Path, tmp_path: Path) -> None:
    folder = models.model_folder(tmp_path / "model", architecture)
    out = tmp_path / "run"
    told = training.train(out, replace(QUICK, epochs=3), model=str(folder), data=rows)
    losses = [float(line.split(",")[2]) for line in (out / "log.csv").read_text().splitlines()[1:]]
    assert np.mean(losses[-5:]) < losses[0] - 0.08
    assert set(told["valid_loss"]) == {"all", "reply", "expression", "memory", "summary"}
    assert (out / "curves.png").read_bytes()[:4] == b"\x89PNG"
    travels = json.loads((out / "prompt.json").read_text("utf-8"))
    assert travels["eos_id"] == 2
    assert "\n" in travels["stop"]
    assert (out / "tokenizer" / "tokenizer.json").is_file()
    found = proofs.prove(bases.load(folder), out)
    assert {check["name"]: check["ok"] for check in found["checks"]} == {
        "on_off": True,
        "reloaded": True,
        "merged": True,
        "travels": True,
    }


def test_an_adapter_that_does_nothing_fails_its_proof(rows: Path, llama: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    out = tmp_path / "run"
    training.train(out, QUICK, model=str(llama), data=rows)
    weights = load_file(out / "adapter_model.safetensors")
    save_file({name: tensor * 0 if ".lora_B." in name else tensor for name, tensor in weights.items()}, out / "adapter_model.safetensors")  # fmt: skip
    found = proofs.prove(bases.load(llama), out)
    assert not found["ok"]
    assert [check["name"] for check in found["checks"] if not check["ok"]] == ["on_off"]


def test_an_adapter_for_another_base_is_refused(rows: Path, llama: Path, tmp_path: Path) -> None:
    training.train(tmp_path / "run", QUICK, model=str(llama), data=rows)
    other = models.model_folder(tmp_path / "other", "llama", hidden_size=48)
    with pytest.raises(InputError, match="another base model"):
        proofs.prove(bases.load(other), tmp_path / "run")


_KILLED = """
import sys
from pathlib import Path
from ohlora.language import training
from ohlora.language.training import run as loop
loop.SAVE_EVERY = 3
from tests_settings import SETTINGS
training.train(Path(sys.argv[1]), SETTINGS, model=sys.argv[2], data=Path(sys.argv[3]))
"""


def test_killed_and_started_again_it_ends_the_same(
    rows: Path, llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    from ohlora.language.training import run as loop

    (tmp_path / "tests_settings.py").write_text(
        "from ohlora.language.training import Settings\n"
        "SETTINGS = Settings(rank=2, alpha=4, dropout=0.1, epochs=3, batch=4, learning_rate=5e-3, samples=1, max_length=200)\n"
    )
    settings = Settings(rank=2, alpha=4, dropout=0.1, epochs=3, batch=4, learning_rate=5e-3, samples=1, max_length=200)
    monkeypatch.setattr(loop, "SAVE_EVERY", 3)
    training.train(tmp_path / "whole", settings, model=str(llama), data=rows)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    call = [sys.executable, "-c", _KILLED, str(tmp_path / "killed"), str(llama), str(rows)]
    process = subprocess.Popen(call, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL)
    log, until = tmp_path / "killed" / "log.csv", time.monotonic() + 400
    while time.monotonic() < until and process.poll() is None:
        if (
            log.is_file()
            and len(log.read_text().splitlines()) > 8
            and (tmp_path / "killed" / "checkpoint.pt").is_file()
        ):
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.005)
    assert process.wait() == -signal.SIGKILL, "it was killed in the middle"
    assert not (tmp_path / "killed" / "adapter_model.safetensors").exists()
    training.train(tmp_path / "killed", settings, model=str(llama), data=rows)
    one, two = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(one[name], two[name]) for name in one)

    def losses(name: str) -> list[list[str]]:
        return [line.split(",")[:3] for line in (tmp_path / name / "log.csv").read_text().splitlines()]

    assert losses("whole") == losses("killed")
    assert (tmp_path / "whole" / "valid.csv").read_text() == (tmp_path / "killed" / "valid.csv").read_text()


def test_another_run_in_the_folder_is_refused(rows: Path, llama: Path, tmp_path: Path) -> None:
    training.train(tmp_path / "run", QUICK, model=str(llama), data=rows)
    with pytest.raises(InputError, match="another settings"):
        training.train(tmp_path / "run", Settings(rank=4, alpha=4, epochs=2, batch=4), model=str(llama), data=rows)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="not empty"):
        training.train(tmp_path / "other", QUICK, model=str(llama), data=rows)


def test_early_stopping_keeps_the_best(rows: Path, llama: Path, tmp_path: Path) -> None:
    wild = Settings(rank=2, alpha=4, epochs=12, batch=4, learning_rate=30, patience=2, samples=0, max_length=200)
    told = training.train(tmp_path / "run", wild, model=str(llama), data=rows)
    assert told["stopped_early"]
    lines = (tmp_path / "run" / "valid.csv").read_text().splitlines()[1:]
    best = min(lines, key=lambda line: np.mean([float(loss) for loss in line.split(",")[2:]]))
    assert int(best.split(",")[0]) == told["best_step"]
    assert told["valid_loss"]["all"] == pytest.approx(float(best.split(",")[1]))


def test_two_processes_take_the_steps_of_one(rows: Path, llama: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    settings = "--rank 2 --alpha 4 --epochs 1 --batch 4 --learning-rate 5e-3 --max-length 200 --threads 1"
    call = ["language", "train", "--model", str(llama), "--data", str(rows), *settings.split()]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "ohlora"]
    for name, start in (("two", launch), ("one", [sys.executable, "-m", "ohlora"])):
        done = subprocess.run(
            [*start, *call, "-o", str(tmp_path / name)], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
    one, two = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("one", "two"))
    # By norm: Adam divides by the size of a gradient, so where one is near nothing its rounding decides the sign.
    for name in (name for name in one if "lora_B" in name):
        assert (one[name] - two[name]).norm() < 0.1 * one[name].norm()


def test_koreanlm_is_stopped_with_the_reason(rows: Path, tmp_path: Path) -> None:
    folder = models.korean_lm(tmp_path / "koreanlm")
    with pytest.raises(CheckFailed, match="token-id"):
        training.train(tmp_path / "run", QUICK, model=str(folder), data=rows)
    assert not (tmp_path / "run").exists()


def test_new_rows_of_the_embedding_are_trained_and_travel_with_the_adapter(rows: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = models.korean_lm(tmp_path / "koreanlm")
    report = preflight.fix(folder, rows, tmp_path / "grown", resize=True)
    assert report.summary["fix"]["left"] == []
    wanted = json.loads((tmp_path / "grown" / bases.FIXES).read_text("utf-8"))["trainable_token_indices"]
    assert set(wanted) == {"model.embed_tokens", "lm_head"}
    training.train(tmp_path / "run", QUICK, model=str(tmp_path / "grown"), data=tmp_path / "grown" / "data.jsonl")
    old, new = (
        load_file(tmp_path / "grown" / "model.safetensors"),
        load_file(tmp_path / "run" / "adapter_model.safetensors"),
    )
    for module, indices in wanted.items():
        trained = new[f"base_model.model.{module}.token_adapter.trainable_tokens_delta"]
        assert trained.shape[0] == len(indices)
        assert not torch.equal(trained.float(), old[f"{module}.weight"][indices].float())
    found = proofs.prove(bases.load(tmp_path / "grown"), tmp_path / "run")
    assert [check["name"] for check in found["checks"] if not check["ok"]] == []
    with pytest.raises(InputError, match="without --resize"):
        export.to_gguf(tmp_path / "run", Path("any.gguf"), tmp_path / "x.gguf")
    assert not (tmp_path / "x.gguf").exists()


@pytest.mark.parametrize("told", ['{"trainable_token_indices": {"lm_head": [99999]}}', '{"trainable_token_indices": {"no": [1]}}', "[]", "{"])  # fmt: skip
def test_fixes_that_do_not_fit_their_model_are_refused(told: str, llama: Path, tmp_path: Path) -> None:
    shutil.copytree(llama, tmp_path / "model")
    (tmp_path / "model" / bases.FIXES).write_text(told)
    with pytest.raises(InputError, match="--resize"):
        bases.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"targets": ("sideways_proj",)}, "no layer|matches no module|sideways"), ({"rank": 0}, "--rank"), ({"dropout": 1.5}, "--dropout")],
)  # fmt: skip
def test_settings_that_cannot_be(settings: dict, told: str, rows: Path, llama: Path, tmp_path: Path) -> None:
    with pytest.raises((InputError, CheckFailed), match=told):
        training.train(tmp_path / "run", Settings(**{"rank": 2, **settings}), model=str(llama), data=rows)


def test_a_folder_without_weights_that_fit_is_refused(llama: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = models.model_folder(tmp_path / "model", "llama")
    weights = load_file(folder / "model.safetensors")
    weights.pop("model.layers.1.mlp.up_proj.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"missing: model\.layers\.1\.mlp\.up_proj"):
        bases.load(folder)


def test_expressions_are_learned_from_words(rows: Path, llama: Path, tmp_path: Path) -> None:
    settings = Settings(tasks=("expression",), rank=4, alpha=8, epochs=6, batch=4, learning_rate=1e-2, samples=0)
    told = training.train(tmp_path / "run", settings, model=str(llama), data=rows)
    mixture = expression.load(tmp_path / "run")
    assert set(mixture.of) == set(LABELS)
    assert told["expression"]["chosen_by"]
    base = bases.load(llama)
    causal = proofs.with_adapter(base, tmp_path / "run")
    held = [row for row in reading.read(rows).rows if row.split == "valid"]
    scores = expression.scores(causal, base, held, mixture.of, mixture.names)
    np.testing.assert_allclose(np.exp(scores).sum(1), 1.0, rtol=1e-5)
    own_features = own.pick(own.features_by_number(base, held), held)
    named = [mixture.of[at] for at in mixture.log_probabilities(scores, own_features).argmax(1)]
    right = np.mean(
        [tuple(name) == expression.combination(row, mixture.names) for name, row in zip(named, held, strict=True)]
    )
    assert right > 0.6


def test_scores_are_those_of_each_line_read_alone(llama: Path, rows: Path) -> None:
    base = bases.load(llama)
    row = reading.read(rows).rows[0]
    of = [tuple(labels) for labels in LABELS]
    together = expression.scores(base.model, base, [row], of, ("eyes", "mouth", "pose"))[0]
    apart = np.array(
        [expression.scores(base.model, base, [row], [labels], ("eyes", "mouth", "pose"))[0, 0] for labels in of]
    )
    assert apart.tolist() == [0.0, 0.0, 0.0], "one alone is certain"
    assert together.max() < 0
    swapped = expression.scores(base.model, base, [row], of[::-1], ("eyes", "mouth", "pose"))[0]
    np.testing.assert_allclose(together, swapped[::-1], rtol=1e-4)


def test_a_run_is_resumed_only_by_the_same_data(rows: Path, llama: Path, tmp_path: Path) -> None:
    base = bases.load(llama)
    told = own.texts(own.rows_for(rows, QUICK), QUICK)
    run(base, told, tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["data"] == told.digest()


def test_a_run_goes_on_from_a_lower_rank_as_the_very_same_model(rows: Path, llama: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    training.train(tmp_path / "low", QUICK, model=str(llama), data=rows)
    still = replace(QUICK, rank=QUICK.rank * 3, alpha=QUICK.alpha, learning_rate=1e-12)
    training.train(tmp_path / "high", still, model=str(llama), data=rows, start=tmp_path / "low")
    low, high = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("low", "high"))
    downs = [name for name in low if "lora_A" in name]
    assert downs
    for down in downs:
        up = down.replace("lora_A", "lora_B")
        assert high[down].shape[0] == 3 * low[down].shape[0]
        assert torch.allclose(
            high[up] @ high[down] / still.rank, low[up] @ low[down] / QUICK.rank, rtol=1e-4, atol=1e-6
        )
    with pytest.raises(InputError, match="--rank or a higher one"):
        training.train(tmp_path / "lower", QUICK, model=str(llama), data=rows, start=tmp_path / "high")
