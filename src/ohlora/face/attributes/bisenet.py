"""BiSeNet, the face-parsing network: image → one of 19 classes a pixel. Its tensors are named as in the published file.

Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation", 2018, in the form trained on
CelebAMask-HQ (Lee et al., 2020): ResNet-18 as the context path, its 1/8 features in place of a spatial path. The two
auxiliary heads serve training only; they are here so that every tensor of the file has its place.

Knows no files and nothing of what is done with the classes.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSES: tuple[str, ...] = (
    "background",
    "skin",
    "left brow",
    "right brow",
    "left eye",
    "right eye",
    "glasses",
    "left ear",
    "right ear",
    "earring",
    "nose",
    "inner mouth",
    "upper lip",
    "lower lip",
    "neck",
    "necklace",
    "cloth",
    "hair",
    "hat",
)
"""By number. Left and right are the person's own."""


class BiSeNet(nn.Module):
    """RGB (N, 3, H, W), normalised → scores of the classes (N, 19, H/8, W/8); H and W divisible by 32."""

    def __init__(self) -> None:
        super().__init__()
        self.cp = _ContextPath()
        self.ffm = _Fusion()
        self.conv_out = _Head(256, 256)
        self.conv_out16 = _Head(128, 64)
        self.conv_out32 = _Head(128, 64)

    def forward(self, image: Tensor) -> Tensor:
        eighth, context = self.cp(image)
        return self.conv_out(self.ffm(torch.cat((eighth, context), dim=1)))


class _ConvNorm(nn.Module):
    def __init__(self, inside: int, outside: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outside)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)))


class _Block(nn.Module):
    """ResNet's basic block (He et al., 2016)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: Tensor) -> Tensor:
        residual = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(self.downsample(x) + residual)


class _ResNet18(nn.Module):
    """Features at 1/8, 1/16 and 1/32 of the picture's side."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(_Block(64, 64, 1), _Block(64, 64, 1))
        self.layer2 = nn.Sequential(_Block(64, 128, 2), _Block(128, 128, 1))
        self.layer3 = nn.Sequential(_Block(128, 256, 2), _Block(256, 256, 1))
        self.layer4 = nn.Sequential(_Block(256, 512, 2), _Block(512, 512, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = functional.relu(self.bn1(self.conv1(x)))
        eighth = self.layer2(self.layer1(functional.max_pool2d(x, 3, 2, 1)))
        sixteenth = self.layer3(eighth)
        return eighth, sixteenth, self.layer4(sixteenth)


class _Attention(nn.Module):
    """Attention refinement: each channel weighed by what it holds over the whole picture."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.conv = _ConvNorm(inside, outside, 3)
        self.conv_atten = nn.Conv2d(outside, outside, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(outside)

    def forward(self, x: Tensor) -> Tensor:
        features = self.conv(x)
        return features * torch.sigmoid(self.bn_atten(self.conv_atten(_mean(features))))


class _ContextPath(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.resnet = _ResNet18()
        self.arm16 = _Attention(256, 128)
        self.arm32 = _Attention(512, 128)
        self.conv_head32 = _ConvNorm(128, 128, 3)
        self.conv_head16 = _ConvNorm(128, 128, 3)
        self.conv_avg = _ConvNorm(512, 128, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        eighth, sixteenth, thirty_second = self.resnet(image)
        coarse = self.arm32(thirty_second) + self.conv_avg(_mean(thirty_second))
        middle = self.arm16(sixteenth) + self.conv_head32(_doubled(coarse))
        return eighth, self.conv_head16(_doubled(middle))


class _Fusion(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convblk = _ConvNorm(256, 256, 1)
        self.conv1 = nn.Conv2d(256, 64, 1, bias=False)
        self.conv2 = nn.Conv2d(64, 256, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        features = self.convblk(x)
        attention = torch.sigmoid(self.conv2(functional.relu(self.conv1(_mean(features)))))
        return features + features * attention


class _Head(nn.Module):
    def __init__(self, inside: int, middle: int) -> None:
        super().__init__()
        self.conv = _ConvNorm(inside, middle, 3)
        self.conv_out = nn.Conv2d(middle, len(CLASSES), 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_out(self.conv(x))


def _mean(x: Tensor) -> Tensor:
    return x.mean(dim=(2, 3), keepdim=True)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
