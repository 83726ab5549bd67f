"""Generators that are recognised by their names so that `inspect` can say what a file is, but that are not run here."""

import re
from dataclasses import dataclass

from ohlora.checkpoint.architectures._base import Settings, Shapes, dim, numbers, shown, vote


@dataclass(frozen=True)
class Recognised:
    """A family known by name only.

    Attributes:
        anchors: a regular expression of names that only this family has, without any prefix.
        advice: what to do with such a file, in English and Korean.
    """

    name: str
    anchors: str
    advice: tuple[str, str]

    def infer(self, shapes: Shapes) -> Settings:
        """The few settings worth showing."""
        styles = [name for name in shapes if re.search(r"\.(modulation|affine)\.weight$", name)]
        w_dim = vote(dim(shapes, name, 1) for name in styles)
        if self.name == "stylegan3":
            return _stylegan3(shapes, w_dim)
        blocks = numbers(shapes, r"layers\.(\d+)\.")
        return shown(w_dim=w_dim, resolution=(8 << (max(blocks) + 1)) if blocks and max(blocks) < 12 else None)


def _stylegan3(shapes: Shapes, w_dim: int | None) -> Settings:
    """Layers are named L<number>_<size>_<channels>; the last makes the image."""
    named = (re.fullmatch(r"synthesis\.L(\d{1,4})_(\d{1,5})_(\d{1,5})\.weight", name) for name in shapes)
    layers = sorted(tuple(map(int, found.groups())) for found in named if found)
    embed, taken = dim(shapes, "mapping.embed.weight", 0), dim(shapes, "mapping.fc0.weight", 1)
    return shown(
        resolution=layers[-1][1] if layers else None,
        z_dim=taken - (embed or 0) if taken else None,
        w_dim=w_dim,
        label_size=dim(shapes, "mapping.embed.weight", 1) or 0,
        mapping_layers=len(numbers(shapes, r"mapping\.fc(\d+)\.")) or None,
        layers=layers[-1][0] if layers else None,
        image_channels=layers[-1][2] if layers else None,
    )


RECOGNISED = (
    Recognised(
        "mobilestylegan",
        r"(synthesis_net\.|student\.)?(to_img1\.|layers\.\d+\.(up|conv1|conv2|to_img)\.)",
        (
            "mobilestylegan runs from its OpenVINO form: ohlora models pull mobilestylegan-ffhq",
            "mobilestylegan은 OpenVINO 형식으로 씁니다: ohlora models pull mobilestylegan-ffhq",
        ),
    ),
    Recognised(
        "stylegan3",
        r"synthesis\.(input\.(freqs|phases|transform|weight|affine\.weight)|L\d+_\d+_\d+\..*)",
        (
            "stylegan3 is read but not run here; stylegan1, stylegan2 and stylegan2-ada are",
            "stylegan3은 읽기만 하고 실행하지 않습니다. stylegan1, stylegan2, stylegan2-ada를 쓸 수 있습니다",
        ),
    ),
)
