"""What the reader reads: every format, nested containers, NVIDIA's pickles; and what it makes of them."""

import argparse
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ohlora.checkpoint.architectures import ARCHITECTURES, by_name
from ohlora.checkpoint.inspecting import inspect
from ohlora.checkpoint.matching import candidates, choose, match
from ohlora.checkpoint.reader import read
from ohlora.errors import CheckFailed, InputError

from . import twins
from .makers import GOLDEN, RAN, nvidia_pickle, nvidia_snapshot, settings_of, tensors_of


def save_zip(content, path):
    torch.save(content, path)


def save_legacy(content, path):
    torch.save(content, path, _use_new_zipfile_serialization=False)


SAVERS = {"torch-zip": save_zip, "torch-legacy": save_legacy, "safetensors": save_file}


@pytest.mark.parametrize("form", SAVERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool])
def test_numbers_come_back_as_they_were(tmp_path, form, dtype):
    values = (torch.randn(4, 3) * 5).to(dtype)
    SAVERS[form]({"a": values, "scalar": torch.tensor(2.5).to(dtype)}, tmp_path / "file")
    file = read(tmp_path / "file")
    assert file.format == form
    (part,) = file.parts
    assert part.tensors["a"].dtype == str(dtype).removeprefix("torch.")
    assert part.tensors["scalar"].shape == ()
    wide = values.float() if dtype is torch.bfloat16 else values
    assert np.array_equal(part.read("a"), wide.numpy())


@pytest.mark.parametrize("form", ["torch-zip", "torch-legacy"])
def test_views_transposes_and_shared_storage(tmp_path, form):
    base = torch.arange(24.0).reshape(4, 6)
    SAVERS[form]({"turned": base.t(), "row": base[2], "again": base}, tmp_path / "file")
    (part,) = read(tmp_path / "file").parts
    assert np.array_equal(part.read("turned"), base.t().numpy())
    assert np.array_equal(part.read("row"), base[2].numpy())


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nvidia_pickle_gives_every_tensor_and_runs_nothing(tmp_path, protocol):
    settings = settings_of("stylegan2-ada", label_size=3, embed_features=20)
    tensors = tensors_of("stylegan2-ada", settings)
    discriminator = {"b16.fromrgb.weight": torch.randn(8, 3, 1, 1), "mapping.fc0.weight": torch.randn(8, 8)}
    path = nvidia_pickle(
        tmp_path / "network.pkl", {"G": tensors, "D": discriminator, "G_ema": tensors}, protocol=protocol
    )
    file = read(path)
    assert file.format == "nvidia-pickle"
    assert [part.path for part in file.parts] == ["G", "D", "G_ema"]
    part = file.parts[2]
    assert set(part.tensors) == set(tensors)
    assert all(np.array_equal(part.read(name), value.numpy()) for name, value in tensors.items())
    assert part.attributes["mapping.fc0"]["weight_gain"] == 0.25
    assert RAN not in os.environ


def test_nvidia_average_is_taken_and_its_words_are_settings(tmp_path):
    settings = settings_of("stylegan2-ada")
    tensors = tensors_of("stylegan2-ada", settings)
    told = {
        "synthesis.b4.conv1": {"conv_clamp": 256, "activation": "lrelu"},
        "mapping.fc0": {"bias_gain": 0.02},
        "synthesis.b4": {"architecture": "skip"},
    }
    path = nvidia_pickle(tmp_path / "network.pkl", {"G": tensors, "G_ema": tensors}, told)
    chosen = choose(read(path), by_name("stylegan2-ada"))
    assert chosen.label == "G_ema"
    found = chosen.settings({})
    assert (found["conv_clamp"], found["mapping_lr_mul"], found["structure"]) == (256, 0.02, "skip")
    assert chosen.settings({"conv_clamp": 1.0})["conv_clamp"] == 1.0


def test_another_activation_is_refused(tmp_path):
    tensors = tensors_of("stylegan2-ada", settings_of("stylegan2-ada"))
    told = {"synthesis.b4.conv1": {"activation": "swish"}}
    path = nvidia_pickle(tmp_path / "network.pkl", {"G_ema": tensors}, told)
    with pytest.raises(InputError, match="activation is `swish`"):
        choose(read(path), by_name("stylegan2-ada")).settings({})


