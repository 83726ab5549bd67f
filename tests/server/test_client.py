"""The client of the documentation, run as a reader would, against a server."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .conftest import Running
from .fakes import LABELS, WORDS
from .pictures import grey

CLIENT = Path(__file__).parents[2] / "docs" / "client.py"
TOKEN = "a-token-of-some-length"


def test_the_client_of_the_documentation_talks_with_her(start: Callable[..., Running], tmp_path: Path) -> None:
    assert len(CLIENT.read_text(encoding="utf-8").splitlines()) <= 34
    server = start(token=TOKEN)
    server.home.face.image = lambda _: grey(90)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", CLIENT, f"http://{server.host}/?token={TOKEN}"],
        input="안녕?\ndown\n\n",
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "state: idle"
    assert lines[1] == "안녕!"
    assert lines[2] == f"> {''.join(WORDS)} {LABELS}"
    assert lines[3] == ">  the language server does not answer"
    assert server.home.speaker.heard == ["안녕?", "down"]
    assert (tmp_path / "her.jpg").read_bytes() == grey(90)
