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
        blocks = numbers(shapes, r"layers\.(\d+)\.")
        mobile = self.name == "mobilestylegan" and blocks
        return shown(
            w_dim=vote(dim(shapes, name, 1) for name in styles),
            resolution=(8 << (max(blocks) + 1)) if mobile and max(blocks) < 12 else None,
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
