"""Expression by folds: it runs through on a few rows, goes on after an interrupt, and never mixes two files' figures."""

from pathlib import Path
from typing import Any

import pytest

from ohlora.errors import InputError

torch = pytest.importorskip("torch", reason="needs the extra train")

from ohlora.language.evaluation import folds  # noqa: E402

from . import models  # noqa: E402
from .test_training_own import LABELS, WORDS  # noqa: E402

HEADER = "data_type,input_data,output_message,memory,summary,eyes_mouth_pose,eyes,mouth,pose"


def _rows(path: Path, said: str) -> Path:
    """Forty rows whose labels follow from the reply's first word, but for one in eight."""
    lines = [HEADER]
    for number in range(40):
        eyes, mouth, pose = LABELS[(number + (number % 8 == 7)) % 3]
        lines.append(f"train,{said} {number},{WORDS[number % 3]} {number},,,,{eyes},{mouth},{pose}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_interrupted_it_goes_on_and_other_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, rows = models.model_folder(tmp_path / "model", "llama"), _rows(tmp_path / "rows.csv", "질문")
    told: dict[str, Any] = {"model": str(model), "folds": 2, "epochs": 1}
    whole = folds.evaluate(rows, out=tmp_path / "whole", **told)
    assert (whole["n"], whole["folds"], whole["attributes"]) == (40, 2, ["eyes", "mouth", "pose"])
    assert sum(sum(named.values()) for named in whole["confusion"]["eyes"].values()) == 40
    assert set(whole["accuracy"]) == {"eyes", "mouth", "pose", "all"}

    judge, trained = folds.judge, []

    def stopped(*given: Any, **more: Any) -> None:
        trained.append(given[5].name)
        if len(trained) == 2:
            raise KeyboardInterrupt
        judge(*given, **more)

    monkeypatch.setattr(folds, "judge", stopped)
    with pytest.raises(KeyboardInterrupt):
        folds.evaluate(rows, out=tmp_path / "cut", **told)
    again = folds.evaluate(rows, out=tmp_path / "cut", **told)
    assert trained == ["fold-0", "fold-1", "fold-1"], "the first is not trained twice"
    assert again == whole

    for other, more in ((_rows(tmp_path / "other.csv", "다른 질문"), {}), (rows, {"seed": 1})):
        with pytest.raises(InputError, match="other rows, settings or another model"):
            folds.evaluate(other, out=tmp_path / "cut", **told | more)
