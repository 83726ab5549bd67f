"""Data folders of the test's own, the command line in this process, and a small person to send about."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ohlora import cli, personas
from ohlora.personas import Persona, archive


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Done]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path / "here"))
    return tmp_path / "here"


@pytest.fixture
def call(data: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """`ohlora …` without the start of a process."""

    def called(*arguments: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(one) for one in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Done(int(ended.value.code or 0), told.out, told.err)

    return called


@pytest.fixture
def bom(data: Path) -> Persona:
    """A person with every part, but for the dialogues and the larger adapter of the shipped one."""
    folder, shipped = data / "personas" / "bom", personas.find("ohlora")
    (folder / "dialogue").mkdir(parents=True)
    (folder / "adapters").mkdir()
    for name in ("face", "directions", "calibration"):
        for ending in ("json", "safetensors"):
            shutil.copy(shipped / f"{name}.{ending}", folder)
    shutil.copy(shipped / "adapters" / "memory.gguf", folder / "adapters")
    shutil.copy(shipped / "dialogue" / "limits.jsonl", folder / "dialogue")
    shutil.copy(shipped / "NOTICE", folder)
    (folder / "card.json").write_text(card(description="{{char}}: 봄에 태어난 AI."), encoding="utf-8")
    return personas.load("bom")


def card(**texts: Any) -> str:
    told = {"name": "봄이", "description": "봄에 태어났다.", "creator": "나", **texts}
    return json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": told}, ensure_ascii=False)


@pytest.fixture
def packed(bom: Persona, tmp_path: Path) -> Path:
    """The person as one file."""
    return archive.write(bom, tmp_path / "bom.zip").file
