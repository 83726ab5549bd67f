"""Ours against plain twins of the three generators, at settings the stored images do not show.

Settings are inferred from the twins' own names and shapes, so a wrong inference fails here as a wrong sum does.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from ohlora.checkpoint.architectures import by_name
from ohlora.face.torch_generator import TorchGenerator
from tests.checkpoint import twins
from tests.checkpoint.makers import GOLDEN

SMALL1 = {"z": 24, "w": 20, "fmaps": 28, "layers": 3, "base": 256, "most": 16}
SMALL3 = {"z": 24, "w": 20, "layers": 3, "base": 256, "most": 16}


def narrow(resolution: int) -> dict[int, int]:
    """Channels of a small StyleGAN 2."""
    return {size: max(4, min(16, 256 // size)) for size in twins.resolutions(resolution)}


STYLEGAN1 = {
    "8": (8, {}, {}),
    "fused from 128 on": (128, {}, {}),
    "fused nowhere": (128, {"fused_scale": False}, {"fused_scale": "false"}),
    "fused everywhere": (16, {"fused_scale": True}, {"fused_scale": "true"}),
    "labels at width 16": (16, {"labels": 7, "label_width": 16}, {}),
    "labels at the width of z": (16, {"labels": 3}, {}),
    "one label": (16, {"labels": 1, "label_width": 16}, {}),
    "one mapping layer": (8, {"layers": 1}, {}),
    "two mapping layers and labels": (8, {"layers": 2, "labels": 2, "label_width": 5}, {}),
    "a w for every layer": (16, {"repeat_w": False, "labels": 2, "label_width": 16}, {}),
    "first layer from w": (16, {"const_input": False}, {}),
    "noise by channel": (16, {"noise_type": "channel"}, {}),
    "grey, tanh": (16, {"image_channels": 1, "final_tanh": True}, {"final_tanh": True}),
    "weights at their own size": (16, {"use_wscale": False}, {"use_wscale": False}),
    "mapping learning rate 1": (16, {"lr": 1.0}, {"mapping_lr_mul": 1.0}),
    "wide": (8, {"base": 4096, "most": 600}, {}),
}
STYLEGAN2 = {
    "8": (8, {"channels": narrow(8)}, {}),
    "128": (128, {"channels": narrow(128)}, {}),
    "one mapping layer": (16, {"channels": narrow(16), "layers": 1}, {}),
    "blur of 3 taps": (16, {"channels": narrow(16), "taps": 3}, {}),
    "blur of 2 taps": (16, {"channels": narrow(16), "taps": 2}, {}),
    "mapping learning rate 1": (16, {"channels": narrow(16), "lr": 1.0}, {"mapping_lr_mul": 1.0}),
}
ADA = {
    "4": (4, {}, {}),
    "128": (128, {}, {}),
    "conditional": (16, {"c": 5}, {}),
    "conditional, other embedding": (16, {"c": 5, "embed": 13}, {}),
    "labels and no z": (16, {"z": 0, "c": 4}, {}),
    "one mapping layer": (16, {"layers": 1}, {}),
    "other mapping width": (16, {"features": 31}, {}),
    "mapping learning rate 1": (16, {"lr": 1.0}, {"mapping_lr_mul": 1.0}),
    "resnet": (32, {"structure": "resnet"}, {}),
    "resnet, clamped": (32, {"structure": "resnet", "conv_clamp": 0.8}, {"conv_clamp": 0.8}),
    "orig": (32, {"structure": "orig"}, {}),
    "clamped": (32, {"conv_clamp": 1.2}, {"conv_clamp": 1.2}),
    "without noise": (16, {"use_noise": False}, {}),
    "filter of 2 taps": (16, {"taps": 2}, {}),
    "filter of 6 taps": (16, {"taps": 6}, {}),
    "four channels": (16, {"image_channels": 4}, {}),
}
CASES = [
    *(("stylegan1", name, *case) for name, case in STYLEGAN1.items()),
    *(("stylegan2", name, *case) for name, case in STYLEGAN2.items()),
    *(("stylegan2-ada", name, *case) for name, case in ADA.items()),
]


def twin(architecture: str, resolution: int, given: dict) -> torch.nn.Module:
    """A twin whose every number is drawn."""
    torch.manual_seed(3)
    if architecture == "stylegan1":
        return twins.shake(twins.StyleGAN1(resolution, **SMALL1 | given), 4)
    if architecture == "stylegan2":
        return twins.shake(twins.StyleGAN2(resolution, **{"w": 20, "layers": 3} | given), 4)
    return twins.shake(twins.StyleGAN2ADA(resolution, **SMALL3 | given), 4)


def ours(architecture: str, net: torch.nn.Module, given: dict) -> TorchGenerator:
    """Our generator of the twin's tensors; settings are read off them."""
    family = by_name(architecture)
    tensors = {name: tensor.numpy().copy() for name, tensor in net.state_dict().items()}
    settings = family.complete({name: values.shape for name, values in tensors.items()}, given)
    absent = [name for name in family.expected(settings) if name not in tensors]
    assert absent == (["latent_avg"] if architecture == "stylegan2" else [])
    return TorchGenerator(architecture, settings, tensors, absent)


