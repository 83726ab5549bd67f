"""The torch generators against images of the original implementations, and against plainer ways to the same sum."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.testing import assert_allclose

from ohlora.checkpoint.architectures import ARCHITECTURES, by_name
from ohlora.checkpoint.freezing import freeze
from ohlora.errors import InputError
from ohlora.face import stylegan_ops
from ohlora.face.bundle import load_bundle
from ohlora.face.torch_generator import TorchGenerator, network
from tests.checkpoint.makers import GOLDEN, settings_of, tensors_of

FILES = {
    "stylegan1_label3_r32.pth": "stylegan1",
    "stylegan1_label7_r32.pth": "stylegan1",
    "stylegan2_r32.pt": "stylegan2",
    "stylegan2ada_r32.pth": "stylegan2-ada",
}
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    for name, architecture in FILES.items():
        freeze(GOLDEN / name, architecture, folder / name)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_every_stored_output_is_reproduced(frozen, name):
    golden = np.load((GOLDEN / name).with_suffix(".npz"))
    generator = load_bundle(frozen / name)
    label = golden.get("label")
    w = generator.mapping(golden["z"], label)
    expected_w = golden["w"] if "w" in golden else golden["ws"]
    assert_allclose(generator.as_wplus(w), generator.as_wplus(expected_w), atol=TOLERANCE)
    cases = {
        "image": w,
        "image_psi05": generator.truncate(w, 0.5),
        "image_psi06": generator.truncate(w, 0.6),
        "image_psi05_layers4": generator.truncate(w, 0.5, 4),
        "image_wplus": golden.get("wplus"),
    }
    compared = [key for key in cases if key in golden]
    assert compared
    for key in compared:
        assert_allclose(generator.synthesis(cases[key]), golden[key], atol=TOLERANCE, err_msg=key)


def test_a_label_can_stand_behind_z_in_one_row(frozen):
    golden = np.load(GOLDEN / "stylegan1_label3_r32.npz")
    generator = load_bundle(frozen / "stylegan1_label3_r32.pth")
    assert (generator.z_dim, generator.latent_dim, generator.label_size) == (67, 64, 3)
    both = np.concatenate((golden["z"], golden["label"]), axis=1)
    assert np.array_equal(generator.mapping(both), generator.mapping(golden["z"], golden["label"]))


def test_a_missing_label_is_one_sentence(frozen):
    generator = load_bundle(frozen / "stylegan1_label3_r32.pth")
    with pytest.raises(InputError, match=r"label is missing; this generator takes \(2, 3\)"):
        generator.mapping(np.zeros((2, 64)))


def test_an_image_does_not_depend_on_its_neighbours(frozen):
    generator = load_bundle(frozen / "stylegan2_r32.pt")
    z = np.random.Generator(np.random.PCG64(1)).standard_normal((40, 64)).astype(np.float32)
    w = generator.mapping(z)
    assert np.array_equal(generator.mapping(z[33:34]), w[33:34])
    assert np.array_equal(generator.synthesis(w[:3])[2], generator.synthesis(w[2:3])[0])


def test_equal_bytes_in_other_processes_at_any_number_of_threads(frozen):
    code = (
        "import sys, torch; torch.set_num_threads(int(sys.argv[2]));"
        "from ohlora.face.bundle import load_bundle;"
        "g = load_bundle(sys.argv[1], check=False); g._fingerprint = ''; print(g.fingerprint())"
    )
    path = str(frozen / "stylegan1_label7_r32.pth")
    runs = [
        subprocess.Popen([sys.executable, "-c", code, path, str(1 + n)], stdout=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    found = {run.communicate(timeout=300)[0].strip() for run in runs}
    assert found == {load_bundle(path).fingerprint()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("size", [8, 16, 32, 64, 128, 256, 512, 1024])
def test_names_and_shapes_are_the_same_for_file_and_network_at_every_resolution(architecture, size):
    family = by_name(architecture)
    labels = {} if architecture == "stylegan2" else {"label_size": 5}
    settings = family.complete(
        {}, {"resolution": size, "z_dim": 64, "w_dim": 48, "mapping_layers": 2, "mapping_fmaps": 32} | labels
    )
    with torch.device("meta"):
        state = network(architecture, settings).state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        name: expected.shape for name, expected in family.expected(settings).items()
    }


def test_fused_upsampling_is_nearest_upsampling_with_the_kernel_turned():
    settings = settings_of("stylegan1", fused_scale="true")
    layer = network("stylegan1", settings).eval().synthesis.layer4
    x = torch.randn(2, 8, 8, 8)
    turned = (layer.weight * layer.gain).flip(2, 3)
    plain = layer.blur(F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), turned, padding=1))
    assert_allclose(layer._convolve(x, torch.zeros(2, 20)).detach(), plain.detach(), atol=1e-5)


def test_auto_fuses_from_128_on():
    settings = settings_of("stylegan1", resolution=256, channels=[8] * 7)
    synthesis = network("stylegan1", settings).synthesis
    kinds = [synthesis.get_submodule(f"layer{2 * block}").kind for block in range(7)]
    assert kinds == ["const", "up", "up", "up", "up", "up-fused", "up-fused"]


def test_upsampling_and_blur_are_upfirdn():
    def upfirdn(x, kernel, up, before, after):
        count, channels, height, width = x.shape
        wide = torch.zeros(count, channels, height * up, width * up)
        wide[:, :, ::up, ::up] = x
        wide = F.pad(wide, (before, after, before, after)).reshape(
            -1, 1, height * up + before + after, width * up + before + after
        )
        return F.conv2d(wide, kernel.flip(0, 1)[None, None]).reshape(count, channels, height * up, width * up)

    kernel, x = torch.rand(4, 4), torch.randn(2, 3, 5, 5)
    assert_allclose(stylegan_ops.upsample(x, kernel), upfirdn(x, kernel, 2, 2, 1), atol=1e-5)
    assert_allclose(stylegan_ops.blur(x, kernel, 2, 1), upfirdn(x, kernel, 1, 2, 1), atol=1e-5)


@pytest.mark.parametrize(("demodulate", "up"), list(itertools.product([True, False], [True, False])))
def test_modulated_convolution_is_the_one_with_weights_of_their_own(demodulate, up):
    x, weight, style = torch.randn(2, 5, 6, 6), torch.randn(7, 5, 3, 3), torch.randn(2, 5)
    kernel = torch.rand(4, 4)
    rows = []
    for one, factors in zip(x, style, strict=True):
        own = weight * factors[None, :, None, None]
        if demodulate:
            own = own * torch.rsqrt(own.square().sum((1, 2, 3), keepdim=True) + 1e-8)
        if up:
            wide = F.conv_transpose2d(one[None], own.transpose(0, 1), stride=2)
            rows.append(stylegan_ops.blur(wide, kernel, 1, 1))
        else:
            rows.append(F.conv2d(one[None], own, padding=1))
    found = stylegan_ops.modulated_conv(x, weight, style, demodulate, kernel if up else None)
    assert_allclose(found, torch.cat(rows), atol=1e-4)


def generator(architecture: str, **given) -> TorchGenerator:
    settings = settings_of(architecture, **given)
    return TorchGenerator(architecture, settings, {n: t.numpy() for n, t in tensors_of(architecture, settings).items()})


def drawn(made: TorchGenerator, **more) -> np.ndarray:
    z = np.random.Generator(np.random.PCG64(3)).standard_normal((2, made.z_dim)).astype(np.float32)
    return made.synthesis(made.mapping(z), **more)


@pytest.mark.parametrize(
    "given",
    [
        {"structure": "resnet"},
        {"structure": "orig"},
        {"label_size": 4, "embed_features": 6},
        {"use_noise": False},
        {"filter_taps": 2},
        {"image_channels": 1},
    ],
)
def test_variants_of_ada_draw_and_differ_from_skip(given):
    image = drawn(generator("stylegan2-ada", **given))
    assert image.shape == (2, given.get("image_channels", 3), 16, 16)
    assert np.isfinite(image).all()
    if "structure" in given:
        assert np.abs(image - drawn(generator("stylegan2-ada"))).max() > 0.01


@pytest.mark.parametrize(
    "given",
    [
        {"label_size": 4},
        {"label_size": 4, "label_width": 5},
        {"noise_type": "channel"},
        {"const_input": False},
        {"repeat_w": False},
        {"final_tanh": True},
        {"image_channels": 1},
    ],
)
def test_variants_of_stylegan1_draw(given):
    made = generator("stylegan1", **given)
    image = drawn(made)
    assert image.shape == (2, given.get("image_channels", 3), 16, 16)
    assert np.isfinite(image).all()
    if given.get("final_tanh"):
        assert np.abs(image).max() <= 1


def test_conv_clamp_limits_what_a_block_adds():
    assert (
        np.abs(drawn(generator("stylegan2-ada", conv_clamp=0.05))).max()
        < np.abs(drawn(generator("stylegan2-ada"))).max()
    )


def test_lod_blends_two_sizes():
    settings = settings_of("stylegan1")
    tensors = {n: t.numpy() for n, t in tensors_of("stylegan1", settings).items()}
    by_lod = {}
    for lod in (0.0, 0.25, 1.0):
        made = TorchGenerator("stylegan1", settings, tensors | {"synthesis.lod": np.float32(lod)})
        by_lod[lod] = drawn(made)
    assert_allclose(by_lod[0.25], 0.75 * by_lod[0.0] + 0.25 * by_lod[1.0], atol=1e-5)
    assert np.array_equal(by_lod[1.0][..., ::2, ::2], by_lod[1.0][..., 1::2, 1::2])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_noise_is_stored_none_or_drawn_from_a_seed(architecture):
    made = generator(architecture)
    stored, none = drawn(made), drawn(made, noise="none")
    one, again, two = (drawn(made, noise="random", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    for other in (stored, none, two):
        assert np.abs(one - other).max() > 1e-3


def test_smaller_sizes_are_means_over_squares_and_larger_ones_repeat_pixels():
    made = generator("stylegan2")
    full = drawn(made)
    assert_allclose(drawn(made, size=8), full.reshape(2, 3, 8, 2, 8, 2).mean((3, 5)), atol=1e-6)
    assert np.array_equal(drawn(made, size=32)[..., ::2, ::2], full)
    with pytest.raises(InputError, match="neither divides"):
        drawn(made, size=5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_truncation_to_nothing_gives_the_mean_face(architecture):
    made = generator(architecture)
    ws = made.truncate(np.ones((1, made.w_dim), np.float32), 0.0)
    assert_allclose(ws[0], np.repeat(made.w_mean[None], made.num_ws, axis=0), atol=1e-6)
    kept = made.truncate(np.ones((1, made.w_dim), np.float32), 0.0, 2)
    assert np.array_equal(kept[0, 2:], np.ones((made.num_ws - 2, made.w_dim)))


def test_everything_is_in_evaluation_mode():
    for architecture in ARCHITECTURES:
        modules = list(generator(architecture).network.modules())
        assert modules
        assert not any(module.training for module in modules)