CASES = [
    ("stylegan1", {}),
    ("stylegan1", {"label_size": 3, "label_width": 16}),
    ("stylegan1", {"label_size": 7, "label_width": 24}),
    ("stylegan1", {"resolution": 64, "channels": [16, 16, 9, 8, 4], "mapping_fmaps": 40, "mapping_layers": 8}),
    ("stylegan1", {"w_dim": 32, "z_dim": 8, "image_channels": 1}),
    ("stylegan1", {"repeat_w": False}),
    ("stylegan1", {"noise_type": "channel"}),
    ("stylegan1", {"const_input": False}),
    ("stylegan2", {}),
    ("stylegan2", {"resolution": 128, "channels": [16, 16, 16, 12, 8, 4], "mapping_layers": 8}),
    ("stylegan2", {"z_dim": 20, "blur_taps": 2, "latent_avg_rows": 0}),
    ("stylegan2", {"latent_avg_rows": 6}),
    ("stylegan2-ada", {}),
    ("stylegan2-ada", {"resolution": 64, "channels": [32, 32, 16, 8, 4], "mapping_layers": 2}),
    ("stylegan2-ada", {"label_size": 10, "embed_features": 20}),
    ("stylegan2-ada", {"label_size": 2, "embed_features": 5, "image_channels": 1}),
    ("stylegan2-ada", {"structure": "resnet"}),
    ("stylegan2-ada", {"structure": "orig", "use_noise": False}),
    ("stylegan2-ada", {"filter_taps": 12}),
]


@pytest.mark.parametrize(("architecture", "given"), CASES)
@pytest.mark.parametrize("prefix", ["", "module.", "generator.module."])
def test_settings_are_inferred_from_names_and_shapes(tmp_path, architecture, given, prefix):
    settings = settings_of(architecture, **given)
    tensors = tensors_of(architecture, settings)
    torch.save({"state_dict": {prefix + name: value for name, value in tensors.items()}}, tmp_path / "file.pt")
    file = read(tmp_path / "file.pt")
    chosen = choose(file, by_name(architecture))
    assert chosen.label == ".".join(["state_dict", *prefix.split(".")[:-1]])
    assert chosen.settings({}) == settings
    assert match(chosen).ok
    shown = inspect(file)
    assert (shown["architecture"], shown["settings"]) == (architecture, settings)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_one_missing_tensor_misleads_no_other(tmp_path, architecture):
    settings = settings_of(architecture)
    tensors = tensors_of(architecture, settings)
    shown_by_one = ("mapping.dense0.weight", "mapping.fc0.weight", "style.1.weight", "latent_avg", ".kernel", "noise_")
    for name in tensors:
        if name.endswith(shown_by_one) or "noise" in name:
            continue
        rest = {other: value for other, value in tensors.items() if other != name}
        torch.save(rest, tmp_path / "file.pt")
        report = match(choose(read(tmp_path / "file.pt"), by_name(architecture)))
        assert [(fault.kind, fault.name) for fault in report.faults] == [("missing", name)], name


def test_constructor_arguments_are_named_as_the_authors_name_them():
    shown = inspect(read(GOLDEN / "stylegan1_label7_r32.pth"))
    meta = dict(eval(str(np.load(GOLDEN / "stylegan1_label7_r32.npz")["meta"]), {"__builtins__": {}}))
    assert {name: shown["constructor"][name] for name in meta} == meta
    shown = inspect(read(GOLDEN / "stylegan2ada_r32.pth"))
    meta = dict(eval(str(np.load(GOLDEN / "stylegan2ada_r32.npz")["meta"]), {"__builtins__": {}}))
    assert {name: shown["constructor"][name] for name in meta} == meta
    shown = inspect(read(GOLDEN / "stylegan2_r32.pt"))
    assert (shown["part"], shown["constructor"]["size"], shown["constructor"]["n_mlp"]) == ("g_ema", 32, 4)


def test_a_training_checkpoint_asks_which_generator(tmp_path):
    settings = settings_of("stylegan2")
    both = [tensors_of("stylegan2", settings, seed) for seed in (1, 2)]
    for tensors in both:
        del tensors["latent_avg"]
    content = {
        "g": both[0],
        "g_ema": both[1],
        "d": {"convs.0.0.weight": torch.randn(4, 3, 1, 1)},
        "g_optim": {"state": {n: {"exp_avg": torch.zeros(3)} for n in range(4)}, "param_groups": [{"lr": 0.002}]},
        "args": argparse.Namespace(size=16, batch=np.float64(4)),
    }
    torch.save(content, tmp_path / "550000.pt")
    file = read(tmp_path / "550000.pt")
    with pytest.raises(InputError, match=r"holds 2 generators: g, g_ema\. Choose one, e\.g\. `--part g_ema`"):
        choose(file, by_name("stylegan2"))
    assert match(choose(file, by_name("stylegan2"), "g")).ok
    shown = inspect(file)
    assert shown["part"] is None
    assert [candidate["part"] for candidate in shown["candidates"]] == ["g", "g_ema"]
    with pytest.raises(InputError, match="has no part 'd' that fits stylegan2; it has 'g', 'g_ema'"):
        choose(file, by_name("stylegan2"), "d")


