"""StyleGAN2-ADA under NVIDIA's names (github.com/NVlabs/stylegan2-ada-pytorch, training/networks.py).

The StyleGAN2 configuration of NVIDIA's StyleGAN3 repository has the same names and sums.
"""

from typing import Any

from ohlora.checkpoint.architectures._base import (
    CHANNELS,
    IMAGE_CHANNELS,
    LABEL_SIZE,
    MAPPING_FMAPS,
    MAPPING_LAYERS,
    MAPPING_LR,
    MEAN_W,
    NORMAL,
    ONES,
    RESOLUTION,
    W_DIM,
    Z_DIM,
    ZEROS,
    Architecture,
    Attributes,
    Expected,
    Init,
    Setting,
    Settings,
    Shapes,
    base_and_max,
    blur,
    dim,
    numbers,
    resolutions,
    shown,
    vote,
)
from ohlora.errors import InputError


class StyleGAN2ADA(Architecture):
    name = "stylegan2-ada"
    origin = "NVIDIA"
    anchors = r"synthesis\.b\d+\.(const|(conv[01]|torgb)\.affine\.weight|conv[01]\.weight)"
    known = r"mapping\.(embed\.(weight|bias)|fc\d+\.(weight|bias)|w_avg)|synthesis\.b\d+\..*"
    resolutions = (4, 2048)
    ranges = {"z_dim": (0, 1 << 20), "embed_features": (0, 1 << 16)}  # noqa: RUF012 (a network of nothing but labels has z 0)
    settings = {  # noqa: RUF012
        "resolution": RESOLUTION,
        "channels": CHANNELS,
        "z_dim": Z_DIM,
        "w_dim": W_DIM,
        "label_size": LABEL_SIZE,
        "embed_features": Setting("int", 0, ("embeds a label in {} numbers", "레이블을 {}차원으로 넣습니다")),
        "mapping_layers": MAPPING_LAYERS,
        "mapping_fmaps": MAPPING_FMAPS,
        "mapping_lr_mul": MAPPING_LR,
        "image_channels": IMAGE_CHANNELS,
        "structure": Setting("text", "skip", ("is built as {}", "구조가 {}입니다"), ("skip", "resnet", "orig")),
        "use_noise": Setting("bool", True, ("has use_noise {}", "use_noise가 {}입니다")),
        "filter_taps": Setting("int", 4, ("filters with {} taps", "필터가 {}탭입니다")),
        "conv_clamp": Setting("float", None, ("clamps at {}", "{}에서 자릅니다")),
    }
    aliases = {  # noqa: RUF012
        "c_dim": "label_size",
        "img_resolution": "resolution",
        "img_channels": "image_channels",
        "num_layers": "mapping_layers",
        "layer_features": "mapping_fmaps",
        "lr_multiplier": "mapping_lr_mul",
    }

    def infer(self, shapes: Shapes, given: Settings) -> Settings:
        sizes = sorted(numbers(shapes, r"synthesis\.b(\d+)\."))
        layers = sorted(numbers(shapes, r"mapping\.fc(\d+)\."))
        inner = [dim(shapes, f"mapping.fc{n}.weight", 0) for n in layers[:-1]]
        inner += [dim(shapes, f"mapping.fc{n}.weight", 1) for n in layers if n > 0]
        affine = [name for name in shapes if name.endswith(".affine.weight")]
        w_dim = vote(dim(shapes, name, 1) for name in affine)
        taken = dim(shapes, "mapping.fc0.weight", 1)
        embed = vote([dim(shapes, "mapping.embed.weight", 0), dim(shapes, "mapping.embed.bias", 0)])
        if embed is None and given.get("label_size") and taken and w_dim and taken > w_dim:
            embed = taken - w_dim
        filters = [name for name in shapes if name.endswith("resample_filter")]
        return shown(
            resolution=max(sizes) if sizes else None,
            channels=self._channels(shapes, max(sizes)) if sizes and max(sizes) < 1 << 16 else None,
            z_dim=taken - (embed or 0) if taken is not None and taken >= (embed or 0) else None,
            w_dim=w_dim,
            label_size=dim(shapes, "mapping.embed.weight", 1),
            embed_features=embed,
            mapping_layers=layers[-1] + 1 if layers else None,
            mapping_fmaps=vote(inner) or (w_dim if layers else None),
            image_channels=vote(dim(shapes, f"synthesis.b{size}.torgb.weight", 0) for size in sizes),
            structure=_structure(shapes, sizes),
            use_noise=any(name.endswith((".noise_const", ".noise_strength")) for name in shapes) if sizes else None,
            filter_taps=vote(dim(shapes, name, 0) for name in filters),
        )

    @staticmethod
    def _channels(shapes: Shapes, resolution: int) -> list[int] | None:
        channels: list[int] = []
        for size in resolutions(resolution):
            block, after = f"synthesis.b{size}", f"synthesis.b{2 * size}"
            votes = [dim(shapes, f"{block}.conv1.weight", axis) for axis in (0, 1)]
            votes += [dim(shapes, f"{block}.conv1.bias", 0), dim(shapes, f"{block}.conv1.affine.weight", 0)]
            votes += [dim(shapes, f"{block}.conv0.weight", 0), dim(shapes, f"{block}.conv0.bias", 0)]
            votes += [dim(shapes, f"{block}.torgb.weight", 1), dim(shapes, f"{after}.conv0.weight", 1)]
            votes += [dim(shapes, f"{block}.const", 0)]
            count = vote(votes) or (channels[-1] if channels else None)
            if count is None:
                return None
            channels.append(count)
        return channels or None

    def told(self, attributes: Attributes) -> Settings:
        conv: Any = attributes.get("synthesis.b4.conv1", {})
        settings = {}
        if conv.get("activation", "lrelu") != "lrelu":
            raise InputError(
                f"The network's activation is `{conv['activation']}`; StyleGAN2-ADA is read with `lrelu` only.",
                f"활성 함수가 `{conv['activation']}`입니다. StyleGAN2-ADA는 `lrelu`만 읽습니다.",
            )
        if "conv_clamp" in conv:
            settings["conv_clamp"] = conv["conv_clamp"]
        structure = attributes.get("synthesis.b4", {}).get("architecture")
        if structure in self.settings["structure"].choices:
            settings["structure"] = structure
        gain = attributes.get("mapping.fc0", {}).get("bias_gain")
        if isinstance(gain, int | float) and gain > 0:
            settings["mapping_lr_mul"] = float(gain)
        return settings

    def complete(self, shapes: Shapes, given: Settings, told: Settings | None = None) -> Settings:
        settings = super().complete(shapes, given, told)
        if settings["label_size"] == 0:
            settings["embed_features"] = 0
        elif settings["embed_features"] == 0:
            settings["embed_features"] = settings["w_dim"]
        if not settings["z_dim"] and not settings["label_size"]:
            raise InputError(
                "`z_dim` is 0 and there are no labels: such a network takes nothing.",
                "`z_dim`이 0이고 레이블도 없어 입력이 없는 신경망입니다.",
            )
        return settings

    def expected(self, settings: Settings) -> dict[str, Expected]:
        tensors: dict[str, Expected] = {}
        sizes, channels = resolutions(settings["resolution"]), settings["channels"]
        taps = settings["filter_taps"]
        filters = Expected((taps, taps) if taps < 8 else (taps,), blur(taps))
        for n, size in enumerate(sizes):
            block = f"synthesis.b{size}"
            if n == 0:
                tensors[f"{block}.const"] = Expected((channels[0], 4, 4), NORMAL)
            tensors[f"{block}.resample_filter"] = filters
            if n:
                tensors |= _conv(settings, f"{block}.conv0", channels[n - 1], channels[n], size, filters)
            tensors |= _conv(settings, f"{block}.conv1", channels[n], channels[n], size, filters)
            if settings["structure"] == "skip" or size == settings["resolution"]:
                tensors |= _rgb(settings, f"{block}.torgb", channels[n])
            if n and settings["structure"] == "resnet":
                tensors[f"{block}.skip.resample_filter"] = filters
                tensors[f"{block}.skip.weight"] = Expected((channels[n], channels[n - 1], 1, 1), NORMAL)
        return tensors | self._expected_mapping(settings)

    @staticmethod
    def _expected_mapping(settings: Settings) -> dict[str, Expected]:
        tensors = {"mapping.w_avg": Expected((settings["w_dim"],), MEAN_W)}
        labels, embed = settings["label_size"], settings["embed_features"]
        if labels:
            tensors["mapping.embed.weight"] = Expected((embed, labels), NORMAL)
            tensors["mapping.embed.bias"] = Expected((embed,), ZEROS)
        width, count = settings["z_dim"] + embed, settings["mapping_layers"]
        for n in range(count):
            out = settings["w_dim"] if n == count - 1 else settings["mapping_fmaps"]
            scale = 1 / settings["mapping_lr_mul"]
            tensors[f"mapping.fc{n}.weight"] = Expected((out, width), Init("normal", scale))
            tensors[f"mapping.fc{n}.bias"] = Expected((out,), ZEROS)
            width = out
        return tensors

    def constructor(self, settings: Settings) -> Settings:
        base = base_and_max(settings["channels"])
        return {
            "z_dim": settings["z_dim"],
            "c_dim": settings["label_size"],
            "w_dim": settings["w_dim"],
            "img_resolution": settings["resolution"],
            "img_channels": settings["image_channels"],
            "mapping_layers": settings["mapping_layers"],
            **({"channel_base": base[0], "channel_max": base[1]} if base else {}),
        }