def latents(net: torch.nn.Module, generator: TorchGenerator) -> tuple[torch.Tensor, torch.Tensor | None]:
    z = torch.randn(2, generator.latent_dim, generator=torch.Generator().manual_seed(5))
    count = generator.label_size
    return z, torch.eye(count)[torch.arange(2) % count] if count else None


@pytest.mark.parametrize(("architecture", "name", "resolution", "given", "told"), CASES)
def test_images_are_those_of_the_twin(architecture, name, resolution, given, told):
    net = twin(architecture, resolution, given)
    generator = ours(architecture, net, told)
    z, label = latents(net, generator)
    w = generator.mapping(z.numpy(), None if label is None else label.numpy(), together=True)
    with torch.inference_mode():
        single = net.draw(net.to_w(z, label)).numpy()
        net.double()
        ws = net.to_w(z.double(), None if label is None else label.double())
        exact = net.draw(ws).numpy()
        psi = net.draw(net.truncate(ws, 0.6, 3)).numpy() if architecture != "stylegan2" else None
    assert_allclose(generator.as_wplus(w), ws, atol=1e-5)
    assert np.ptp(exact) > 0.5
    image = generator.synthesis(w, together=True)
    assert_allclose(image, single, atol=1e-4)
    assert_allclose(image, exact, atol=2e-4)  # rounding in float32: the twin's own is as large
    if psi is not None:
        assert_allclose(generator.synthesis(generator.truncate(w, 0.6, 3), together=True), psi, atol=2e-4)


@pytest.mark.parametrize("lod", [0.0, 0.3, 1.0, 1.5])
def test_a_network_that_was_still_growing(lod):
    net = twin("stylegan1", 16, {})
    net.synthesis.lod.fill_(lod)
    generator = ours("stylegan1", net, {})
    z, _ = latents(net, generator)
    with torch.inference_mode():
        expected = net.draw(net.to_w(z)).numpy()
    assert_allclose(generator.synthesis(generator.mapping(z.numpy())), expected, atol=1e-4)


@pytest.mark.parametrize("multiplier", [1, 2])
def test_the_widths_of_rosinality_are_read_as_its_channel_multiplier(multiplier):
    with torch.device("meta"):
        net = twins.StyleGAN2(256, w=512, layers=8, multiplier=multiplier)
    family = by_name("stylegan2")
    settings = family.complete({name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}, {})
    assert family.constructor(settings)["channel_multiplier"] == multiplier
    assert family.constructor(settings)["n_mlp"] == 8


@pytest.mark.parametrize("resolution", [8, 64, 1024])
@pytest.mark.parametrize("architecture", ["stylegan1", "stylegan2", "stylegan2-ada"])
def test_names_and_shapes_at_full_width_are_those_of_the_originals(architecture, resolution):
    make = {"stylegan1": twins.StyleGAN1, "stylegan2": twins.StyleGAN2, "stylegan2-ada": twins.StyleGAN2ADA}
    with torch.device("meta"):
        net = make[architecture](resolution)
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    family = by_name(architecture)
    settings = family.complete(shapes, {})
    assert settings["resolution"] == resolution
    wanted = {name: e.shape for name, e in family.expected(settings).items() if not e.optional}
    assert wanted == shapes


def test_the_twins_draw_the_stored_images():
    """What ours are measured by is itself measured by what the originals drew."""
    nets = {
        "stylegan1_label7_r32.pth": twins.StyleGAN1(32, z=64, w=64, labels=7, label_width=16, fmaps=64, base=1024, most=32),
        "stylegan2_r32.pt": twins.StyleGAN2(32, w=64, layers=4, channels={4: 32, 8: 32, 16: 24, 32: 16}),
        "stylegan2ada_r32.pth": twins.StyleGAN2ADA(32, z=64, w=64, layers=4, base=512, most=32),
    }  # fmt: skip
    for name, net in nets.items():
        tensors = torch.load(GOLDEN / name, weights_only=True)
        net.load_state_dict(tensors.get("g_ema", tensors), strict=True)
        golden = np.load(Path(GOLDEN / name).with_suffix(".npz"))
        label = torch.tensor(golden["label"]) if "label" in golden else None
        with torch.inference_mode():
            image = net.draw(net.to_w(torch.tensor(golden["z"]), label)).numpy()
        assert_allclose(image, golden["image"], atol=1e-4, err_msg=name)
