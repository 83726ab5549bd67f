"""The sentence encoder taught to classify tokens: learns, goes on after an end to the same result, and is kept whole or refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ohlora.errors import InputError
from ohlora.language.sentences import finetuning, learnt
from ohlora.language.sentences.finetuning import UNTOLD, Row, export, together, train
from ohlora.language.sentences.graph import taken_in

_CLASSES = [("", ""), ("이름", "name"), ("사는 곳", "home")]
_NAMES, _TOWNS = ("민수", "지은", "Anna", "Tom"), ("부산", "전주", "Leeds", "Oslo")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Sixteen messages that tell a name and a town."""
    pieces = taken_in().pieces
    found = []
    for name in _NAMES:
        for town in _TOWNS:
            parts = [("query: 나", 0), (name, 1), ("야", 0), (town, 2), ("살아", 0)]
            tokens = [(token, kind) for text, kind in parts for token in pieces.ids(text)]
            found.append(([token for token, _ in tokens], [UNTOLD, *(kind for _, kind in tokens), UNTOLD]))
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetuning, "BATCH", 8)
    monkeypatch.setattr(finetuning, "WARMUP", 3)
    monkeypatch.setattr(finetuning, "SAVE_EVERY", 4)


@pytest.mark.usefixtures("small")
def test_what_is_learnt_is_kept_in_four_bits_and_computes_the_same(rows: list[Row], tmp_path: Path) -> None:
    network = train(rows, 3, tmp_path, epochs=30, rate=3e-4, seed=1)
    export(network, tmp_path / "t.safetensors", {"classes": _CLASSES, "seed": 1})
    compute, about = learnt.classifier(tmp_path / "t.safetensors")
    assert about["seed"] == 1
    assert [tuple(names) for names in about["classes"]] == _CLASSES
    right = total = 0
    for ids, told in rows:
        chances = compute(ids)
        sums, valid, _ = together([(ids, told)], taken_in())
        with torch.no_grad():
            ours = network(sums, valid)[0].softmax(-1).numpy()
        np.testing.assert_allclose(chances, ours, atol=0.02)  # the graph rounds what it multiplies with to 8 bit
        known = np.array(told) != UNTOLD
        right += int((chances.argmax(1) == np.array(told))[known].sum())
        total += int(known.sum())
    assert right / total > 0.95


@pytest.mark.usefixtures("small")
def test_a_run_that_was_ended_goes_on_to_the_same_result(
    rows: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(rows, 3, tmp_path / "whole", epochs=4, rate=2e-4, seed=3)
    step, done = finetuning._step, []

    def ended(*batch: object) -> float:
        if len(done) == 6:
            raise KeyboardInterrupt
        done.append(1)
        return step(*batch)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(finetuning, "_step", ended)
        with pytest.raises(KeyboardInterrupt):
            train(rows, 3, tmp_path / "parts", epochs=4, rate=2e-4, seed=3)
    again = train(rows, 3, tmp_path / "parts", epochs=4, rate=2e-4, seed=3)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    with pytest.raises(InputError, match="another run"):
        train(rows, 3, tmp_path / "parts", epochs=4, rate=2e-4, seed=4)


def test_four_bits_are_the_packages_own_where_nothing_was_learnt() -> None:
    weights = taken_in().weights
    network = finetuning.Network(weights, 2)
    given = weights.blocks("l0.q.w", weights.hidden, weights.hidden)
    again = finetuning.blocks(network.tensors["l0_q_w"].detach())
    # A group without the number -8 is rounded by another factor: nearly all have it.
    assert (given == again).all(-1).mean() > 0.5


def test_a_file_that_is_not_whole_is_refused(rows: list[Row], tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "t.safetensors"
    network = finetuning.Network(taken_in().weights, 3)
    export(network, path, {"classes": _CLASSES})
    assert len(learnt.read(path).weight) == 3
    tensors = load_file(path)
    about = {"about": json.dumps({"form": learnt.FORM, "classes": _CLASSES})}
    for name, without in [("l3.k.w", True), ("l3.k.w", False), ("out.b", False)]:
        broken = {k: v for k, v in tensors.items() if k != name}
        if not without:
            broken[name] = tensors[name][:1]
        save_file(broken, path, about)
        with pytest.raises(InputError, match=name):
            learnt.read(path)
    save_file(tensors, path, {"about": "{}"})
    with pytest.raises(InputError, match="form"):
        learnt.read(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be read"):
        learnt.read(path)
    with pytest.raises(InputError, match="cannot be read"):
        learnt.read(tmp_path / "none.safetensors")


@pytest.mark.parametrize(("epochs", "rate"), [("0", "1e-4"), ("1", "nan"), ("1", "-1")])
def test_a_run_that_can_teach_nothing_is_refused_in_a_sentence(
    rows: list[Row], tmp_path: Path, capsys: pytest.CaptureFixture[str], epochs: str, rate: str
) -> None:
    asked = finetuning.options("teach", "", ["-o", str(tmp_path), "--epochs", epochs, "--rate", rate])
    with pytest.raises(SystemExit) as ended:
        finetuning.learn(rows, _CLASSES, asked, "t.safetensors", [])
    assert ended.value.code == InputError.exit_code
    assert "--epochs" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
