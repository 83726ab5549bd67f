"""Operations that StyleGAN 1, 2 and 2-ADA share, in plain torch: no compiled extension, any device, exportable.

Formulas: Karras et al. 2019 (arXiv:1812.04948), 2020 (arXiv:1912.04958). Convolutions are modulated by scaling the
activations before and after instead of the weights of every image: the same sum, and one convolution for a batch.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own name for it)
from torch import Tensor, nn

Noise = Callable[[Tensor, int], Tensor | None]
"""Given a layer's stored noise and the batch size, the noise to add, or None for none."""


def stored_noise(stored: Tensor, count: int) -> Tensor | None:
    """The noise that lies in the file: the same image every time."""
    return stored


def no_noise(stored: Tensor, count: int) -> Tensor | None:
    """None at all."""
    return None


def fresh_noise(generator: torch.Generator | None) -> Noise:
    """Noise drawn anew for every image and layer, from `generator` (on the CPU) or torch's own."""

    def draw(stored: Tensor, count: int) -> Tensor:
        shape = (count, *([1] * (3 - min(stored.dim(), 3))), *stored.shape[-3:])
        return torch.randn(shape, generator=generator).to(stored)

    return draw


def pixel_norm(x: Tensor) -> Tensor:
    """Rows of (N, C) brought to a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class Scaled(nn.Module):
    """Weight and bias under the file's names; scaled when used (equalised learning rate).

    Args:
        out, into: numbers out and in.
        gain: what the weight is multiplied with, bias_gain: the bias.
        start: standard deviation of the first weight; bias_start: the first bias.
    """

    def __init__(
        self, out: int, into: int, gain: float, bias_gain: float = 1.0, start: float = 1.0, bias_start: float = 0.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, into) * start)
        self.bias = nn.Parameter(torch.full((out,), bias_start))
        self.gain, self.bias_gain = gain, bias_gain

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.gain, self.bias * self.bias_gain)


def leaky(x: Tensor, gain: float = math.sqrt(2.0), clamp: float | None = None) -> Tensor:
    """Leaky ReLU of slope 0.2, times `gain`, cut at ±`clamp`."""
    x = F.leaky_relu(x, 0.2) * gain
    return x if clamp is None else x.clamp(-clamp, clamp)


def blur(x: Tensor, kernel: Tensor, before: int, after: int, gain: float = 1.0) -> Tensor:
    """Convolves every channel of (N, C, H, W) with `kernel` (k, k) after padding `before` and `after` on both axes."""
    channels = x.shape[1]
    weight = (_square(kernel).flip(0, 1) * gain).expand(channels, 1, -1, -1)
    if before == after:
        return F.conv2d(x, weight, padding=before, groups=channels)
    return F.conv2d(F.pad(x, (before, after, before, after)), weight, groups=channels)


def upsample(x: Tensor, kernel: Tensor, gain: float = 1.0) -> Tensor:
    """(N, C, H, W) → (N, C, 2H, 2W): zeros between the pixels, then `kernel`."""
    taps, channels, height, width = kernel.shape[-1], x.shape[1], x.shape[2], x.shape[3]
    weight = (_square(kernel) * gain).expand(channels, 1, -1, -1)
    full = F.conv_transpose2d(x, weight, stride=2, groups=channels)
    start = taps - 1 - (taps + 1) // 2
    return full[:, :, start : start + 2 * height, start : start + 2 * width]


def _square(kernel: Tensor) -> Tensor:
    return kernel if kernel.dim() == 2 else torch.outer(kernel, kernel)


def modulated_conv(
    x: Tensor, weight: Tensor, style: Tensor, demodulate: bool = True, up: Tensor | None = None, up_gain: float = 1.0
) -> Tensor:
    """StyleGAN2's convolution.

    Args:
        x: (N, I, H, W). weight: (O, I, k, k). style: (N, I), one factor a channel.
        demodulate: bring every output channel back to unit variance.
        up: low-pass filter (k, k) to double the size with; up_gain: its factor.

    Returns:
        (N, O, H, W), or twice as large.
    """
    x = x * style[:, :, None, None]
    if up is None:
        x = F.conv2d(x, weight, padding=weight.shape[-1] // 2)
    else:
        taps = up.shape[-1]
        x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
        x = blur(x, up, (taps - 3) // 2 + 1, (taps - 4) // 2 + 1, up_gain)
    if demodulate:
        power = style.square() @ weight.square().sum(dim=(2, 3)).t()
        x = x * torch.rsqrt(power + 1e-8)[:, :, None, None]
    return x