def test_lightning_prefixes_are_told_apart(tmp_path):
    tensors = tensors_of("stylegan1", settings_of("stylegan1"))
    state = {f"generator.{n}": v for n, v in tensors.items()} | {f"generator_smooth.{n}": v for n, v in tensors.items()}
    torch.save({"state_dict": OrderedDict(state), "epoch": 3}, tmp_path / "last.ckpt")
    found = [candidate.label for candidate in candidates(read(tmp_path / "last.ckpt"))]
    assert sorted(found) == ["state_dict.generator", "state_dict.generator_smooth"]


def test_a_plain_pickle_of_tensors_is_read(tmp_path):
    tensors = tensors_of("stylegan1", settings_of("stylegan1"))
    (tmp_path / "plain.pkl").write_bytes(pickle.dumps(tensors))
    assert match(choose(read(tmp_path / "plain.pkl"), by_name("stylegan1"))).ok


def test_recognised_but_not_run(tmp_path):
    names = [
        "synthesis.input.freqs",
        "synthesis.input.phases",
        "synthesis.L0_36_512.affine.weight",
        "mapping.fc0.weight",
    ]
    torch.save({name: torch.randn(8, 8) for name in names}, tmp_path / "sg3.pt")
    shown = inspect(read(tmp_path / "sg3.pt"))
    assert shown["architecture"] == "stylegan3"
    assert "not run here" in shown["advice"]
    with pytest.raises(InputError, match="not run here"):
        by_name("stylegan3")
    with pytest.raises(CheckFailed, match="is no stylegan1: stylegan3 is read but not run here"):
        choose(read(tmp_path / "sg3.pt"), by_name("stylegan1"))


def test_a_stylegan3_snapshot_is_read_and_said(tmp_path):
    def linear(into: int, out: int) -> torch.nn.Module:
        return twins.Linear(into, out)

    net, synthesis, entry = torch.nn.Module(), torch.nn.Module(), torch.nn.Module()
    net.o = {"structure": "", "base": 1, "most": 1, "z": 32, "c": 4, "w": 20}
    net.mapping, net.synthesis, synthesis.input = torch.nn.Module(), synthesis, entry
    net.mapping.embed, net.mapping.fc0, net.mapping.fc1 = linear(4, 20), linear(52, 20), linear(20, 20)
    entry.register_buffer("freqs", torch.randn(16, 2))
    entry.register_buffer("transform", torch.eye(3))
    entry.affine, entry.size, entry.bandwidth = linear(20, 4), np.broadcast_to(np.asarray(36), [2]), np.float64(2)
    for number, (size, channels) in enumerate([(36, 16), (52, 16), (64, 3)]):
        layer = torch.nn.Module()
        layer.affine, layer.weight = linear(20, 16), torch.nn.Parameter(torch.randn(channels, 16, 3, 3))
        layer.register_buffer("up_filter", None)
        setattr(synthesis, f"L{number}_{size}_{channels}", layer)
    nvidia_snapshot(tmp_path / "sg3.pkl", {"G": net, "G_ema": net})
    shown = inspect(read(tmp_path / "sg3.pkl"))
    assert (shown["architecture"], shown["part"]) == ("stylegan3", "G_ema")
    assert shown["settings"] == {
        "resolution": 64,
        "z_dim": 32,
        "w_dim": 20,
        "label_size": 4,
        "mapping_layers": 2,
        "layers": 2,
        "image_channels": 3,
    }
    with pytest.raises(CheckFailed, match="stylegan3 is read but not run here"):
        choose(read(tmp_path / "sg3.pkl"), by_name("stylegan2-ada"))


def test_odd_numbers_are_shown(tmp_path):
    tensors = tensors_of("stylegan1", settings_of("stylegan1", mapping_fmaps=64, w_dim=64))
    tensors["synthesis.layer1.weight"].zero_()
    tensors["synthesis.layer3.weight"].uniform_(-1, 1)
    tensors["mapping.dense1.bias"][2] = float("nan")
    torch.save(tensors, tmp_path / "file.pt")
    (shown,) = inspect(read(tmp_path / "file.pt"))["candidates"]
    assert shown["zero"] == ["synthesis.layer1.weight"]
    assert shown["nonfinite"] == ["mapping.dense1.bias"]
    assert "mapping.dense1.weight" in shown["fresh"]
    assert "synthesis.layer3.weight" not in shown["fresh"]
