"""StyleGAN2-ADA on torch, its tensors named as NVIDIA names them. Knows no files: settings come from a checkpoint.

Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020 (arXiv:2006.06676). Blocks that NVIDIA
runs at half precision run in float32 here.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ohlora.face.stylegan_ops import Noise, Scaled, leaky, modulated_conv, pixel_norm, stored_noise, upsample


class Mapping(nn.Module):
    """z (N, z_dim), label (N, label_size) → w (N, w_dim)."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.w_avg: Tensor
        self.register_buffer("w_avg", torch.zeros(settings["w_dim"]))
        labels, embed = settings["label_size"], settings["embed_features"]
        self.layers, self.z_dim = settings["mapping_layers"], settings["z_dim"]
        self.embed = Scaled(embed, labels, 1 / math.sqrt(labels)) if labels else None
        width, lr = settings["z_dim"] + embed, settings["mapping_lr_mul"]
        for n in range(self.layers):
            out = settings["w_dim"] if n == self.layers - 1 else settings["mapping_fmaps"]
            self.add_module(f"fc{n}", Scaled(out, width, lr / math.sqrt(width), lr, 1 / lr))
            width = out

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        parts = [pixel_norm(z)] if self.z_dim else []
        if self.embed is not None:
            parts.append(pixel_norm(self.embed(label)))
        x = torch.cat(parts, dim=1)
        for n in range(self.layers):
            x = leaky(self.get_submodule(f"fc{n}")(x))
        return x


class _Filtered(nn.Module):
    """A module that keeps the low-pass filter, as every layer of NVIDIA's does whether it uses it or not."""

    def __init__(self, taps: int) -> None:
        super().__init__()
        self.resample_filter: Tensor
        self.register_buffer("resample_filter", torch.zeros((taps, taps) if taps < 8 else (taps,)))


class _Conv(_Filtered):
    """Modulated convolution, noise, bias, leaky ReLU, clamp."""

    def __init__(self, settings: dict[str, Any], into: int, out: int, size: int, up: bool) -> None:
        super().__init__(settings["filter_taps"])
        self.up, self.clamp = up, settings["conv_clamp"]
        self.affine = Scaled(into, settings["w_dim"], 1 / math.sqrt(settings["w_dim"]), bias_start=1.0)
        self.weight = nn.Parameter(torch.randn(out, into, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out))
        self.use_noise = settings["use_noise"]
        if self.use_noise:
            self.noise_const: Tensor
            self.register_buffer("noise_const", torch.randn(size, size))
            self.noise_strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, w: Tensor, noise: Noise, gain: float = 1.0) -> Tensor:
        up = self.resample_filter if self.up else None
        x = modulated_conv(x, self.weight, self.affine(w), up=up, up_gain=4.0)
        added = noise(self.noise_const, x.shape[0]) if self.use_noise else None
        if added is not None:
            x = x + added * self.noise_strength
        clamp = None if self.clamp is None else self.clamp * gain
        return leaky(x + self.bias[:, None, None], math.sqrt(2.0) * gain, clamp)


class _RGB(nn.Module):
    def __init__(self, settings: dict[str, Any], into: int) -> None:
        super().__init__()
        self.affine = Scaled(into, settings["w_dim"], 1 / math.sqrt(settings["w_dim"]), bias_start=1.0)
        self.weight = nn.Parameter(torch.randn(settings["image_channels"], into, 1, 1))
        self.bias = nn.Parameter(torch.zeros(settings["image_channels"]))
        self.gain, self.clamp = 1 / math.sqrt(into), settings["conv_clamp"]

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        x = modulated_conv(x, self.weight, self.affine(w) * self.gain, demodulate=False) + self.bias[:, None, None]
        return x if self.clamp is None else x.clamp(-self.clamp, self.clamp)


class _Skip(_Filtered):
    """The 1×1 convolution beside a residual block, which doubles the size."""

    def __init__(self, settings: dict[str, Any], into: int, out: int) -> None:
        super().__init__(settings["filter_taps"])
        self.weight = nn.Parameter(torch.randn(out, into, 1, 1))
        self.gain = 1 / math.sqrt(into)

    def forward(self, x: Tensor) -> Tensor:
        return upsample(F.conv2d(x, self.weight * self.gain), self.resample_filter, 4.0) * math.sqrt(0.5)


class _Block(_Filtered):
    """One resolution: two convolutions (the first block has one), and where it ends in an image, toRGB."""

    def __init__(self, settings: dict[str, Any], into: int, out: int, size: int) -> None:
        super().__init__(settings["filter_taps"])
        self.residual = bool(into) and settings["structure"] == "resnet"
        if not into:
            self.const = nn.Parameter(torch.randn(out, 4, 4))
        self.conv0 = _Conv(settings, into, out, size, up=True) if into else None
        self.conv1 = _Conv(settings, out, out, size, up=False)
        ends = settings["structure"] == "skip" or size == settings["resolution"]
        self.torgb = _RGB(settings, out) if ends else None
        self.skip = _Skip(settings, into, out) if self.residual else None

    def forward(
        self, x: Tensor | None, image: Tensor | None, ws: list[Tensor], noise: Noise
    ) -> tuple[Tensor, Tensor | None]:
        if self.conv0 is None or x is None:
            x = self.conv1(self.const.expand(ws[0].shape[0], -1, -1, -1), ws[0], noise)
        else:
            gain = math.sqrt(0.5) if self.residual else 1.0
            y = self.conv1(self.conv0(x, ws[0], noise), ws[1], noise, gain)
            x = y if self.skip is None else self.skip(x) + y
        if image is not None:
            image = upsample(image, self.resample_filter, 4.0)
        if self.torgb is not None:
            drawn = self.torgb(x, ws[-1])
            image = drawn if image is None else image + drawn
        return x, image


class Synthesis(nn.Module):
    """w+ (N, num_ws, w_dim) → image (N, image_channels, resolution, resolution)."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        channels = settings["channels"]
        self.sizes = [4 << n for n in range(len(channels))]
        for n, size in enumerate(self.sizes):
            self.add_module(f"b{size}", _Block(settings, channels[n - 1] if n else 0, channels[n], size))

    def forward(self, ws: Tensor, noise: Noise = stored_noise) -> Tensor:
        x = image = None
        at = 0
        for n, size in enumerate(self.sizes):
            convs = 2 if n else 1
            # toRGB takes the w after its convolutions, which is also the next block's first.
            x, image = self.get_submodule(f"b{size}")(x, image, list(ws[:, at : at + convs + 1].unbind(1)), noise)
            at += convs
        assert image is not None
        return image


class Network(nn.Module):
    """The whole generator under the names of NVIDIA's state dict."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.num_ws = 2 * len(settings["channels"])
        self.mapping = Mapping(settings)
        self.synthesis = Synthesis(settings)

    @property
    def average(self) -> Tensor:
        """Mean of w, (w_dim)."""
        return self.mapping.w_avg
