"""Chromium for measurements, tests and pictures of the page: where it is, and with which flags it is started.

Knows nothing of what is opened in it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ohlora.errors import MissingError

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """Path of the installed Chromium or Chrome.

    Raises:
        MissingError: there is none; the sentence says how to install it.
    """
    for name in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise MissingError(
        "no Chromium was found (chromium or google-chrome on the PATH); run: apt-get install chromium fonts-noto-cjk",
        "Chromium을 찾지 못했습니다(PATH의 chromium 또는 google-chrome). 실행하세요: apt-get install chromium fonts-noto-cjk",
    )


@contextmanager
def chromium(flags: list[str] | None = None) -> Iterator[Any]:
    """A headless browser (playwright's `Browser`), closed in the end.

    Raises:
        MissingError: playwright or Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MissingError(
            "this needs playwright; run: pip install 'ohlora[dev]'",
            "playwright가 필요합니다. 실행하세요: pip install 'ohlora[dev]'",
        ) from error
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *(flags or [])])
        try:
            yield browser
        finally:
            browser.close()
