"""Fine-tuning with labels: checked data, new labels named, and a run that was stopped and continued."""

import csv
import json

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image
from safetensors.numpy import load_file

from ohlora.checkpoint import bundle
from ohlora.checkpoint.freezing import freeze
from ohlora.cli import main
from ohlora.errors import InputError
from ohlora.face import finetune_data
from ohlora.face.bundle import load_bundle
from ohlora.face.finetune import Plan, _Run, finetune, relabelled
from ohlora.face.torch_generator import TorchGenerator

from .makers import settings_of, tensors_of

SIZE = 16


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A frozen generator without labels, one with two, and 24 pictures whose brightness and redness are labels."""
    folder = tmp_path_factory.mktemp("finetune")
    for name, labels in (("plain", {}), ("labelled", {"label_size": 2, "label_width": 5})):
        settings = settings_of("stylegan1", **labels)
        torch.save(tensors_of("stylegan1", settings), folder / f"{name}.pth")
        freeze(folder / f"{name}.pth", "stylegan1", folder / name)
    stream = np.random.Generator(np.random.PCG64(1))
    (folder / "images").mkdir()
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "brightness", "red"])
        for n in range(24):
            brightness, red = stream.uniform(40, 200, 2)
            pixels = stream.normal(brightness, 20, (SIZE * (1 + n % 2), SIZE * (1 + n % 2), 3)).clip(0, 255)
            pixels[:, :, 0] = red
            Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{n}.png")
            writer.writerow([f"{n}.png", brightness, red])
    return folder


def run(work, output, **plan):
    settings = {"label_size": 2, "batch": 4, "save_every": 2, "seed": 3} | plan
    return finetune(work / "labelled", work / "images", work / "labels.csv", output, Plan(**settings))


def test_labels_are_standardised_and_images_fitted(work):
    data = finetune_data.load(work / "images", work / "labels.csv", 2, SIZE)
    assert data.images.shape == (24, 3, SIZE, SIZE)
    assert_allclose(data.labels.mean(axis=0), 0, atol=1e-5)
    assert_allclose(data.labels.std(axis=0), 1, atol=1e-5)
    assert np.corrcoef(data.images.mean(axis=(1, 2, 3)), data.labels.sum(axis=1))[0, 1] > 0.9


def test_stopped_and_continued_ends_in_the_same_weights(work, tmp_path):
    whole = run(work, tmp_path / "whole", steps=4)
    run(work, tmp_path / "halves", steps=2)
    (tmp_path / "halves" / "bundle").rename(tmp_path / "half")
    continued = run(work, tmp_path / "halves", steps=4)
    assert continued["fingerprint"] == whole["fingerprint"]
    assert continued["labels"] == ["brightness", "red"]
    one, two = (load_file(tmp_path / name / "bundle" / "weights.safetensors") for name in ("whole", "halves"))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    changed = load_file(tmp_path / "half" / "weights.safetensors")
    assert not np.array_equal(one["synthesis.layer3.weight"], changed["synthesis.layer3.weight"])
    with (tmp_path / "halves" / "metrics.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["2", "4"]
    with Image.open(tmp_path / "halves" / "samples" / "step-000004.png") as picture:
        assert picture.size == (2 * 5 * SIZE, 4 * SIZE)
    manifest = json.loads((tmp_path / "whole" / "bundle" / "manifest.json").read_text())
    assert manifest["training"]["labels"][0]["name"] == "brightness"
    assert load_bundle(tmp_path / "whole" / "bundle").label_size == 2


def test_ctrl_c_keeps_what_was_learnt(work, tmp_path, monkeypatch):
    plain = _Run._update

    def interrupted(self):
        if self.step == 3:
            raise KeyboardInterrupt
        return plain(self)

    monkeypatch.setattr(_Run, "_update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(work, tmp_path / "out", steps=4, save_every=100)
    assert not (tmp_path / "out" / "bundle").exists()
    monkeypatch.undo()
    assert torch.load(tmp_path / "out" / "state.pt", weights_only=True)["step"] == 3
    finished = run(work, tmp_path / "out", steps=4)
    assert finished["fingerprint"] == run(work, tmp_path / "whole", steps=4)["fingerprint"]


def test_frozen_layers_stay(work, tmp_path):
    run(work, tmp_path / "out", steps=2, freeze=("mapping.*", "synthesis.layer[01].*"))
    before, after = (
        load_file(path / "weights.safetensors") for path in (work / "labelled", tmp_path / "out" / "bundle")
    )
    same = {name for name in before if np.array_equal(before[name], after[name])}
    assert {
        "mapping.dense0.weight",
        "mapping.label_weight",
        "synthesis.layer0.const",
        "synthesis.layer1.weight",
    } <= same
    assert "synthesis.layer2.weight" not in same


def test_a_new_label_size_keeps_rows_and_names_new_ones(work):
    source = bundle.load(work / "labelled")
    settings, tensors, started = relabelled(source.settings, source.tensors, 4, seed=9)
    assert settings["label_size"] == 4
    assert np.array_equal(tensors["mapping.label_weight"][:2], source.tensors["mapping.label_weight"])
    assert [(row["name"], row["part"], row["seed"]) for row in started] == [("mapping.label_weight", "rows 2 to 3", 9)]
    _, fewer, started = relabelled(source.settings, source.tensors, 1, seed=9)
    assert (fewer["mapping.label_weight"].shape, started) == ((1, 5), [])


def test_a_generator_without_labels_draws_the_same_for_a_label_of_zeros(work):
    source = bundle.load(work / "plain")
    settings, tensors, started = relabelled(source.settings, source.tensors, 3, seed=9)
    assert [row["name"] for row in started] == ["mapping.dense0.weight", "mapping.label_weight"]
    z = np.random.Generator(np.random.PCG64(1)).standard_normal((4, 24))
    made = TorchGenerator("stylegan1", settings, tensors)
    assert_allclose(made.mapping(z, np.zeros((4, 3))), load_bundle(work / "plain").mapping(z), atol=1e-5)
    assert np.abs(made.mapping(z, np.ones((4, 3))) - made.mapping(z, np.zeros((4, 3)))).max() > 1e-3


def test_another_plan_does_not_go_on_with_an_old_run(work, tmp_path):
    run(work, tmp_path / "out", steps=2)
    (tmp_path / "out" / "bundle").rename(tmp_path / "done")
    with pytest.raises(InputError, match="holds a run with another batch"):
        run(work, tmp_path / "out", steps=4, batch=8)
    (tmp_path / "out" / "state.pt").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"state\.pt is damaged"):
        run(work, tmp_path / "out", steps=4)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="is not empty"):
        run(work, tmp_path / "full", steps=2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("picture,a,b\n0.png,1,2\n", "has no header"),
        ("file,a,b\n0.png,1,x\n", "line 2: `0.png,1,x` is no file name and numbers"),
        ("file,a,b\n0.png,1,2\n1.png,1\n", "row 2: 2 finite numbers are due"),
        ("file,a,b\n0.png,1,nan\n1.png,2,3\n", "row 1: 2 finite numbers are due"),
        ("file,a\n0.png,1\n1.png,2\n", "has 1 labels (a), --label-size says 2"),
        ("file,a,b\n0.png,1,2\nnone.png,2,3\n", "none.png is no readable image"),
        ("file,a,b\n0.png,1,2\n1.png,1,3\n", "Label `a`"),
        ("file,a,b\n0.png,1,2\n", "it takes at least 2"),
    ],
)
def test_data_that_does_not_fit_is_refused_before_training(work, tmp_path, text, says):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        finetune(work / "labelled", work / "images", tmp_path / "labels.csv", tmp_path / "out", Plan(2, steps=1))
    assert says in caught.value.en
    assert not (tmp_path / "out").exists()


def test_labels_that_cannot_be_read_say_why(work, tmp_path):
    (tmp_path / "cp949.csv").write_bytes("file,눈\n".encode("cp949"))
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "huge.json").write_text(json.dumps({"labels": [["0.png", [10**400]]]}))
    for name, says in (
        ("none.csv", "cannot be read (No such file or directory)"),
        ("cp949.csv", "is not UTF-8 (byte 5); save it as UTF-8"),
        ("deep.json", "is not StyleGAN's dataset.json"),
        ("huge.json", "is not StyleGAN's dataset.json"),
    ):
        with pytest.raises(InputError) as caught:
            finetune_data.load(work / "images", tmp_path / name, 1, SIZE)
        assert f"{name} {says}" in caught.value.en


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"rate": float("nan")}, "--rate nan cannot be; allowed: > 0"),
        ({"ema": float("inf")}, "--ema inf"),
        ({"r1": -1.0}, "--r1 -1.0 cannot be; allowed: ≥ 0"),
        ({"save_every": 0}, "--save-every 0 cannot be; allowed: ≥ 1"),
        ({"seed": 2**60}, "--seed"),
    ],
)
def test_a_plan_out_of_bounds_is_refused_before_anything_is_read(tmp_path, settings, says):
    with pytest.raises(InputError) as caught:
        finetune(tmp_path, tmp_path, tmp_path, tmp_path / "out", Plan(2, **settings))
    assert says in caught.value.en


def test_a_file_in_place_of_the_output_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "out").write_text("no folder")
    with pytest.raises(InputError, match=r"cannot write into .*Not a directory"):
        finetune(tmp_path, tmp_path, tmp_path, tmp_path / "out", Plan(2))


def test_images_that_are_no_squares_or_too_small(work, tmp_path):
    for name, shape in (("wide.png", (32, 16)), ("small.png", (8, 8))):
        Image.new("RGB", shape).save(tmp_path / name)
        (tmp_path / "labels.csv").write_text(f"file,a\n{name},1\n{name},2\n")
        with pytest.raises(InputError, match="it takes squares of at least 16×16"):
            finetune_data.load(tmp_path, tmp_path / "labels.csv", 1, SIZE)


def test_stylegans_dataset_json(work, tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": [["0.png", [1, 2]], ["1.png", [3, 5]]]}))
    data = finetune_data.load(work / "images", tmp_path / "dataset.json", 2, SIZE)
    assert data.names == ["label0", "label1"]
    assert data.mean.tolist() == [2.0, 3.5]


def test_the_command_and_its_refusals(work, tmp_path, capsys):
    call = [
        "face",
        "finetune",
        str(work / "plain"),
        "--images",
        str(work / "images"),
        "--labels",
        str(work / "labels.csv"),
    ]
    call += ["--label-size", "2", "--steps", "2", "--batch", "4", "-o", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as stopped:
        main([*call, "--freeze", "nothing.*"])
    assert stopped.value.code == 2
    assert "--freeze nothing.*: no tensor is named so" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main([*call, "--json"])
    assert stopped.value.code == 0
    result = json.loads(capsys.readouterr().out)
    assert load_bundle(result["bundle"]).fingerprint() == result["fingerprint"]
    with pytest.raises(SystemExit) as stopped:
        main(call)
    assert "exists already" in capsys.readouterr().err
