"""StyleGAN 1 on torch, its tensors named as genforce names them. Knows no files: settings come from a checkpoint.

Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", 2019 (arXiv:1812.04948).
"""

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ohlora.face.stylegan_ops import Noise, Scaled, stored_noise

_FUSED_FROM = 128  # from this size on, "auto" upsamples inside the convolution, as NVIDIA's TensorFlow code did


class Mapping(nn.Module):
    """z (N, z_dim), label (N, label_size) → w (N, w_dim), or (N, num_ws · w_dim) where every layer has its own w."""

    def __init__(self, settings: dict[str, Any], w_out: int) -> None:
        super().__init__()
        self.label_size, self.layers = settings["label_size"], settings["mapping_layers"]
        if self.label_size:
            self.label_weight = nn.Parameter(torch.randn(self.label_size, settings["label_width"]))
        width, lr = settings["z_dim"] + settings["label_width"], settings["mapping_lr_mul"]
        for n in range(self.layers):
            out = w_out if n == self.layers - 1 else settings["mapping_fmaps"]
            gain = math.sqrt(2) / math.sqrt(width) * lr if settings["use_wscale"] else lr
            start = (1.0 if settings["use_wscale"] else math.sqrt(2 / width)) / lr
            self.add_module(f"dense{n}", Scaled(out, width, gain, lr, start))
            width = out

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        if self.label_size:
            z = torch.cat((z, label @ self.label_weight), dim=1)
        x = z / torch.sqrt(z.square().mean(dim=1, keepdim=True) + 1e-8)
        for n in range(self.layers):
            x = F.leaky_relu(self.get_submodule(f"dense{n}")(x), 0.2)
        return x


