"""All attributes of image files: landmarks, and where asked for hair and background. Knows files, no generator."""

import math
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ohlora.face.attributes.landmarks import LandmarkScorer, read_image, score_file


def score_files(paths: Iterable[Path], everything: bool) -> list[dict[str, Any]]:
    """One row an image: `file`, then raw values by attribute; None where a picture has no hair or no background.

    Args:
        everything: hair and background too, which needs torch.

    Raises:
        InputError: the sentence names the file: unreadable, not an image, no face, several faces.
        MissingError: torch or a model is missing.
    """
    paths = list(paths)
    for path in paths:
        if not path.is_file():
            read_image(path)  # says so, before seconds go into loading models
    with ExitStack() as stack:
        landmarks = stack.enter_context(LandmarkScorer())
        parser = None
        if everything:
            from ohlora.face.attributes.parsing import ParsingScorer

            parser = stack.enter_context(ParsingScorer())
        rows: list[dict[str, Any]] = []
        for path in paths:
            values = score_file(landmarks, path)
            if parser:
                values |= parser.measure(read_image(path))
            rows.append(
                {"file": str(path), **{name: None if math.isnan(value) else value for name, value in values.items()}}
            )
        return rows
