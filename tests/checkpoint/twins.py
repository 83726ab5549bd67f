"""Plain twins of the three generators, which ours are compared with: every formula in its most direct form.

They import nothing of ohlora and share no line with it. Names and shapes are those of the files (genforce, rosinality,
NVIDIA); the arithmetic is that of the papers (arXiv:1812.04948, 1912.04958, 2006.06676) as one would write it down:
weights of its own for every image, zeros between pixels and then the filter. Slow, and right at any precision:
`.double()` tells what is rounding and what is a mistake.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

EPS = 1e-8


class Linear(nn.Module):
    """Weight and bias kept at unit size divided by `lr`, scaled when used."""

    def __init__(self, into: int, out: int, gain: float = 1.0, lr: float = 1.0, bias: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, into) / lr)
        self.bias = nn.Parameter(torch.full((out,), bias))
        self.gain, self.lr = gain * lr / math.sqrt(into), lr

    def forward(self, x: Tensor) -> Tensor:
        return x @ (self.weight * self.gain).t() + self.bias * self.lr


def shake(net: nn.Module, seed: int) -> nn.Module:
    """Moves what starts at zero or one (biases, noise strengths, means of w), so that nothing is hidden by a zero."""
    draw = torch.Generator().manual_seed(seed)
    fixed = ("kernel", "resample_filter", "lod", "noise", "noise_const")
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            last = name.rsplit(".", 1)[-1]
            if last in fixed or (last.startswith("noise_") and last != "noise_strength"):
                continue
            if last in ("bias", "w_avg", "noise_strength", "const") or name.endswith(("noise.weight",)):
                tensor.add_(torch.randn(tensor.shape, generator=draw) * 0.2)
    return net.eval()


def resolutions(resolution: int) -> list[int]:
    """4, 8 … resolution."""
    return [2**n for n in range(2, resolution.bit_length())]


def binomial(taps: int) -> Tensor:
    """1-2-1, 1-3-3-1, … as a square of sum 1."""
    row = torch.tensor([math.comb(taps - 1, n) for n in range(taps)], dtype=torch.float32)
    square = torch.outer(row, row)
    return square / square.sum()


def resample(x: Tensor, kernel: Tensor, up: int, before: int, after: int) -> Tensor:
    """Zeros between the pixels, a border, then convolution (not correlation) with the kernel."""
    count, channels, height, width = x.shape
    wide = x.new_zeros(count, channels, height * up, width * up)
    wide[:, :, ::up, ::up] = x
    wide = F.pad(wide, (before, after, before, after))
    return F.conv2d(wide, kernel.flip(0, 1).expand(channels, 1, -1, -1), groups=channels)


def double_size(x: Tensor, kernel: Tensor) -> Tensor:
    """An image at twice the size; the kernel's sum is 4."""
    taps = kernel.shape[0]
    return resample(x, kernel, 2, (taps + 1) // 2, (taps - 2) // 2)


def own_weights(x: Tensor, weight: Tensor, style: Tensor, demodulate: bool, kernel: Tensor | None) -> Tensor:
    """StyleGAN2's convolution, image by image; `kernel` (sum 4) doubles the size."""
    rows = []
    for image, factors in zip(x, style, strict=True):
        own = weight * factors[None, :, None, None]
        if demodulate:
            own = own / torch.sqrt(own.square().sum((1, 2, 3), keepdim=True) + EPS)
        if kernel is None:
            rows.append(F.conv2d(image[None], own, padding=weight.shape[-1] // 2))
        else:
            extra = kernel.shape[0] - 4
            wide = F.conv_transpose2d(image[None], own.transpose(0, 1), stride=2)
            rows.append(resample(wide, kernel, 1, (extra + 1) // 2 + 1, extra // 2 + 1))
    return torch.cat(rows)


# ---- StyleGAN 1, genforce


class _Noise1(nn.Module):
    def __init__(self, size: int, channels: int, spatial: bool) -> None:
        super().__init__()
        self.register_buffer("noise", torch.randn(1, 1, size, size) if spatial else torch.randn(1, channels, 1, 1))
        self.weight = nn.Parameter(torch.zeros(channels) if spatial else torch.zeros(size, size))


class _Kernel1(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("kernel", binomial(3).repeat(channels, 1, 1, 1))


class _Layer1(nn.Module):
    def __init__(self, o: dict[str, Any], into: int, out: int, size: int, kind: str) -> None:
        super().__init__()
        self.kind, self.scaled = kind, o["use_wscale"]
        taps = 4 if kind == "dense" else 3
        if kind == "const":
            self.const = nn.Parameter(torch.ones(1, out, 4, 4))
        else:
            self.he = math.sqrt(2) / math.sqrt(into * taps * taps)
            self.weight = nn.Parameter(torch.randn(out, into, taps, taps) * (1 if self.scaled else self.he))
        self.bias = nn.Parameter(torch.zeros(out))
        self.apply_noise = _Noise1(size, out, o["noise_type"] == "spatial")
        self.style = Linear(o["w"], 2 * out)
        if not self.scaled:
            self.style.weight.data *= self.style.gain
            self.style.gain = 1.0
        if kind in ("up", "fused"):
            self.blur = _Kernel1(out)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        if self.kind == "const":
            x = self.const.repeat(len(w), 1, 1, 1)
        else:
            weight = self.weight * (self.he if self.scaled else 1)
            if self.kind == "dense":
                x = F.conv2d(w[:, :, None, None], weight, padding=3)
            elif self.kind == "up":
                x = F.conv2d(x.repeat_interleave(2, 2).repeat_interleave(2, 3), weight, padding=1)
            elif self.kind == "fused":
                # a 4×4 kernel: the sum of the 3×3 one at four places, applied transposed
                four = sum(F.pad(weight, (a, 1 - a, b, 1 - b)) for a in (0, 1) for b in (0, 1))
                x = F.conv_transpose2d(x, four.transpose(0, 1), stride=2, padding=1)
            else:
                x = F.conv2d(x, weight, padding=1)
            if self.kind in ("up", "fused"):
                x = F.conv2d(x, self.blur.kernel, padding=1, groups=x.shape[1])
        noise, strength = self.apply_noise.noise, self.apply_noise.weight
        spatial = strength.dim() == 1
        x = x + noise * (strength[None, :, None, None] if spatial else strength[None, None])
        x = x + self.bias[None, :, None, None]
        x = torch.where(x < 0, x * 0.2, x)
        x = x - x.mean((2, 3), keepdim=True)
        x = x / torch.sqrt((x**2).mean((2, 3), keepdim=True) + EPS)
        half = x.shape[1]
        style = self.style(w)
        return x * (style[:, :half, None, None] + 1) + style[:, half:, None, None]


class _Output1(nn.Module):
    def __init__(self, into: int, out: int, scaled: bool) -> None:
        super().__init__()
        self.gain = 1 / math.sqrt(into) if scaled else 1.0
        self.weight = nn.Parameter(torch.randn(out, into, 1, 1) / (1 if scaled else math.sqrt(into)))
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.gain) + self.bias[None, :, None, None]


class StyleGAN1(nn.Module):
    """`label_width` None is the original label form, at the width of z; 16 that of StyleGAN-FineTune-v1."""

    def __init__(self, resolution: int, **given: Any) -> None:
        super().__init__()
        o = {
            "z": 512,
            "w": 512,
            "labels": 0,
            "label_width": None,
            "layers": 8,
            "fmaps": 512,
            "lr": 0.01,
            "repeat_w": True,
            "image_channels": 3,
            "final_tanh": False,
            "const_input": True,
            "fused_scale": "auto",
            "use_wscale": True,
            "noise_type": "spatial",
            "base": 16384,
            "most": 512,
            **given,
        }
        self.o, sizes = o, resolutions(resolution)
        self.num_ws = 2 * len(sizes)
        width = o["z"] + ((o["label_width"] or o["z"]) if o["labels"] else 0)
        last = o["w"] * (1 if o["repeat_w"] else self.num_ws)
        self.mapping, self.truncation, self.synthesis = nn.Module(), nn.Module(), nn.Module()
        for n in range(o["layers"]):
            out = last if n == o["layers"] - 1 else o["fmaps"]
            dense = Linear(width, out, math.sqrt(2), o["lr"])
            if not o["use_wscale"]:
                dense.weight.data *= dense.gain / o["lr"]
                dense.gain = o["lr"]
            self.mapping.add_module(f"dense{n}", dense)
            width = out
        if o["labels"]:
            self.mapping.label_weight = nn.Parameter(torch.randn(o["labels"], o["label_width"] or o["z"]))
        self.truncation.register_buffer("w_avg", torch.zeros(last))
        self.synthesis.register_buffer("lod", torch.zeros(()))
        into = o["w"]
        for n, size in enumerate(sizes):
            out = min(o["base"] // size, o["most"])
            fused = size >= 128 if o["fused_scale"] == "auto" else o["fused_scale"]
            kind = ("const" if o["const_input"] else "dense") if n == 0 else ("fused" if fused else "up")
            self.synthesis.add_module(f"layer{2 * n}", _Layer1(o, into, out, size, kind))
            self.synthesis.add_module(f"layer{2 * n + 1}", _Layer1(o, out, out, size, "plain"))
            self.synthesis.add_module(f"output{n}", _Output1(out, o["image_channels"], o["use_wscale"]))
            into = out

    def to_w(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, num_ws, w)."""
        x = z if label is None else torch.cat((z, label @ self.mapping.label_weight), 1)
        x = x / torch.sqrt((x**2).mean(1, keepdim=True) + EPS)
        for n in range(self.o["layers"]):
            x = self.mapping.get_submodule(f"dense{n}")(x)
            x = torch.where(x < 0, x * 0.2, x)
        return x.reshape(len(z), -1, self.o["w"]).expand(-1, self.num_ws, -1)

    def truncate(self, ws: Tensor, psi: float, layers: int) -> Tensor:
        """The first `layers` moved towards the mean."""
        mean = self.truncation.w_avg.reshape(1, -1, self.o["w"]).expand_as(ws)
        moved = mean + (ws - mean) * psi
        return torch.cat((moved[:, :layers], ws[:, layers:]), 1)

    def draw(self, ws: Tensor) -> Tensor:
        """At full size, or as `lod` says: 1 stops a block early, 0.5 is half of each."""
        blocks, lod = self.num_ws // 2, float(self.synthesis.lod)
        x, images = None, []
        for n in range(blocks):
            for at in (2 * n, 2 * n + 1):
                x = self.synthesis.get_submodule(f"layer{at}")(x, ws[:, at])
            images.append(self.synthesis.get_submodule(f"output{n}")(x))
        fine, coarse = blocks - 1 - math.floor(lod), blocks - 1 - math.ceil(lod)
        share = lod - math.floor(lod)

        def full(image: Tensor) -> Tensor:
            times = 2 ** (blocks + 1) // image.shape[-1]
            return image.repeat_interleave(times, 2).repeat_interleave(times, 3)

        image = full(images[fine]) * (1 - share) + full(images[coarse]) * share
        return torch.tanh(image) if self.o["final_tanh"] else image


# ---- StyleGAN 2, rosinality


def _leaky2(x: Tensor) -> Tensor:
    return torch.where(x < 0, x * 0.2, x) * math.sqrt(2)


class _Normed(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / torch.sqrt((x**2).mean(1, keepdim=True) + EPS)


class _Dense2(Linear):
    def forward(self, x: Tensor) -> Tensor:
        return _leaky2(super().forward(x))


class _Kernel2(nn.Module):
    def __init__(self, taps: int) -> None:
        super().__init__()
        self.register_buffer("kernel", binomial(taps) * 4)


class _Modulated2(nn.Module):
    def __init__(self, into: int, out: int, taps: int, w: int, blur: int, demodulate: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, out, into, taps, taps))
        self.modulation = Linear(w, into, bias=1.0)
        self.scale, self.demodulate = 1 / math.sqrt(into * taps * taps), demodulate
        if blur:
            self.blur = _Kernel2(blur)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        kernel = self.blur.kernel if hasattr(self, "blur") else None
        return own_weights(x, self.weight[0] * self.scale, self.modulation(w), self.demodulate, kernel)


class _Styled2(nn.Module):
    def __init__(self, into: int, out: int, w: int, blur: int) -> None:
        super().__init__()
        self.conv = _Modulated2(into, out, 3, w, blur, True)
        self.noise, self.activate = nn.Module(), nn.Module()
        self.noise.weight = nn.Parameter(torch.zeros(1))
        self.activate.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        return _leaky2(self.conv(x, w) + self.noise.weight * noise + self.activate.bias[None, :, None, None])


class _RGB2(nn.Module):
    def __init__(self, into: int, w: int, blur: int) -> None:
        super().__init__()
        self.conv = _Modulated2(into, 3, 1, w, 0, False)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))
        if blur:
            self.upsample = _Kernel2(blur)

    def forward(self, x: Tensor, w: Tensor, image: Tensor | None) -> Tensor:
        own = self.conv(x, w) + self.bias
        return own if image is None else own + double_size(image, self.upsample.kernel)


class StyleGAN2(nn.Module):
    """`channels` by resolution; None are the original's with `multiplier`."""

    def __init__(
        self,
        resolution: int,
        w: int = 512,
        layers: int = 8,
        multiplier: int = 2,
        channels: dict[int, int] | None = None,
        taps: int = 4,
        lr: float = 0.01,
    ) -> None:
        super().__init__()
        sizes = resolutions(resolution)
        of = channels or {s: 512 if s < 64 else 16384 // s * multiplier for s in sizes}
        self.num_ws = 2 * len(sizes)
        self.style = nn.Sequential(_Normed(), *(_Dense2(w, w, 1.0, lr) for _ in range(layers)))
        self.input = nn.Module()
        self.input.input = nn.Parameter(torch.randn(1, of[4], 4, 4))
        self.conv1, self.to_rgb1 = _Styled2(of[4], of[4], w, 0), _RGB2(of[4], w, 0)
        self.convs, self.to_rgbs, self.noises = nn.ModuleList(), nn.ModuleList(), nn.Module()
        self.noises.register_buffer("noise_0", torch.randn(1, 1, 4, 4))
        for n, size in enumerate(sizes[1:]):
            self.convs.append(_Styled2(of[size // 2], of[size], w, taps))
            self.convs.append(_Styled2(of[size], of[size], w, 0))
            self.to_rgbs.append(_RGB2(of[size], w, taps))
            for k in (2 * n + 1, 2 * n + 2):
                self.noises.register_buffer(f"noise_{k}", torch.randn(1, 1, size, size))

    def to_w(self, z: Tensor, label: None = None) -> Tensor:
        """(N, num_ws, w)."""
        return self.style(z)[:, None].expand(-1, self.num_ws, -1)

    def draw(self, ws: Tensor) -> Tensor:
        """With the stored noise."""
        x = self.input.input.repeat(len(ws), 1, 1, 1)
        x = self.conv1(x, ws[:, 0], self.noises.noise_0)
        image = self.to_rgb1(x, ws[:, 1], None)
        for n, to_rgb in enumerate(self.to_rgbs):
            for k in (2 * n, 2 * n + 1):
                x = self.convs[k](x, ws[:, k + 1], self.noises.get_buffer(f"noise_{k + 1}"))
            image = to_rgb(x, ws[:, 2 * n + 3], image)
        return image


# ---- StyleGAN2-ADA, NVIDIA


class _Filter(nn.Module):
    def __init__(self, taps: int) -> None:
        super().__init__()
        self.register_buffer("resample_filter", binomial(taps))


class _Conv3(_Filter):
    def __init__(self, o: dict[str, Any], into: int, out: int, size: int, up: bool) -> None:
        super().__init__(o["taps"])
        self.up, self.o = up, o
        self.affine = Linear(o["w"], into, bias=1.0)
        self.weight = nn.Parameter(torch.randn(out, into, 3, 3))
        if o["use_noise"]:
            self.register_buffer("noise_const", torch.randn(size, size))
            self.noise_strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x: Tensor, w: Tensor, gain: float = 1.0) -> Tensor:
        x = own_weights(x, self.weight, self.affine(w), True, self.resample_filter * 4 if self.up else None)
        if self.o["use_noise"]:
            x = x + self.noise_const * self.noise_strength
        x = _leaky2(x + self.bias[None, :, None, None]) * gain
        clamp = self.o["conv_clamp"]
        return x if clamp is None else x.clamp(-clamp * gain, clamp * gain)


class _RGB3(nn.Module):
    def __init__(self, o: dict[str, Any], into: int) -> None:
        super().__init__()
        self.affine, self.clamp = Linear(o["w"], into, bias=1.0), o["conv_clamp"]
        self.weight = nn.Parameter(torch.randn(o["image_channels"], into, 1, 1))
        self.bias = nn.Parameter(torch.zeros(o["image_channels"]))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.affine(w) / math.sqrt(x.shape[1])
        x = own_weights(x, self.weight, style, False, None) + self.bias[None, :, None, None]
        return x if self.clamp is None else x.clamp(-self.clamp, self.clamp)


class _Skip3(_Filter):
    def __init__(self, into: int, out: int, taps: int) -> None:
        super().__init__(taps)
        self.weight = nn.Parameter(torch.randn(out, into, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(x, self.weight / math.sqrt(x.shape[1]))
        return double_size(x, self.resample_filter * 4) * math.sqrt(0.5)


class _Block3(_Filter):
    def __init__(self, o: dict[str, Any], into: int, out: int, size: int, last: bool) -> None:
        super().__init__(o["taps"])
        if not into:
            self.const = nn.Parameter(torch.randn(out, 4, 4))
        else:
            self.conv0 = _Conv3(o, into, out, size, up=True)
        self.conv1 = _Conv3(o, out, out, size, up=False)
        if last or o["structure"] == "skip":
            self.torgb = _RGB3(o, out)
        if into and o["structure"] == "resnet":
            self.skip = _Skip3(into, out, o["taps"])


class StyleGAN2ADA(nn.Module):
    """`structure`: skip, resnet or orig."""

    def __init__(self, resolution: int, **given: Any) -> None:
        super().__init__()
        o = {
            "z": 512,
            "c": 0,
            "w": 512,
            "layers": 8,
            "embed": None,
            "features": None,
            "lr": 0.01,
            "image_channels": 3,
            "base": 32768,
            "most": 512,
            "conv_clamp": None,
            "structure": "skip",
            "taps": 4,
            "use_noise": True,
            **given,
        }
        self.o, self.sizes = o, resolutions(resolution)
        self.num_ws = 2 * len(self.sizes)
        self.synthesis, self.mapping = nn.Module(), nn.Module()
        into = 0
        for size in self.sizes:
            out = min(o["base"] // size, o["most"])
            self.synthesis.add_module(f"b{size}", _Block3(o, into, out, size, size == resolution))
            into = out
        width = o["z"]
        if o["c"]:
            self.mapping.embed = Linear(o["c"], o["embed"] or o["w"])
            width += o["embed"] or o["w"]
        for n in range(o["layers"]):
            out = o["w"] if n == o["layers"] - 1 else o["features"] or o["w"]
            self.mapping.add_module(f"fc{n}", Linear(width, out, 1.0, o["lr"]))
            width = out
        self.mapping.register_buffer("w_avg", torch.zeros(o["w"]))

    def to_w(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, num_ws, w)."""
        parts = [_Normed()(z)] if self.o["z"] else []
        parts += [_Normed()(self.mapping.embed(label))] if self.o["c"] else []
        x = torch.cat(parts, 1)
        for n in range(self.o["layers"]):
            x = _leaky2(self.mapping.get_submodule(f"fc{n}")(x))
        return x[:, None].expand(-1, self.num_ws, -1)

    def truncate(self, ws: Tensor, psi: float, layers: int) -> Tensor:
        """The first `layers` moved towards the mean."""
        moved = self.mapping.w_avg + (ws - self.mapping.w_avg) * psi
        return torch.cat((moved[:, :layers], ws[:, layers:]), 1)

    def draw(self, ws: Tensor) -> Tensor:
        """With the stored noise."""
        image, at = None, 0
        for size in self.sizes:
            block = self.synthesis.get_submodule(f"b{size}")
            if size == 4:
                x = block.conv1(block.const.repeat(len(ws), 1, 1, 1), ws[:, 0])
            elif self.o["structure"] == "resnet":
                half = math.sqrt(0.5)
                x = block.skip(x) + block.conv1(block.conv0(x, ws[:, at - 1]), ws[:, at], half)
            else:
                x = block.conv1(block.conv0(x, ws[:, at - 1]), ws[:, at])
            if image is not None:
                image = double_size(image, block.resample_filter * 4)
            if hasattr(block, "torgb"):
                own = block.torgb(x, ws[:, at + 1])
                image = own if image is None else image + own
            at += 2
        return image
