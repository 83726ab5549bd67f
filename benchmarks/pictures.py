"""The pictures of the READMEs, taken anew: her page while she answers, and her face moved one thing at a time.

    python benchmarks/pictures.py docs/images

`page.png` is the real page in Chromium in front of a real server; `expressions.jpg` is drawn by `ohlora.face`.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from ohlora import personas
from ohlora.bench._browser import chromium
from ohlora.bench._served import served
from ohlora.face import mobile_stylegan
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.persona_face import load_face
from ohlora.face.render import render

SAID = ("안녕, 너는 누구야?", "나 오늘 드디어 합격했어!")
MOVED: tuple[tuple[str, dict[str, float]], ...] = (
    ("resting", {}),
    ("eyes +1.5 σ", {"eyes": 1.5}),
    ("eyes closed", {"eyes": -4.6}),
    ("mouth +2.2 σ", {"mouth": 2.2}),
    ("yaw −1.8 σ", {"yaw": -1.8}),
    ("yaw +1.8 σ", {"yaw": 1.8}),
    ("smile −1.3 σ", {"smile": -1.3}),
    ("smile +1.0 σ", {"smile": 1.0}),
)
SIDE, CAPTION, COLUMNS = 320, 34, 4


def page(path: Path) -> None:
    """Says `SAID` the way a user does and takes the picture while her face answers the last one."""
    with chromium() as browser, served() as server:
        server.wait_until_loaded()
        context = browser.new_context(
            viewport={"width": 1280, "height": 720}, locale="ko-KR", color_scheme="light", device_scale_factor=1.5
        )
        context.add_init_script("localStorage.setItem('ohlora.noted', '1')")
        tab = context.new_page()
        tab.goto(server.address)
        _wait(tab, "window.ohlora.counters.drawn > 5")
        for number, text in enumerate(SAID, 1):
            tab.fill("#message", text)
            tab.press("#message", "Enter")
            _wait(tab, f"document.querySelectorAll('.group .foot .mood').length >= {number}")
            time.sleep(1.5)  # the expression is reached by a curve
        tab.screenshot(path=path)


def _wait(tab: Any, condition: str) -> None:
    # The page's policy forbids evaluating strings in it, so the condition is asked for from outside.
    end = time.monotonic() + 120
    while not tab.evaluate(condition):
        if time.monotonic() > end:
            raise SystemExit(f"the page did not get on within 120 s: {condition}")
        time.sleep(0.1)


def expressions(path: Path) -> None:
    """Her face with each of `MOVED`, in a closed loop, in two rows with captions."""
    generator = mobile_stylegan.load("f32", 512)
    face = load_face(personas.find(personas.DEFAULT), generator)
    font = ImageFont.truetype(findfont("DejaVu Sans"), 16)  # knows σ; comes with matplotlib
    rows = -(-len(MOVED) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * (SIDE + CAPTION)), "white")
    pen = ImageDraw.Draw(sheet)
    with LandmarkScorer() as scorer:
        for number, (caption, asked) in enumerate(MOVED):
            drawn: np.ndarray = render(generator, scorer, face, asked, 512).rgb
            x, y = number % COLUMNS * SIDE, number // COLUMNS * (SIDE + CAPTION)
            sheet.paste(Image.fromarray(drawn).resize((SIDE, SIDE), Image.Resampling.LANCZOS), (x, y))
            pen.text((x + SIDE / 2, y + SIDE + CAPTION / 2), caption, fill="#333333", font=font, anchor="mm")
    sheet.save(path, quality=88)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    expressions(folder / "expressions.jpg")
    page(folder / "page.png")


if __name__ == "__main__":
    main()
