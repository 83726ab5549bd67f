"""Freezing, verifying, rendering and exporting, through the command line where a user would."""

import json
import os
import shutil
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from safetensors.numpy import load_file, save_file

from ohlora.checkpoint import bundle
from ohlora.checkpoint.fingerprint import TOLERANCE
from ohlora.checkpoint.reader import read
from ohlora.cli import main
from ohlora.errors import CheckFailed, InputError, MissingError
from ohlora.face.bundle import load_bundle
from ohlora.face.openvino_generator import OpenVINOGenerator
from ohlora.face.zspace import ZSpace

from . import twins
from .makers import GOLDEN, RAN, nvidia_snapshot, settings_of, tensors_of

LABEL7 = GOLDEN / "stylegan1_label7_r32.pth"
SENTENCE = (
    "`mapping.label_weight` is (7, 16) in the file and (3, 16) in the model:"
    " the file was trained with 7 labels; use `--set label_size=7`"
)


def ohlora(capsys, *arguments):
    """Runs a command: (exit status, standard output, standard error)."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return stopped.value.code, said.out, said.err


def frozen(capsys, *arguments):
    status, out, err = ohlora(capsys, "checkpoint", "freeze", *arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def test_seven_labels_in_a_model_of_three(capsys):
    status, out, err = ohlora(
        capsys, "checkpoint", "match", LABEL7, "--architecture", "stylegan1", "--set", "label_size=3"
    )
    assert status == 1
    assert out.strip() == SENTENCE
    assert err == f"ohlora: {SENTENCE}\n"


def test_match_as_json(capsys):
    arguments = ("checkpoint", "match", LABEL7, "--architecture", "stylegan1", "--json")
    status, out, _ = ohlora(capsys, *arguments, "--set", "label_size=3")
    result = json.loads(out)
    assert status == 1
    assert (result["ok"], result["missing"], result["unexpected"]) == (False, [], [])
    assert result["mismatched"] == [{"name": "mapping.label_weight", "file": [7, 16], "model": [3, 16]}]
    status, out, _ = ohlora(capsys, *arguments)
    assert (status, json.loads(out)["ok"]) == (0, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("label_size=0", "the file was trained with 7 labels; use `--set label_size=7`"),
        ("resolution=64", "the file makes 32×32 images; use `--set resolution=32`"),
        ("w_dim=512", "the file has a w of 64 numbers; use `--set w_dim=64`"),
        ("mapping_layers=4", "the file has 8 mapping layers; use `--set mapping_layers=8`"),
        ("fmaps_max=16", "the file has the channels 32,32,32,32"),
        ("repeat_w=false", "use `--set repeat_w=True`"),
    ],
)
def test_the_setting_at_fault_is_named(capsys, given, says):
    status, out, _ = ohlora(capsys, "checkpoint", "match", LABEL7, "-a", "stylegan1", "--set", given)
    assert status == 1
    assert any(says in line for line in out.splitlines()), out


def test_every_fault_is_listed_with_its_cause(capsys, tmp_path):
    tensors = dict(torch.load(LABEL7, weights_only=True))
    del tensors["synthesis.layer5.weight"]
    tensors["synthesis.layer1.bias"] = torch.zeros(31)
    tensors["synthesis.layer2.bias"] = tensors["synthesis.layer2.bias"].double()
    tensors["synthesis.layer3.bias"][0] = float("nan")
    tensors["extra"] = torch.zeros(3)
    torch.save(tensors, tmp_path / "model.pth")
    status, out, err = ohlora(capsys, "checkpoint", "match", tmp_path / "model.pth", "-a", "stylegan1", "--json")
    result = json.loads(out)
    assert status == 1
    assert result["missing"] == ["synthesis.layer5.weight"]
    assert result["unexpected"] == ["extra"]
    assert [row["name"] for row in result["mismatched"]] == ["synthesis.layer1.bias"]
    assert result["mistyped"] == [{"name": "synthesis.layer2.bias", "file": "float64", "model": "float32"}]
    assert result["nonfinite"] == ["synthesis.layer3.bias"]
    assert "damaged or from another network" in out
    for name in ("layer5.weight", "layer1.bias", "layer2.bias", "layer3.bias", "extra"):
        assert name in err
    status, _, err = ohlora(
        capsys, "checkpoint", "freeze", tmp_path / "model.pth", "-a", "stylegan1", "-o", tmp_path / "b"
    )
    assert status == 1
    assert not (tmp_path / "b").exists()


def test_a_missing_tensor_is_completed_by_name_and_seed(capsys, tmp_path):
    arguments = (LABEL7, "-a", "stylegan1", "--set", "label_size=3", "--init", "mapping.label_weight", "--seed")
    one = frozen(capsys, *arguments, 42, "-o", tmp_path / "one")
    again = frozen(capsys, *arguments, 42, "-o", tmp_path / "again")
    other = frozen(capsys, *arguments, 43, "-o", tmp_path / "other")
    assert one["fingerprint"] == again["fingerprint"]
    assert one["files"] == again["files"]
    assert one["fingerprint"]["digest"] != other["fingerprint"]["digest"]
    assert one["initialised"] == [
        {
            "name": "mapping.label_weight",
            "shape": [3, 16],
            "how": "normal, mean 0, standard deviation 1",
            "seed": 42,
            "in_file": [7, 16],
        }
    ]
    weights = load_file(tmp_path / "one" / "weights.safetensors")
    assert weights["mapping.label_weight"].shape == (3, 16)
    assert 0.5 < weights["mapping.label_weight"].std() < 1.5
    source = torch.load(LABEL7, weights_only=True)
    assert all(np.array_equal(weights[n], source[n].numpy()) for n in weights if n != "mapping.label_weight")


def test_several_tensors_after_one_init(capsys, tmp_path):
    tensors = torch.load(GOLDEN / "stylegan2_r32.pt", weights_only=True)
    for name in [name for name in tensors["g_ema"] if name.startswith("noises.")]:
        del tensors["g_ema"][name]
    del tensors["g_ema"]["conv1.noise.weight"]
    torch.save(tensors, tmp_path / "old.pt")
    call = ("checkpoint", "freeze", tmp_path / "old.pt", "-a", "stylegan2", "-o", tmp_path / "b")
    status, _, err = ohlora(capsys, *call)
    assert status == 1
    assert "`conv1.noise.weight` (1,) is missing in the file" in err
    _, out, _ = ohlora(capsys, "checkpoint", "match", tmp_path / "old.pt", "-a", "stylegan2")
    assert "saved by an older version that kept no noise; `--init 'noises.*' --seed N`" in out
    status, _, err = ohlora(capsys, *call, "--init", "noises.*", "conv1.noise.weight")
    assert (status, "--init needs --seed N" in err) == (2, True)
    made = frozen(capsys, *call[2:], "--init", "noises.*", "conv1.noise.weight", "--seed", 5)
    assert [row["name"] for row in made["initialised"]] == [
        "conv1.noise.weight",
        *(f"noises.noise_{n}" for n in range(7)),
    ]


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (("--init", "nothing.here", "--seed", 1), "has no such tensor"),
        (("--set", "colour=blue"), "has no such setting; it has resolution, "),
        (("--set", "label_size=many"), "`label_size` takes a whole number from 0 up"),
        (("--set", "label_size=-1"), "`label_size` takes a whole number from 0 up"),
        (("--set", "fmaps_max=0"), "`channel_max` takes a whole number from 1 up"),
        (("--set", "mapping_lr_mul=0"), "`mapping_lr_mul` takes a positive number"),
        (("--set", "mapping_layers=1000000"), "`mapping_layers` is 1000000; stylegan1 takes 1 … 64"),
        (("--set", "z_dim=0"), "`z_dim` is 0; stylegan1 takes 1 … "),
        (("--set", "fused_scale=perhaps"), "takes auto | true | false"),
        (("--set", "resolution=48"), "`resolution` is 48; stylegan1 has 8, 16 … 1024"),
        (("--part", "g_ema"), "has no part 'g_ema'"),
    ],
)
def test_wrong_calls_are_one_sentence(capsys, tmp_path, extra, says):
    status, out, err = ohlora(capsys, "checkpoint", "freeze", LABEL7, "-a", "stylegan1", "-o", tmp_path / "b", *extra)
    assert status == 2
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_another_architecture_is_named(capsys):
    status, _, err = ohlora(capsys, "checkpoint", "match", LABEL7, "-a", "stylegan2")
    assert status == 1
    assert "its tensors are those of stylegan1; use `--architecture stylegan1`" in err


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened_exactly_and_said(capsys, tmp_path, dtype):
    half = {name: value.to(dtype) for name, value in torch.load(LABEL7, weights_only=True).items()}
    torch.save(half, tmp_path / "half.pth")
    made = frozen(capsys, tmp_path / "half.pth", "-a", "stylegan1", "-o", tmp_path / "b")
    assert made["source"]["type"] == str(dtype).removeprefix("torch.")
    weights = load_file(tmp_path / "b" / "weights.safetensors")
    assert all(np.array_equal(weights[name], value.float().numpy()) for name, value in half.items())


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("stylegan1_label7_r32.pth", "stylegan1"),
        ("stylegan2_r32.pt", "stylegan2"),
        ("stylegan2ada_r32.pth", "stylegan2-ada"),
    ],
)
def test_freeze_verify_render_export_on_the_command_line(capsys, tmp_path, name, architecture):
    folder, images = tmp_path / "faces", tmp_path / "images.npz"
    golden = np.load((GOLDEN / name).with_suffix(".npz"))
    frozen(capsys, GOLDEN / name, "--architecture", architecture, "-o", folder)
    status, out, _ = ohlora(capsys, "checkpoint", "verify", folder, "--json")
    result = json.loads(out)
    assert (status, result["ok"]) == (0, True)
    assert [check["name"] for check in result["checks"]] == ["digests", "tensors", "fingerprint"]
    assert result["checks"][2]["exact"]
    given = {key: golden[key] for key in ("z", "label", "c") if key in golden}
    cases = {
        "image": given,
        "image_psi05": given | {"psi": 0.5},
        "image_psi06": given | {"psi": np.float32(0.6)},
        "image_psi05_layers4": given | {"psi": 0.5, "psi_layers": 4},
        "image_wplus": {"wplus": golden.get("wplus")},
    }
    for key, arrays in cases.items():
        if key in golden:
            np.savez(tmp_path / "in.npz", **arrays)
            status, _, err = ohlora(
                capsys, "checkpoint", "render", folder, "--inputs", tmp_path / "in.npz", "-o", images
            )
            assert status == 0, err
            image = np.load(images)["image"]
            assert image.dtype == np.float32
            assert_allclose(image, golden[key], atol=1e-4, err_msg=key)
    for key in ("w", "ws"):
        if key in golden:
            np.savez(tmp_path / "in.npz", **{key: golden[key]})
            assert ohlora(capsys, "checkpoint", "render", folder, "--inputs", tmp_path / "in.npz", "-o", images)[0] == 0
            assert_allclose(np.load(images)["image"], golden["image"], atol=1e-4)

    status, out, err = ohlora(capsys, "checkpoint", "export", folder, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["difference"] < 1e-3
    np.savez(tmp_path / "in.npz", **given)
    call = ("checkpoint", "render", folder, "--inputs", tmp_path / "in.npz", "-o", images, "--engine", "openvino")
    assert ohlora(capsys, *call)[0] == 0
    assert_allclose(np.load(images)["image"], golden["image"], atol=1e-4)
    status, out, _ = ohlora(capsys, "checkpoint", "verify", folder, "--json")
    assert json.loads(out)["checks"][-1] == {"name": "openvino", "ok": True, "says": "as recorded"}
    status, _, err = ohlora(capsys, "checkpoint", "export", folder)
    assert (status, "exists already" in err) == (2, True)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_conditional_nvidia_pickle_is_frozen_and_rendered_without_running_it(capsys, tmp_path, protocol):
    torch.manual_seed(protocol)
    given = {"z": 24, "w": 20, "c": 4, "layers": 2, "base": 256, "most": 16, "conv_clamp": 2.0}
    other, net = (twins.shake(twins.StyleGAN2ADA(32, **given), seed) for seed in (1, 2))
    path = nvidia_snapshot(tmp_path / "network.pkl", {"G": other, "D": other.mapping, "G_ema": net}, 2.0, protocol)
    made = frozen(capsys, path, "--architecture", "stylegan2-ada", "-o", tmp_path / "faces")
    assert (made["source"]["format"], made["source"]["part"]) == ("nvidia-pickle", "G_ema")
    assert made["settings"]["conv_clamp"] == 2.0
    z, c = torch.randn(3, 24), torch.eye(4)[:3]
    np.savez(tmp_path / "in.npz", z=z.numpy(), c=c.numpy())
    call = ("checkpoint", "render", tmp_path / "faces", "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    assert ohlora(capsys, *call)[0] == 0
    with torch.inference_mode():
        expected = net.draw(net.to_w(z, c)).numpy()
    assert_allclose(np.load(tmp_path / "out.npz")["image"], expected, atol=1e-4)
    assert RAN not in os.environ
    _, out, _ = ohlora(capsys, "checkpoint", "inspect", path, "--json")
    shown = json.loads(out)
    assert (shown["architecture"], shown["part"]) == ("stylegan2-ada", "G_ema")
    assert shown["constructor"]["c_dim"] == 4
    _, out, _ = ohlora(capsys, "checkpoint", "inspect", path)
    assert "used unless --part says otherwise: G_ema" in out


def test_a_network_of_labels_alone_takes_c_without_z(capsys, tmp_path):
    settings = settings_of("stylegan2-ada", z_dim=0, label_size=4)
    torch.save(tensors_of("stylegan2-ada", settings), tmp_path / "model.pth")
    frozen(capsys, tmp_path / "model.pth", "-a", "stylegan2-ada", "-o", tmp_path / "faces")
    np.savez(tmp_path / "in.npz", c=np.eye(4))
    call = ("checkpoint", "render", tmp_path / "faces", "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    status, _, err = ohlora(capsys, *call)
    assert status == 0, err
    assert np.load(tmp_path / "out.npz")["image"].shape == (4, 3, 16, 16)


def test_a_bundle_is_read_whatever_the_length_of_its_header(tmp_path):
    """A safetensors file begins with the length of its header: in one of 32 the first byte is that of a pickle."""
    tensors = {name: values.numpy() for name, values in tensors_of("stylegan1", settings_of("stylegan1")).items()}
    lengths = set()
    for pad in range(0, 256, 8):
        save_file(tensors, tmp_path / "a.safetensors", metadata={"note": "x" * pad})
        lengths.add((tmp_path / "a.safetensors").read_bytes()[0])
        assert read(tmp_path / "a.safetensors").format == "safetensors"
    assert 0x80 in lengths


def test_random_noise_is_drawn_from_the_seed(capsys, tmp_path):
    frozen(capsys, GOLDEN / "stylegan2ada_r32.pth", "-a", "stylegan2-ada", "-o", tmp_path / "faces")
    np.savez(tmp_path / "in.npz", z=np.load(GOLDEN / "stylegan2ada_r32.npz")["z"])
    images = []
    for arguments in (("random", 1), ("random", 1), ("random", 2**62), ("none", 0)):
        call = ("checkpoint", "render", tmp_path / "faces", "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
        assert ohlora(capsys, *call, "--noise", arguments[0], "--seed", arguments[1])[0] == 0
        images.append(np.load(tmp_path / "out.npz")["image"])
    assert np.array_equal(images[0], images[1])
    assert np.abs(images[0] - images[2]).max() > 1e-3
    assert np.abs(images[0] - images[3]).max() > 1e-3


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    from ohlora.checkpoint.freezing import freeze

    return freeze(GOLDEN / "stylegan1_label3_r32.pth", "stylegan1", tmp_path_factory.mktemp("b") / "faces").folder


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({}, "holds no `z`"),
        ({"z": np.zeros((2, 64))}, "label is missing; this generator takes (2, 3)"),
        ({"z": np.zeros((2, 60)), "label": np.zeros((2, 3))}, "z is (2, 60); this generator takes (N, 64)"),
        ({"z": np.zeros((2, 64)), "label": np.zeros((1, 3))}, "label is (1, 3)"),
        ({"z": np.zeros((1, 64)), "label": np.zeros((1, 3)), "psi": 0.5, "psi_layers": 2.5}, "psi_layers"),
        ({"z": np.zeros((1, 64)), "label": np.zeros((1, 3)), "psi": 0.5, "psi_layers": -1}, "psi_layers"),
        ({"z": np.zeros((1, 64)), "label": np.zeros((1, 3)), "psi": [0.5, 1]}, "it is one number"),
        ({"z": np.full((1, 64), np.nan), "label": np.zeros((1, 3))}, "other than finite numbers"),
        ({"z": np.array([[object()]])}, "no .npz of plain numbers"),
        ({"w": np.zeros((2, 3, 64))}, "w is (2, 3, 64)"),
        ({"w": np.zeros((2, 64)), "psi": np.zeros(2)}, "it is one number"),
    ],
)
def test_wrong_latents_are_one_sentence(capsys, tmp_path, faces, arrays, says):
    np.savez(tmp_path / "in.npz", **arrays)
    call = ("checkpoint", "render", faces, "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
    status, _, err = ohlora(capsys, *call)
    assert status == 2
    assert says in err
    assert not (tmp_path / "out.npz").exists()


def test_latents_that_are_no_npz(capsys, tmp_path, faces):
    (tmp_path / "in.npz").write_text("hello")
    status, _, err = ohlora(
        capsys, "checkpoint", "render", faces, "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz"
    )
    assert (status, "is no .npz" in err) == (2, True)


def test_a_changed_byte_is_found(capsys, tmp_path, faces):
    copy = shutil.copytree(faces, tmp_path / "copy")
    data = bytearray((copy / "weights.safetensors").read_bytes())
    data[-3] ^= 1
    (copy / "weights.safetensors").write_bytes(bytes(data))
    status, _, err = ohlora(capsys, "checkpoint", "verify", copy)
    assert status == 1
    assert "weights.safetensors was changed" in err
    with pytest.raises(CheckFailed, match="was changed"):
        load_bundle(copy)


def rewrite(folder, name, tensors):
    """Other tensors with digests that fit, as someone would who edits a bundle on purpose."""
    save_file(tensors, folder / name)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = bundle.sha256_of(folder / name)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_other_weights_under_the_old_fingerprint_are_found(capsys, tmp_path, faces):
    copy = shutil.copytree(faces, tmp_path / "copy")
    weights = load_file(copy / "weights.safetensors")
    weights["synthesis.layer3.weight"] = weights["synthesis.layer3.weight"][::-1].copy()
    rewrite(copy, "weights.safetensors", weights)
    status, out, _ = ohlora(capsys, "checkpoint", "verify", copy)
    assert status == 1
    assert "FAILED  fingerprint: DIFFERENT on the platform it was made on" in out
    with pytest.raises(CheckFailed, match="draws other images than when it was frozen"):
        load_bundle(copy)


@pytest.mark.parametrize("fault", ["missing", "shape", "nan"])
def test_tensors_that_no_longer_fit_are_found(tmp_path, faces, fault):
    copy = shutil.copytree(faces, tmp_path / "copy")
    weights = load_file(copy / "weights.safetensors")
    if fault == "missing":
        del weights["synthesis.layer3.weight"]
    elif fault == "shape":
        weights["synthesis.layer3.bias"] = np.zeros(5, np.float32)
    else:
        weights["synthesis.layer3.bias"][0] = np.nan
    rewrite(copy, "weights.safetensors", weights)
    with pytest.raises(CheckFailed, match=r"holds other tensors|is not finite"):
        load_bundle(copy)


def test_made_elsewhere_is_compared_with_a_tolerance(capsys, tmp_path, faces):
    copy = shutil.copytree(faces, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["fingerprint"]["platform"]["processor"] = "another"
    manifest["fingerprint"]["digest"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest))
    status, out, _ = ohlora(capsys, "checkpoint", "verify", copy)
    assert status == 0
    assert "made elsewhere (f32, another" in out
    assert load_bundle(copy).fingerprint() == "0" * 64
    reference = load_file(copy / "fingerprint.safetensors")
    reference["image"] += 2 * TOLERANCE * max(1.0, float(np.abs(reference["image"]).max()))
    rewrite(copy, "fingerprint.safetensors", reference)
    status, out, _ = ohlora(capsys, "checkpoint", "verify", copy)
    assert status == 1
    assert "NOT within" in out


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "ohlora-bundle", "version": 9}', "[" * 100_000, '{"format": "ohlora-bundle"']
)
def test_a_manifest_that_is_none(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="is no bundle manifest"):
        bundle.load(tmp_path)


def _set(*path):
    *keys, value = path

    def change(manifest):
        for key in keys[:-1]:
            manifest = manifest[key]
        manifest[keys[-1]] = value

    return change


CHANGES = [
    _set("settings", {}),
    _set("settings", "mapping_layers", 10**9),
    _set("settings", "mapping_layers", "8"),
    _set("settings", "resolution", 1 << 60),
    _set("settings", "resolution", 64),
    _set("settings", "channels", []),
    _set("settings", "w_dim", -1),
    _set("settings", "mapping_lr_mul", 0),
    _set("settings", "label_size", 1 << 30),
    _set("settings", "noise_type", "none"),
    _set("settings", "more", 1),
    _set("architecture", "stylegan3"),
    _set("files", {}),
    _set("files", "weights.safetensors", 3),
    _set("fingerprint", {}),
    _set("fingerprint", "platform", 3),
    _set("absent", ["truncation.w_avg"]),
    _set("absent", [[]]),
    _set("absent", None),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_manifest_that_describes_no_generator(tmp_path, faces, change):
    copy = shutil.copytree(faces, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    change(manifest)
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="is no bundle manifest"):
        bundle.load(copy)


def test_a_manifest_cannot_point_outside(tmp_path, faces):
    copy = shutil.copytree(faces, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["../faces/weights.safetensors"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckFailed, match="is missing"):
        bundle.load(copy)


def test_no_mean_of_w_is_said_and_can_be_measured(capsys, tmp_path):
    content = torch.load(GOLDEN / "stylegan2_r32.pt", weights_only=True)
    torch.save(content["g_ema"], tmp_path / "bare.pt")
    made = frozen(capsys, tmp_path / "bare.pt", "-a", "stylegan2", "-o", tmp_path / "bare")
    assert made["absent"] == ["latent_avg"]
    generator = load_bundle(tmp_path / "bare")
    with pytest.raises(InputError, match="has no mean of w"):
        generator.truncate(np.zeros((1, 64)), 0.5)
    call = (tmp_path / "bare.pt", "-a", "stylegan2", "--init", "latent_avg", "--seed", 3, "-o", tmp_path / "measured")
    made = frozen(capsys, *call)
    assert made["initialised"][0]["how"] == "mean of w over 10000 latents"
    measured = load_bundle(tmp_path / "measured")
    z = np.random.Generator(np.random.PCG64(0)).standard_normal((5000, 64))
    assert_allclose(measured.w_mean, measured.mapping(z).mean(axis=0), atol=0.05)


def test_without_torch_the_exported_form_runs(capsys, tmp_path, faces, monkeypatch):
    copy = shutil.copytree(faces, tmp_path / "copy")
    assert ohlora(capsys, "checkpoint", "export", copy)[0] == 0
    golden = np.load(GOLDEN / "stylegan1_label3_r32.npz")
    expected = load_bundle(copy)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "ohlora.face.torch_generator", raising=False)
    with pytest.raises(MissingError, match=r"pip install 'ohlora\[train\]'"):
        load_bundle(faces, engine="torch")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    generator = load_bundle(copy)
    assert isinstance(generator, OpenVINOGenerator)
    assert generator.fingerprint() == expected.fingerprint()
    w = generator.mapping(golden["z"], golden["label"])
    assert_allclose(generator.synthesis(w), golden["image"], atol=1e-4)
    assert_allclose(generator.synthesis(generator.truncate(w, 0.5, 4)), golden["image_psi05_layers4"], atol=1e-4)
    with pytest.raises(MissingError):
        load_bundle(faces)


def test_an_export_that_was_changed_is_refused(capsys, tmp_path, faces):
    copy = shutil.copytree(faces, tmp_path / "copy")
    assert ohlora(capsys, "checkpoint", "export", copy)[0] == 0
    (copy / "openvino" / "synthesis.bin").write_bytes(b"x")
    with pytest.raises(CheckFailed, match=r"synthesis\.bin"):
        load_bundle(copy, engine="openvino")
    status, out, _ = ohlora(capsys, "checkpoint", "verify", copy)
    assert (status, "FAILED  openvino" in out) == (1, True)


def test_z_and_label_are_one_space(faces):
    generator = load_bundle(faces)
    view = ZSpace(generator, 0.7)
    rows = np.random.Generator(np.random.PCG64(2)).standard_normal((3, 67)).astype(np.float32)
    assert (view.z_dim, view.w_dim, view.num_ws) == (67, 67, 1)
    plain = generator.synthesis(generator.truncate(generator.mapping(rows), 0.7))
    assert np.array_equal(view.synthesis(view.truncate(view.mapping(rows), 0.7)[:, 0]), plain)
    assert view.fingerprint() != generator.fingerprint()
    moved = rows.copy()
    moved[:, 64:] += 1
    assert np.abs(view.synthesis(moved) - plain).max() > 1e-3


def test_face_render_draws_a_bundle(capsys, tmp_path, faces):
    pictures = []
    for space in ("w", "z"):
        output = tmp_path / f"{space}.png"
        call = ("face", "render", "--generator", faces, "--space", space, "--seed", 4, "--size", "256", "-o", output)
        status, out, err = ohlora(capsys, *call, "--json")
        assert status == 0, err
        pictures.append(json.loads(out)["sha256"])
    assert pictures[0] == pictures[1]
    status, _, err = ohlora(capsys, "face", "render", "--generator", faces, "--seed", 4, "--eyes", "1", "-o", output)
    assert (status, "need directions found on this bundle" in err) == (2, True)
