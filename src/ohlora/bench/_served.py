"""A real server in a process of its own, for measurements, tests and pictures of the page. Knows only its command line."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ohlora.errors import CheckFailed

_START_S = 60.0
_LOADING_S = 300.0
_ANSWER_S = 10.0
_TOLD = 80  # lines of what a silent server's threads do


@dataclass
class Served:
    """A server that has printed its `address` (with the token, where there is one).

    `data` is the folder its conversations lie in, `complaints` what it says on standard error.
    """

    process: subprocess.Popen[str]
    address: str
    data: Path
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address without the token."""
        return self.address.partition("?")[0]

    @property
    def token(self) -> str:
        """The token, as it is; empty where there is none."""
        return unquote(self.address.partition("?token=")[2])

    def status(self) -> dict[str, Any]:
        """`GET /api/status`.

        Raises:
            CheckFailed: it does not answer; the sentence tells where each of its threads was. It is ended.
        """
        # No proxy of the environment between this process and its own child.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        asked = urllib.request.Request(f"{self.url}api/status", headers=headers)
        try:
            with opener.open(asked, timeout=_ANSWER_S) as answer:
                return dict(json.load(answer))
        except (TimeoutError, urllib.error.URLError) as error:
            if not isinstance(getattr(error, "reason", error), TimeoutError):
                raise
            raise self._silent() from None

    def _silent(self) -> CheckFailed:
        """Its threads' stacks: the interpreter's own handler of SIGABRT writes them, whoever holds the lock."""
        self.complaints.clear()
        self.process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_ANSWER_S)
        time.sleep(0.5)  # for the reader of what it wrote
        where = "\n".join(self.complaints[:_TOLD])
        return CheckFailed(
            f"the server has not answered for {_ANSWER_S:g} s; its threads were at:\n{where}",
            f"서버가 {_ANSWER_S:g}초 동안 대답하지 않았습니다. 스레드의 위치:\n{where}",
        )

    def wait_until_loaded(self) -> None:
        """Until words and face are there.

        Raises:
            CheckFailed: a part could not be loaded; the sentence is the server's own.
        """
        end = time.monotonic() + _LOADING_S
        while time.monotonic() < end:
            parts = self.status()["parts"].values()
            for error in (part["error"] for part in parts):
                if error:
                    raise CheckFailed(error["en"], error["ko"])
            if all(part["ready"] for part in parts):
                return
            time.sleep(0.1)
        raise CheckFailed(
            f"the server was not loaded within {_LOADING_S:.0f} s",
            f"서버가 {_LOADING_S:.0f}초 안에 준비되지 않았습니다",
        )


@contextmanager
def served(
    arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None, data: Path | None = None
) -> Iterator[Served]:
    """`ohlora serve` on a free port, ended in the end.

    Args:
        arguments: further options of the command.
        environment: further variables.
        data: where conversations are kept; a folder that is removed in the end by default.

    Raises:
        CheckFailed: it ended before it printed an address; the sentence is its last line.
    """
    with tempfile.TemporaryDirectory(prefix="ohlora-served-") as temporary:
        place = data or Path(temporary)
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "ohlora", "serve", "--port", "0", "--no-browser", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OHLORA_DATA": str(place), "OHLORA_LANG": "en", **(environment or {})},
        )
        complaints: list[str] = []
        listener = threading.Thread(target=_collect, args=(process, complaints), daemon=True)
        listener.start()
        try:
            yield Served(process, _address(process, complaints), place, complaints)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            listener.join(5)


def _address(process: subprocess.Popen[str], complaints: list[str]) -> str:
    """The address it prints."""
    assert process.stdout
    watchdog = threading.Timer(_START_S, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if "http://" in line:
                return line.strip()
    finally:
        watchdog.cancel()
    process.wait()
    last = complaints[-1] if complaints else f"exit status {process.returncode}"
    raise CheckFailed(f"the server did not start: {last}", f"서버가 시작되지 않았습니다: {last}")


def _collect(process: subprocess.Popen[str], complaints: list[str]) -> None:
    """Reads standard error, so that the server never waits for a reader."""
    assert process.stderr
    with suppress(ValueError):
        for line in process.stderr:
            complaints.append(line.rstrip())
            del complaints[:-200]
