"""StyleGAN 2 on torch, its tensors named as rosinality names them. Knows no files: settings come from a checkpoint.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020 (arXiv:1912.04958).
"""

import itertools
import math
from typing import Any

import torch
from torch import Tensor, nn

from ohlora.face.stylegan_ops import Noise, Scaled, leaky, modulated_conv, pixel_norm, stored_noise, upsample


class Mapping(nn.Module):
    """z (N, z_dim) → w (N, w_dim)."""

    def __init__(self, style: nn.Module, layers: int) -> None:
        super().__init__()
        self.style, self.layers = style, layers

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        x = pixel_norm(z)
        for n in range(1, self.layers + 1):
            x = leaky(self.style.get_submodule(str(n))(x))
        return x


class _Kernel(nn.Module):
    def __init__(self, taps: int) -> None:
        super().__init__()
        self.kernel: Tensor
        self.register_buffer("kernel", torch.zeros(taps, taps))


class _Modulated(nn.Module):
    def __init__(self, into: int, out: int, taps: int, w_dim: int, demodulate: bool, blur: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, out, into, taps, taps))
        self.modulation = Scaled(into, w_dim, 1 / math.sqrt(w_dim), bias_start=1.0)
        self.gain, self.demodulate = 1 / math.sqrt(into * taps * taps), demodulate
        self.blur = _Kernel(blur) if blur else None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        up = None if self.blur is None else self.blur.kernel
        return modulated_conv(x, self.weight[0] * self.gain, self.modulation(w), self.demodulate, up)


class _Strength(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))


class _Bias(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))


class _Conv(nn.Module):
    """Modulated convolution, noise, bias, leaky ReLU."""

    def __init__(self, into: int, out: int, w_dim: int, blur: int = 0) -> None:
        super().__init__()
        self.conv = _Modulated(into, out, 3, w_dim, demodulate=True, blur=blur)
        self.noise, self.activate = _Strength(), _Bias(out)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        x = self.conv(x, w)
        if noise is not None:
            x = x + self.noise.weight * noise
        return leaky(x + self.activate.bias[:, None, None])


class _RGB(nn.Module):
    def __init__(self, into: int, w_dim: int, blur: int = 0) -> None:
        super().__init__()
        self.conv = _Modulated(into, 3, 1, w_dim, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))
        self.upsample = _Kernel(blur) if blur else None

    def forward(self, x: Tensor, w: Tensor, image: Tensor | None) -> Tensor:
        out = self.conv(x, w) + self.bias
        return out if image is None or self.upsample is None else out + upsample(image, self.upsample.kernel)


class _Input(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.input = nn.Parameter(torch.randn(1, channels, 4, 4))


class Synthesis(nn.Module):
    """w+ (N, num_ws, w_dim) → image (N, 3, resolution, resolution)."""

    def __init__(self, network: "Network") -> None:
        super().__init__()
        self.parts = [network]  # in a list, so that its tensors keep their one name in the network itself

    def forward(self, ws: Tensor, noise: Noise = stored_noise) -> Tensor:
        return self.parts[0].draw(ws, noise)


class Network(nn.Module):
    """The whole generator under the names of a rosinality state dict."""

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        channels, w_dim, taps = settings["channels"], settings["w_dim"], settings["blur_taps"]
        self.num_ws, self.w_dim = 2 * len(channels), w_dim
        self.style = nn.Module()
        self._add_mapping(settings)
        self.input = _Input(channels[0])
        self.conv1, self.to_rgb1 = _Conv(channels[0], channels[0], w_dim), _RGB(channels[0], w_dim)
        self.convs, self.to_rgbs, self.noises = nn.ModuleList(), nn.ModuleList(), nn.Module()
        for before, after in itertools.pairwise(channels):
            self.convs.extend((_Conv(before, after, w_dim, taps), _Conv(after, after, w_dim)))
            self.to_rgbs.append(_RGB(after, w_dim, taps))
        for n in range(2 * len(channels) - 1):
            size = 4 << ((n + 1) // 2)
            self.noises.register_buffer(f"noise_{n}", torch.randn(1, 1, size, size))
        rows = settings["latent_avg_rows"]
        self.latent_avg: Tensor
        self.register_buffer("latent_avg", torch.zeros((rows, w_dim) if rows else (w_dim,)))

    def _add_mapping(self, settings: dict[str, Any]) -> None:
        width, lr, count = settings["z_dim"], settings["mapping_lr_mul"], settings["mapping_layers"]
        for n in range(1, count + 1):
            out = settings["w_dim"] if n == count else settings["mapping_fmaps"]
            self.style.add_module(str(n), Scaled(out, width, lr / math.sqrt(width), lr, 1 / lr))
            width = out
        self._layers = count

    @property
    def mapping(self) -> Mapping:
        """z → w."""
        return Mapping(self.style, self._layers)

    @property
    def synthesis(self) -> Synthesis:
        """w+ → image."""
        return Synthesis(self)

    @property
    def average(self) -> Tensor:
        """Mean of w, (rows · w_dim)."""
        return self.latent_avg.reshape(-1)

    def draw(self, ws: Tensor, noise: Noise) -> Tensor:
        """w+ (N, num_ws, w_dim) → image; toRGB of a block shares its w with the next block's first convolution."""
        count = ws.shape[0]

        def added(n: int) -> Tensor | None:
            return noise(self.noises.get_buffer(f"noise_{n}"), count)

        x = self.input.input.expand(count, -1, -1, -1)
        x = self.conv1(x, ws[:, 0], added(0))
        image = self.to_rgb1(x, ws[:, 1], None)
        for block, to_rgb in enumerate(self.to_rgbs):
            n = 2 * block + 1
            x = self.convs[2 * block](x, ws[:, n], added(n))
            x = self.convs[2 * block + 1](x, ws[:, n + 1], added(n + 1))
            image = to_rgb(x, ws[:, n + 2], image)
        return image
