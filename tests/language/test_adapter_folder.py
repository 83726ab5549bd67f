"""What is no adapter is refused in one sentence, before a model is read; so are a run's settings and its place."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

from ohlora.cli.language import language
from ohlora.errors import InputError
from ohlora.language import adapter_folder, exporting, training
from ohlora.language.training import Settings

CONFIG = json.dumps({"r": 4, "lora_alpha": 8})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ab = {"a.lora_A.weight": np.zeros((4, 8), np.float32), "a.lora_B.weight": np.zeros((8, 4), np.float32)}
    save_file(ab, tmp_path / adapter_folder.WEIGHTS)
    (tmp_path / adapter_folder.CONFIG).write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[" * 100_000, "{}", '{"r": 4}', '{"r": 0, "lora_alpha": 8}', '{"r": 4, "lora_alpha": NaN}']
)
def test_a_damaged_configuration_is_named(folder: Path, text: str) -> None:
    adapter_folder.check_folder(folder)
    (folder / adapter_folder.CONFIG).write_text(text)
    with pytest.raises(InputError, match=r"adapter_config\.json is damaged; .*train again"):
        exporting.export(folder, "", folder / "out.gguf")


def test_damaged_weights_are_named(folder: Path) -> None:
    whole = (folder / adapter_folder.WEIGHTS).read_bytes()
    for raw in (b"", b"dear", whole[:-40], bytes(4000)):
        (folder / adapter_folder.WEIGHTS).write_bytes(raw)
        with pytest.raises(InputError, match=r"adapter_model\.safetensors is damaged"):
            exporting.verify(folder)
        with pytest.raises(InputError, match=r"adapter_model\.safetensors is damaged"):
            training.train(folder / "out", Settings(), persona="ohlora", start=folder)
    save_file({"a.lora_A.weight": np.zeros(4, np.float32)}, folder / adapter_folder.WEIGHTS)
    with pytest.raises(InputError, match="is damaged"):
        adapter_folder.check_folder(folder)
    assert not (folder / "out").exists()


def test_a_place_that_cannot_be_written_is_refused_before_the_work(folder: Path) -> None:
    config = folder / adapter_folder.CONFIG
    for work in (
        lambda: exporting.export(folder, "", config / "out.gguf"),
        lambda: training.train(config, Settings(), persona="ohlora"),
    ):
        with pytest.raises(InputError, match=r"cannot write into .*Not a directory"):
            work()
    for option in ("--report", "-o"):
        done = CliRunner().invoke(language, ["evaluate", "--task", "reply", option, str(config)])
        assert isinstance(done.exception, InputError)
        assert "cannot write into" in done.exception.en


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layers_from", -1), ("memos", -1), ("shown", -2), ("validate_every", -1), ("valid_rows", -1), ("patience", -1),
        ("learning_rate", float("inf")), ("learning_rate", float("nan")), ("seed", -1), ("seed", 2**32), ("alpha", 0),
        ("rank", -1), ("dropout", float("nan")),
    ],
)  # fmt: skip
def test_settings_out_of_bounds_name_the_option(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"^--{name.replace('_', '-')} {value} cannot be; allowed: "):
        Settings(**{name: value})


@pytest.mark.parametrize("arguments", [["train", "--threads", "0"], ["evaluate", "--task", "reply", "--rows", "-3"]])
def test_counts_below_one_are_refused(arguments: list[str]) -> None:
    done = CliRunner().invoke(language, [*arguments, "-o", "out"])
    assert done.exit_code == 2
    assert "is not in the range x>=1" in done.output


def test_an_alpha_of_zero_is_not_the_default(tmp_path: Path) -> None:
    done = CliRunner().invoke(language, ["train", "--persona", "ohlora", "--alpha", "0", "-o", str(tmp_path / "out")])
    assert isinstance(done.exception, InputError)
    assert "--alpha 0 cannot be" in done.exception.en
    assert not (tmp_path / "out").exists()