class _Average(nn.Module):
    """Mean of w, the centre of truncation."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.w_avg: Tensor
        self.register_buffer("w_avg", torch.zeros(size))


class _Noise(nn.Module):
    def __init__(self, channels: int, size: int, spatial: bool) -> None:
        super().__init__()
        self.noise: Tensor
        self.register_buffer("noise", torch.randn(1, 1, size, size) if spatial else torch.randn(1, channels, 1, 1))
        self.weight = nn.Parameter(torch.zeros(channels) if spatial else torch.zeros(size, size))
        self.form = (1, channels, 1, 1) if spatial else (1, 1, size, size)

    def forward(self, x: Tensor, noise: Noise) -> Tensor:
        added = noise(self.noise, x.shape[0])
        return x if added is None else x + added * self.weight.view(self.form)


class _Blur(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernel: Tensor
        row = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("kernel", torch.outer(row, row).expand(channels, 1, 3, 3).clone())

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernel, padding=1, groups=x.shape[1])


class _Layer(nn.Module):
    """Convolution (or the learned constant), noise, bias, leaky ReLU, instance norm, style."""

    def __init__(self, settings: dict[str, Any], kind: str, into: int, out: int, size: int) -> None:
        super().__init__()
        wscale, w_dim = settings["use_wscale"], settings["w_dim"]
        self.kind = kind
        self.bias = nn.Parameter(torch.zeros(out))
        if kind == "const":
            self.const = nn.Parameter(torch.ones(1, out, 4, 4))
        else:
            taps = 4 if kind == "dense" else 3
            fan = math.sqrt(2) / math.sqrt(taps * taps * into)
            self.weight = nn.Parameter(torch.randn(out, into, taps, taps) * (1.0 if wscale else fan))
            self.gain = fan if wscale else 1.0
        if kind.startswith("up"):
            self.blur = _Blur(out)
        self.apply_noise = _Noise(out, size, settings["noise_type"] == "spatial")
        style = 1 / math.sqrt(w_dim)
        self.style = Scaled(2 * out, w_dim, style if wscale else 1.0, start=1.0 if wscale else style)

    def forward(self, x: Tensor | None, w: Tensor, noise: Noise) -> Tensor:
        x = self.apply_noise(self._convolve(x, w), noise)
        x = F.leaky_relu(x + self.bias[:, None, None], 0.2)
        x = x - x.mean(dim=(2, 3), keepdim=True)
        x = x / torch.sqrt(x.square().mean(dim=(2, 3), keepdim=True) + 1e-8)
        scale, shift = self.style(w)[:, :, None, None].chunk(2, dim=1)
        return x * (scale + 1) + shift

    def _convolve(self, x: Tensor | None, w: Tensor) -> Tensor:
        if self.kind == "const":
            return self.const.expand(w.shape[0], -1, -1, -1)
        weight = self.weight * self.gain
        if self.kind == "dense":
            return F.conv2d(w[:, :, None, None], weight, padding=3)
        assert x is not None
        if self.kind == "up-fused":
            wide = F.pad(weight, (1, 1, 1, 1))
            wide = wide[:, :, 1:, 1:] + wide[:, :, :-1, 1:] + wide[:, :, 1:, :-1] + wide[:, :, :-1, :-1]
            return self.blur(F.conv_transpose2d(x, wide.transpose(0, 1), stride=2, padding=1))
        if self.kind == "up":
            return self.blur(F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), weight, padding=1))
        return F.conv2d(x, weight, padding=1)


class _Output(nn.Module):
    def __init__(self, out: int, into: int, wscale: bool) -> None:
        super().__init__()
        fan = 1 / math.sqrt(into)
        self.weight = nn.Parameter(torch.randn(out, into, 1, 1) * (1.0 if wscale else fan))
        self.bias = nn.Parameter(torch.zeros(out))
        self.gain = fan if wscale else 1.0

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.gain, self.bias)


class Synthesis(nn.Module):
    """w+ (N, num_ws, w_dim) → image (N, image_channels, resolution, resolution)."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.lod: Tensor
        self.register_buffer("lod", torch.zeros(()))
        channels, self.final_tanh = settings["channels"], settings["final_tanh"]
        self.blocks = len(channels)
        for block, out in enumerate(channels):
            size = 4 << block
            first = _upsampling(settings["fused_scale"], size) if block else _start(settings["const_input"])
            into = channels[block - 1] if block else settings["w_dim"]
            self.add_module(f"layer{2 * block}", _Layer(settings, first, into, out, size))
            self.add_module(f"layer{2 * block + 1}", _Layer(settings, "plain", out, out, size))
            self.add_module(f"output{block}", _Output(settings["image_channels"], out, settings["use_wscale"]))

    def forward(self, ws: Tensor, noise: Noise = stored_noise) -> Tensor:
        # `lod` is how far progressive growing had come: 0 is full size, 1.3 a blend of half and quarter size.
        lod = min(max(float(self.lod), 0.0), self.blocks - 1.0)
        x = image = None
        for block in range(self.blocks):
            left = self.blocks - 1 - block
            if lod < left + 1:
                x = self.get_submodule(f"layer{2 * block}")(x, ws[:, 2 * block], noise)
                x = self.get_submodule(f"layer{2 * block + 1}")(x, ws[:, 2 * block + 1], noise)
            if left - 1 < lod <= left:
                image = self.get_submodule(f"output{block}")(x)
            elif lod > left:
                image = F.interpolate(image, scale_factor=2, mode="nearest")
                if lod < left + 1:
                    share = math.ceil(lod) - lod
                    image = self.get_submodule(f"output{block}")(x) * share + image * (1 - share)
        assert image is not None
        return torch.tanh(image) if self.final_tanh else image


def _start(const_input: bool) -> str:
    return "const" if const_input else "dense"


def _upsampling(fused_scale: str, size: int) -> str:
    return "up-fused" if fused_scale == "true" or (fused_scale == "auto" and size >= _FUSED_FROM) else "up"


class Network(nn.Module):
    """The whole generator under the names of a genforce state dict."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.num_ws = 2 * len(settings["channels"])
        width = settings["w_dim"] * (1 if settings["repeat_w"] else self.num_ws)
        self.mapping = Mapping(settings, width)
        self.truncation = _Average(width)
        self.synthesis = Synthesis(settings)

    @property
    def average(self) -> Tensor:
        """Mean of w, (rows · w_dim)."""
        return self.truncation.w_avg