def _structure(shapes: Shapes, sizes: list[int]) -> str | None:
    if any(f"synthesis.b{size}.skip.weight" in shapes for size in sizes):
        return "resnet"
    inner = [size for size in sizes[:-1] if any(name.startswith(f"synthesis.b{size}.torgb.") for name in shapes)]
    return ("skip" if inner else "orig") if len(sizes) > 1 else None


def _conv(settings: Settings, name: str, before: int, after: int, size: int, filters: Expected) -> dict[str, Expected]:
    tensors = {f"{name}.weight": Expected((after, before, 3, 3), NORMAL)}
    if settings["use_noise"]:
        tensors[f"{name}.noise_strength"] = Expected((), ZEROS)
        tensors[f"{name}.noise_const"] = Expected((size, size), NORMAL)
    return tensors | {
        f"{name}.bias": Expected((after,), ZEROS),
        f"{name}.resample_filter": filters,
        f"{name}.affine.weight": Expected((before, settings["w_dim"]), NORMAL),
        f"{name}.affine.bias": Expected((before,), ONES),
    }


def _rgb(settings: Settings, name: str, channels: int) -> dict[str, Expected]:
    return {
        f"{name}.weight": Expected((settings["image_channels"], channels, 1, 1), NORMAL),
        f"{name}.bias": Expected((settings["image_channels"],), ZEROS),
        f"{name}.affine.weight": Expected((channels, settings["w_dim"]), NORMAL),
        f"{name}.affine.bias": Expected((channels,), ONES),
    }
