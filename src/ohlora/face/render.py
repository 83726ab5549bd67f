"""One picture of one face with asked scores, in a closed loop, and the picture's file. Knows no command line."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from ohlora import __version__
from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.directions.calibration import solve
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import SIZE, latents_w
from ohlora.face.generator import Generator
from ohlora.face.persona_face import PersonaFace, check_scores
from ohlora.face.pixels import draw, turned
from ohlora.files import write_asked

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")

SYNTHETIC = "Synthetic face drawn by a generative model. It shows no living person."

# How the press marks pictures made by a model: IPTC Photo Metadata Standard, "Digital Source Type".
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Rendered:
    """A drawn face (size, size, 3) uint8, its latent w+ (num_ws, w_dim), and its scores in σ ({} if not measurable).

    tilt: degrees, counter-clockwise, by which the picture of the latent was turned, so that the head leans as at rest.
    """

    rgb: NDArray[np.uint8]
    w: NDArray[np.float32]
    measured: dict[str, float]
    tilt: float = 0.0


def face_of_seed(
    generator: Generator, scorer: LandmarkScorer, directions: Directions, seed: int, row: int, psi: float
) -> PersonaFace:
    """The face of (seed, row) with its own scores measured; `base` is empty if there is not exactly one face to measure."""
    wplus = generator.truncate(latents_w(generator, seed, [row], psi), 1.0)[0]
    return PersonaFace(wplus, _measured(generator, scorer, directions, wplus, SIZE), directions)


def render(
    generator: Generator, scorer: LandmarkScorer, face: PersonaFace, asked: Mapping[str, float], size: int
) -> Rendered:
    """Draws a face so that asked absolute scores are what is measured; attributes not asked for keep the face's own.

    The search draws at 512² whatever `size` is, so every size shows the same latent. No direction holds the roll: the
    picture that was found is turned back by as much as the head was measured to lean.

    Raises:
        InputError: an attribute without a direction, a score that is not finite, or scores asked of a face that cannot
            be measured.
    """
    check_scores(asked, face.directions)
    w, tilt = face.w, 0.0
    if asked:
        if not face.base:
            raise InputError(
                "this latent shows no single face that could be measured, so no score can be asked of it; take another seed",
                "이 잠재 벡터에는 측정할 얼굴이 하나로 보이지 않아 점수를 지정할 수 없습니다. 다른 시드를 쓰세요",
            )
        target = {name: asked.get(name, face.base[name]) for name in face.directions.names}
        start = face.steps(asked)
        found = solve(
            generator,
            scorer,
            w,
            face.directions,
            target,
            start=np.array([start.get(name, 0.0) for name in face.directions.names]),
        )
        w = face.directions.move(w[None], dict(zip(face.directions.names, found.steps, strict=True)))[0]
        tilt = (face.base["roll"] - found.scores["roll"]) * face.directions.std["roll"]
    rgb = turned(draw(generator, w, size), tilt)
    return Rendered(rgb, w, _scores(scorer, face.directions, rgb), tilt)


def save_picture(path: Path, rgb: NDArray[np.uint8], title: str) -> str:
    """Writes a picture as PNG, JPEG or WebP by its ending, marked as synthetic; returns the file's SHA-256.

    Equal pixels give equal bytes: no time, no place is written.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    return write_asked(path, encoded(path, rgb, title))


def check_ending(path: Path) -> None:
    """Raises InputError unless pictures can be written as such a file."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(
            f"{path}: the ending must be one of {', '.join(ENDINGS)}",
            f"{path}: 확장자는 {', '.join(ENDINGS)} 가운데 하나여야 합니다",
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file with -o", f"{path}은(는) 폴더입니다. -o로 파일을 지정하세요")


def encoded(path: Path, rgb: NDArray[np.uint8], title: str) -> bytes:
    """A picture as the bytes of the file that `path`'s ending names, marked as synthetic.

    Raises:
        InputError: another ending.
    """
    check_ending(path)
    file, image, ending = io.BytesIO(), Image.fromarray(rgb), path.suffix.lower()
    if ending == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Title", title)
        info.add_text("Software", f"Oh-LoRA {__version__}")
        info.add_text("Description", SYNTHETIC)
        info.add_itxt("XML:com.adobe.xmp", XMP)
        image.save(file, "PNG", pnginfo=info, compress_level=6)
    else:
        options: dict[str, Any] = {"quality": 92, "xmp": XMP.encode()}
        image.save(file, "WEBP" if ending == ".webp" else "JPEG", **options)
    return file.getvalue()


def _measured(
    generator: Generator, scorer: LandmarkScorer, directions: Directions, w: NDArray, size: int
) -> dict[str, float]:
    return _scores(scorer, directions, draw(generator, w, size))


def _scores(scorer: LandmarkScorer, directions: Directions, rgb: NDArray[np.uint8]) -> dict[str, float]:
    try:
        return directions.scores(scorer.measure(rgb))
    except InputError:
        return {}
