"""StyleGAN 1 under the names of genforce (github.com/genforce/genforce, models/stylegan_generator.py).

Labels come in two forms that differ only in `label_width`: the original embeds a label at the width of z, the
StyleGAN-FineTune-v1 form at the width of `mapping.label_weight` (16). Either way label × label_weight is appended to z
before pixel norm, so `dense0` takes z_dim + label_width numbers.
"""

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


class StyleGAN1(Architecture):
    name = "stylegan1"
    origin = "genforce"
    anchors = r"mapping\.label_weight|synthesis\.layer\d+\.(const|apply_noise\.weight)"
    known = (
        r"mapping\.(label_weight|dense\d+\.(weight|bias))|truncation\.w_avg|synthesis\.(lod|layer\d+\..*|output\d+\..*)"
    )
    channel_defaults = (16384, 512)
    settings = {  # noqa: RUF012
        "resolution": RESOLUTION,
        "channels": CHANNELS,
        "z_dim": Z_DIM,
        "w_dim": W_DIM,
        "label_size": LABEL_SIZE,
        "label_width": Setting("int", 0, ("embeds a label in {} numbers", "레이블을 {}차원으로 넣습니다")),
        "mapping_layers": MAPPING_LAYERS,
        "mapping_fmaps": MAPPING_FMAPS,
        "mapping_lr_mul": MAPPING_LR,
        "repeat_w": Setting("bool", True, ("has repeat_w {}", "repeat_w가 {}입니다")),
        "image_channels": IMAGE_CHANNELS,
        "const_input": Setting("bool", True, ("has const_input {}", "const_input이 {}입니다")),
        "noise_type": Setting("text", "spatial", ("has {} noise", "노이즈가 {}입니다"), ("spatial", "channel")),
        "fused_scale": Setting("text", "auto", ("", ""), ("auto", "true", "false")),
        "use_wscale": Setting("bool", True, ("", "")),
        "final_tanh": Setting("bool", False, ("", "")),
    }
    aliases = {  # noqa: RUF012
        "z_space_dim": "z_dim",
        "w_space_dim": "w_dim",
        "fmaps_base": "channel_base",
        "fmaps_max": "channel_max",
        "size": "resolution",
    }

    def infer(self, shapes: Shapes, given: Settings) -> Settings:
        layers = numbers(shapes, r"synthesis\.layer(\d+)\.") | {
            2 * n + 1 for n in numbers(shapes, r"synthesis\.output(\d+)\.")
        }
        blocks = max(layers) // 2 + 1 if layers else 0
        w_dim = vote(dim(shapes, f"synthesis.layer{n}.style.weight", 1) for n in sorted(layers))
        first_noise = shapes.get("synthesis.layer0.apply_noise.noise", (1, 1, 4, 4))
        average = dim(shapes, "truncation.w_avg", 0)
        return (
            self._infer_mapping(shapes, given, w_dim)
            | shown(
                resolution=4 << (blocks - 1) if 0 < blocks < 16 else None,
                channels=self._channels(shapes, blocks),
                w_dim=w_dim,
                repeat_w=None if None in (average, w_dim) else average == w_dim,
                image_channels=vote(dim(shapes, f"synthesis.output{b}.weight", 0) for b in range(blocks)),
                noise_type="channel" if first_noise[1:2] != (1,) else "spatial",
            )
            | ({"const_input": False} if "synthesis.layer0.weight" in shapes else {})
        )

    def _infer_mapping(self, shapes: Shapes, given: Settings, w_dim: int | None) -> Settings:
        dense = sorted(numbers(shapes, r"mapping\.dense(\d+)\."))
        inner = [dim(shapes, f"mapping.dense{n}.weight", 0) for n in dense[:-1]]
        inner += [dim(shapes, f"mapping.dense{n}.weight", 1) for n in dense if n > 0]
        taken = dim(shapes, "mapping.dense0.weight", 1)
        labels, width = dim(shapes, "mapping.label_weight", 0), dim(shapes, "mapping.label_weight", 1)
        if labels is None and given.get("label_size") and taken and w_dim and taken > w_dim:
            width = taken - w_dim  # the label's own tensor is missing: z is then as wide as w, as in every known file
        settings = shown(
            label_size=labels,
            label_width=width,
            mapping_layers=dense[-1] + 1 if dense else None,
            mapping_fmaps=vote(inner) or (w_dim if dense else None),
        )
        if taken is not None and taken > (width or 0):
            settings["z_dim"] = taken - (width or 0)
        return settings

    @staticmethod
    def _channels(shapes: Shapes, blocks: int) -> list[int] | None:
        channels: list[int] = []
        for block in range(blocks):
            votes = [dim(shapes, f"synthesis.output{block}.weight", 1)]
            for layer in (f"synthesis.layer{2 * block}", f"synthesis.layer{2 * block + 1}"):
                style = dim(shapes, f"{layer}.style.bias", 0)
                votes += [dim(shapes, f"{layer}.bias", 0), dim(shapes, f"{layer}.weight", 0), style and style // 2]
            votes += [dim(shapes, f"synthesis.layer{2 * block + 2}.weight", 1)]
            count = vote(votes) or (channels[-1] if channels else None)
            if count is None:
                return None
            channels.append(count)
        return channels or None

    def complete(self, shapes: Shapes, given: Settings, told: Settings | None = None) -> Settings:
        settings = super().complete(shapes, given, told)
        if settings["label_size"] == 0:
            settings["label_width"] = 0
        elif settings["label_width"] == 0:
            settings["label_width"] = settings["z_dim"]  # genforce's own form
        return settings

    def expected(self, settings: Settings) -> dict[str, Expected]:
        tensors = self._expected_mapping(settings)
        sizes = resolutions(settings["resolution"])
        layers, w_dim, channels = 2 * len(sizes), settings["w_dim"], settings["channels"]
        average = w_dim if settings["repeat_w"] else w_dim * layers
        tensors["truncation.w_avg"] = Expected((average,), MEAN_W)
        tensors["synthesis.lod"] = Expected((), ZEROS)
        for block, size in enumerate(sizes):
            before = channels[block - 1] if block else 0
            first, second = f"synthesis.layer{2 * block}", f"synthesis.layer{2 * block + 1}"
            tensors |= self._layer(settings, first, channels[block], size)
            if block:
                tensors[f"{first}.weight"] = Expected((channels[block], before, 3, 3), NORMAL)
                tensors[f"{first}.blur.kernel"] = Expected((channels[block], 1, 3, 3), blur(3))
            elif settings["const_input"]:
                tensors[f"{first}.const"] = Expected((1, channels[0], 4, 4), ONES)
            else:
                tensors[f"{first}.weight"] = Expected((channels[0], w_dim, 4, 4), NORMAL)
            tensors |= self._layer(settings, second, channels[block], size)
            tensors[f"{second}.weight"] = Expected((channels[block], channels[block], 3, 3), NORMAL)
            image = settings["image_channels"]
            tensors[f"synthesis.output{block}.weight"] = Expected((image, channels[block], 1, 1), NORMAL)
            tensors[f"synthesis.output{block}.bias"] = Expected((image,), ZEROS)
        return tensors

    @staticmethod
    def _expected_mapping(settings: Settings) -> dict[str, Expected]:
        tensors = {}
        width, count = settings["z_dim"] + settings["label_width"], settings["mapping_layers"]
        if settings["label_size"]:
            tensors["mapping.label_weight"] = Expected((settings["label_size"], settings["label_width"]), NORMAL)
        last = settings["w_dim"] * (1 if settings["repeat_w"] else 2 * len(resolutions(settings["resolution"])))
        for n in range(count):
            out = last if n == count - 1 else settings["mapping_fmaps"]
            scale = 1 / settings["mapping_lr_mul"]
            tensors[f"mapping.dense{n}.weight"] = Expected((out, width), Init("normal", scale))
            tensors[f"mapping.dense{n}.bias"] = Expected((out,), ZEROS)
            width = out
        return tensors

    @staticmethod
    def _layer(settings: Settings, name: str, channels: int, size: int) -> dict[str, Expected]:
        spatial = settings["noise_type"] == "spatial"
        return {
            f"{name}.bias": Expected((channels,), ZEROS),
            f"{name}.apply_noise.weight": Expected((channels,) if spatial else (size, size), ZEROS),
            f"{name}.apply_noise.noise": Expected((1, 1, size, size) if spatial else (1, channels, 1, 1), NORMAL),
            f"{name}.style.weight": Expected((2 * channels, settings["w_dim"]), NORMAL),
            f"{name}.style.bias": Expected((2 * channels,), ZEROS),
        }

    def constructor(self, settings: Settings) -> Settings:
        base = base_and_max(settings["channels"])
        return {
            "resolution": settings["resolution"],
            "z_space_dim": settings["z_dim"],
            "w_space_dim": settings["w_dim"],
            "label_size": settings["label_size"],
            "mapping_layers": settings["mapping_layers"],
            "mapping_fmaps": settings["mapping_fmaps"],
            **({"fmaps_base": base[0], "fmaps_max": base[1]} if base else {}),
        }
