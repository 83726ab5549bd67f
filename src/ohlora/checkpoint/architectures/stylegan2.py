"""StyleGAN 2 under the names of rosinality (github.com/rosinality/stylegan2-pytorch, model.py).

`latent_avg` lies beside the generator, not in it, and training checkpoints have none: it is optional here. Without it
truncation has no centre; it is never made up in silence.
"""

from ohlora.checkpoint.architectures._base import (
    CHANNELS,
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
    Expected,
    Init,
    Setting,
    Settings,
    Shapes,
    blur,
    dim,
    numbers,
    resolutions,
    shown,
    vote,
)
from ohlora.errors import InputError

# channels(res) with channel_multiplier 1 (config E) are these; config F doubles those from 64 on.
_CONFIG_E = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128, 256: 64, 512: 32, 1024: 16}


def channels_of(resolution: int, multiplier: int) -> list[int]:
    """Channels of the original implementation for a `channel_multiplier`."""
    return [_CONFIG_E[res] * (multiplier if res >= 64 else 1) for res in resolutions(resolution)]


class StyleGAN2(Architecture):
    name = "stylegan2"
    origin = "rosinality"
    anchors = r"input\.input|conv1\.conv\.(weight|modulation\.weight)|convs\.\d+\.conv\.modulation\.weight|to_rgb1\.conv\.weight"
    known = r"style\.\d+\.(weight|bias)|input\.input|conv1\..*|convs\.\d+\..*|to_rgb1\..*|to_rgbs\.\d+\..*|noises\.noise_\d+|latent_avg"
    channel_rules = ("channel_base", "channel_max", "channel_multiplier")
    settings = {  # noqa: RUF012
        "resolution": RESOLUTION,
        "channels": CHANNELS,
        "z_dim": Z_DIM,
        "w_dim": W_DIM,
        "mapping_layers": MAPPING_LAYERS,
        "mapping_fmaps": MAPPING_FMAPS,
        "mapping_lr_mul": MAPPING_LR,
        "blur_taps": Setting("int", 4, ("blurs with {} taps", "블러 필터가 {}탭입니다")),
        "latent_avg_rows": Setting("int", 1, ("keeps {} rows of latent_avg", "latent_avg가 {}줄입니다")),
    }
    aliases = {  # noqa: RUF012
        "size": "resolution",
        "style_dim": "w_dim",
        "n_mlp": "mapping_layers",
        "lr_mlp": "mapping_lr_mul",
    }

    def infer(self, shapes: Shapes, given: Settings) -> Settings:
        convs = numbers(shapes, r"convs\.(\d+)\.") | {2 * n + 1 for n in numbers(shapes, r"to_rgbs\.(\d+)\.")}
        blocks = max(convs) // 2 + 2 if convs else 0
        styles = sorted(numbers(shapes, r"style\.(\d+)\."))
        inner = [dim(shapes, f"style.{n}.weight", 0) for n in styles[:-1]]
        average = shapes.get("latent_avg")
        modulations = [name for name in shapes if name.endswith("conv.modulation.weight")]
        return shown(
            resolution=4 << (blocks - 1) if 0 < blocks < 16 else None,
            channels=self._channels(shapes, blocks),
            z_dim=dim(shapes, "style.1.weight", 1),
            w_dim=vote(dim(shapes, name, 1) for name in modulations),
            mapping_layers=styles[-1] if styles else None,
            mapping_fmaps=vote(inner) or (dim(shapes, f"style.{styles[-1]}.weight", 0) if styles else None),
            blur_taps=vote(dim(shapes, f"convs.{n}.conv.blur.kernel", 0) for n in sorted(convs)[::2]),
            latent_avg_rows=None if not average else (0 if len(average) == 1 else average[0]),
        )

    @staticmethod
    def _multiplier(channels: list[int] | None) -> int | None:
        fits = [
            m for m in (1, 2, 4) if channels and len(channels) <= 9 and channels == channels_of(2 << len(channels), m)
        ]
        return max(fits) if fits else None

    @staticmethod
    def _channels(shapes: Shapes, blocks: int) -> list[int] | None:
        channels: list[int] = []
        for block in range(blocks):
            last = "conv1" if block == 0 else f"convs.{2 * block - 1}"
            rgb = "to_rgb1" if block == 0 else f"to_rgbs.{block - 1}"
            votes = [dim(shapes, f"{last}.conv.weight", 1), dim(shapes, f"{last}.conv.weight", 2)]
            votes += [dim(shapes, f"{last}.activate.bias", 0), dim(shapes, f"{last}.conv.modulation.bias", 0)]
            votes += [dim(shapes, f"{rgb}.conv.weight", 2), dim(shapes, f"{rgb}.conv.modulation.bias", 0)]
            votes += [dim(shapes, f"convs.{2 * block}.conv.weight", 2)]
            if block:
                votes += [dim(shapes, f"convs.{2 * block - 2}.activate.bias", 0)]
            count = vote(votes) or (channels[-1] if channels else None)
            if count is None:
                return None
            channels.append(count)
        return channels or None

    def complete(self, shapes: Shapes, given: Settings, told: Settings | None = None) -> Settings:
        given = dict(given)
        multiplier = given.pop("channel_multiplier", None)
        settings = super().complete(shapes, given, told)
        if multiplier:
            settings["channels"] = channels_of(settings["resolution"], multiplier)
        layers = 2 * len(settings["channels"])
        if settings["latent_avg_rows"] not in (0, 1, layers):
            rows = settings["latent_avg_rows"]
            raise InputError(
                f"`latent_avg` has {rows} rows; it has one, or one a layer ({layers}).",
                f"`latent_avg`가 {rows}줄입니다. 한 줄이거나 층마다 한 줄({layers})이어야 합니다.",
            )
        return settings

    def expected(self, settings: Settings) -> dict[str, Expected]:
        w_dim, channels, taps = settings["w_dim"], settings["channels"], settings["blur_taps"]
        sizes = resolutions(settings["resolution"])
        tensors = {}
        width, count = settings["z_dim"], settings["mapping_layers"]
        for n in range(1, count + 1):
            out = w_dim if n == count else settings["mapping_fmaps"]
            tensors[f"style.{n}.weight"] = Expected((out, width), Init("normal", 1 / settings["mapping_lr_mul"]))
            tensors[f"style.{n}.bias"] = Expected((out,), ZEROS)
            width = out
        tensors["input.input"] = Expected((1, channels[0], 4, 4), NORMAL)
        tensors |= _conv("conv1", channels[0], channels[0], w_dim)
        tensors |= _rgb("to_rgb1", channels[0], w_dim)
        for block in range(1, len(sizes)):
            first, second = f"convs.{2 * block - 2}", f"convs.{2 * block - 1}"
            tensors |= _conv(first, channels[block - 1], channels[block], w_dim)
            tensors[f"{first}.conv.blur.kernel"] = Expected((taps, taps), blur(taps, 4.0))
            tensors |= _conv(second, channels[block], channels[block], w_dim)
            tensors |= _rgb(f"to_rgbs.{block - 1}", channels[block], w_dim)
            tensors[f"to_rgbs.{block - 1}.upsample.kernel"] = Expected((taps, taps), blur(taps, 4.0))
        for n in range(2 * len(sizes) - 1):
            size = sizes[(n + 1) // 2]
            tensors[f"noises.noise_{n}"] = Expected((1, 1, size, size), NORMAL)
        rows = settings["latent_avg_rows"]
        tensors["latent_avg"] = Expected((rows, w_dim) if rows else (w_dim,), MEAN_W, optional=True)
        return tensors

    def constructor(self, settings: Settings) -> Settings:
        sizes = resolutions(settings["resolution"])
        multiplier = self._multiplier(settings["channels"])
        return {
            "size": settings["resolution"],
            "style_dim": settings["w_dim"],
            "n_mlp": settings["mapping_layers"],
            **({"channel_multiplier": multiplier} if multiplier else {}),
            "channels": dict(zip(map(str, sizes), settings["channels"], strict=True)),
        }


def _conv(name: str, before: int, after: int, w_dim: int) -> dict[str, Expected]:
    return {
        f"{name}.conv.weight": Expected((1, after, before, 3, 3), NORMAL),
        f"{name}.conv.modulation.weight": Expected((before, w_dim), NORMAL),
        f"{name}.conv.modulation.bias": Expected((before,), ONES),
        f"{name}.noise.weight": Expected((1,), ZEROS),
        f"{name}.activate.bias": Expected((after,), ZEROS),
    }


def _rgb(name: str, channels: int, w_dim: int) -> dict[str, Expected]:
    return {
        f"{name}.bias": Expected((1, 3, 1, 1), ZEROS),
        f"{name}.conv.weight": Expected((1, 3, channels, 1, 1), NORMAL),
        f"{name}.conv.modulation.weight": Expected((channels, w_dim), NORMAL),
        f"{name}.conv.modulation.bias": Expected((channels,), ONES),
    }
