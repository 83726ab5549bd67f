"""A discriminator for fine-tuning StyleGAN 1, with the label as its condition. It is trained anew each time.

StyleGAN 1's convolutions (Karras et al. 2019) with residual blocks (2020) and the label as a projection: the score of an
image is its features times the embedded label (Miyato & Koyama, "cGANs with Projection Discriminator", 2018).
"""

import itertools
import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from ohlora.face.stylegan_ops import Scaled, leaky

_GROUP = 4  # images whose spread is measured together


class _Conv(nn.Module):
    def __init__(self, into: int, out: int, taps: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, into, taps, taps))
        self.bias = nn.Parameter(torch.zeros(out))
        self.gain = 1 / math.sqrt(into * taps * taps)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.gain, self.bias, padding=self.weight.shape[-1] // 2)


class _Block(nn.Module):
    """Two convolutions beside a straight way, then half the size."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.conv0, self.conv1, self.skip = _Conv(into, into, 3), _Conv(into, out, 3), _Conv(into, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = F.avg_pool2d(leaky(self.conv1(leaky(self.conv0(x)))), 2)
        return (y + self.skip(F.avg_pool2d(x, 2))) * math.sqrt(0.5)


class Discriminator(nn.Module):
    """Image (N, image_channels, R, R), label (N, label_size) → score (N,).

    Args:
        channels: features at 4×4, 8×8, … R×R, as in the generator.
    """

    def __init__(self, image_channels: int, channels: list[int], label_size: int) -> None:
        super().__init__()
        self.from_rgb = _Conv(image_channels, channels[-1], 1)
        self.blocks = nn.Sequential(*(_Block(a, b) for a, b in itertools.pairwise(channels[::-1])))
        last = channels[0]
        self.conv = _Conv(last + 1, last, 3)
        self.dense = Scaled(last, last * 16, 1 / math.sqrt(last * 16))
        self.score = Scaled(1, last, 1 / math.sqrt(last))
        self.label = Scaled(last, label_size, 1 / math.sqrt(label_size)) if label_size else None
        self.width = last

    def forward(self, image: Tensor, label: Tensor | None) -> Tensor:
        x = self.blocks(leaky(self.from_rgb(image)))
        x = torch.cat((x, _spread(x)), dim=1)
        x = leaky(self.dense(leaky(self.conv(x)).flatten(1)))
        score = self.score(x)[:, 0]
        if self.label is not None:
            score = score + (x * self.label(label)).sum(dim=1) / math.sqrt(self.width)
        return score


def _spread(x: Tensor) -> Tensor:
    """Mean standard deviation within groups of images, as one more feature map: shows a generator that repeats itself."""
    count, _, height, width = x.shape
    group = math.gcd(count, _GROUP)
    y = x.reshape(group, count // group, -1)
    y = torch.sqrt((y - y.mean(dim=0)).square().mean(dim=0) + 1e-8).mean(dim=1)
    return y.repeat(group)[:, None, None, None].expand(count, 1, height, width)
