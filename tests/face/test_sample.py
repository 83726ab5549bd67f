"""Sampling: rows that depend on nothing but seed and number, folders that survive anything and refuse what is not theirs."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import arro3.io
import numpy as np
import pytest
from filelock import FileLock

from ohlora.errors import InputError
from ohlora.face.directions import sampling
from ohlora.face.directions.sampling import latents_w, load_sample, sample
from ohlora.face.mobile_stylegan import MobileStyleGAN


class FakeGenerator:
    """Another generator at the edge: only its name and fingerprint are looked at."""

    name = "another"

    def fingerprint(self) -> str:
        return "0" * 64


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "CHUNK", 4)


@pytest.fixture(scope="module")
def ten(generator: MobileStyleGAN, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "ten"
    whole = sampling.CHUNK
    sampling.CHUNK = 4
    try:
        assert sample(folder, generator, 10, 5) == {
            "count": 10,
            "seconds": pytest.approx(0, abs=1000),
            "lost": 0,
            "directory": str(folder),
        }
    finally:
        sampling.CHUNK = whole
    return folder


def digest(folder: Path) -> str:
    """Of all names and bytes in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()


def copy(folder: Path, to: Path) -> Path:
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_rows_are_what_seed_and_number_say(ten: Path, generator: MobileStyleGAN) -> None:
    got = load_sample(ten, generator)
    assert got.rows.tolist() == list(range(10))
    assert np.array_equal(got.w, latents_w(generator, 5, range(10)))
    assert np.array_equal(got.w[7], latents_w(generator, 5, [7])[0])
    assert not np.array_equal(got.w[7], latents_w(generator, 6, [7])[0])
    assert got.values.shape == (10, 6)
    assert got.manifest.psi == 0.7
    assert got.manifest.fingerprint == generator.fingerprint()


def test_chunks_are_parquet_that_others_read(ten: Path) -> None:
    table = arro3.io.read_parquet(ten / "rows-00000004.parquet").read_all()
    assert table.column_names == ["row", "z", "w", "eyes", "mouth", "yaw", "pitch", "roll", "smile"]
    assert table.column("row").to_pylist() == [4, 5, 6, 7]
    assert len(table.column("w").to_pylist()[0]) == 512


def test_cut_up_otherwise_gives_the_same_rows(
    ten: Path, generator: MobileStyleGAN, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "CHUNK", 7)
    sample(tmp_path / "other", generator, 10, 5)
    assert np.array_equal(load_sample(tmp_path / "other").values, load_sample_in_chunks_of(4, ten, monkeypatch).values)


def load_sample_in_chunks_of(rows: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> sampling.Sample:
    monkeypatch.setattr(sampling, "CHUNK", rows)
    return load_sample(folder)


def test_fewer_first_and_more_later_is_the_same_folder(ten: Path, generator: MobileStyleGAN, tmp_path: Path) -> None:
    folder = tmp_path / "grown"
    sample(folder, generator, 6, 5)
    sample(folder, generator, 10, 5)
    assert digest(folder) == digest(ten)
    assert sample(folder, generator, 3, 5)["count"] == 10


def test_killed_with_9_and_started_again_ends_in_the_same_bytes(ten: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    code = (
        "import sys; from pathlib import Path\n"
        "from ohlora.face import mobile_stylegan\n"
        "from ohlora.face.directions import sampling\n"
        "sampling.CHUNK = 4\n"
        "sampling.sample(Path(sys.argv[1]), mobile_stylegan.load('auto', 512), 10, 5)\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    running = subprocess.Popen(command)
    deadline = time.monotonic() + 120
    while not list(folder.glob("rows-00000000*")) and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.005)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert 1 <= len(list(folder.glob("*.parquet"))) < 3, "the kill came too early or too late to test anything"
    (folder / ".rows-00000004.parquet.abc.tmp").write_bytes(b"half")
    subprocess.run(command, check=True)
    assert digest(folder) == digest(ten)


def test_a_damaged_chunk_is_refused_by_readers_and_mended_by_sampling(
    ten: Path, generator: MobileStyleGAN, tmp_path: Path
) -> None:
    folder = copy(ten, tmp_path / "damaged")
    chunk = folder / "rows-00000004.parquet"
    chunk.write_bytes(chunk.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"rows-00000004\.parquet is missing, cut short or changed"):
        load_sample(folder)
    sample(folder, generator, 10, 5)
    assert digest(folder) == digest(ten)


def test_unfinished_and_edited_folders_are_refused(ten: Path, tmp_path: Path) -> None:
    unfinished = copy(ten, tmp_path / "unfinished")
    edit(unfinished, count=20)
    with pytest.raises(InputError, match="holds 10 of 20 faces; finish it with: ohlora face sample"):
        load_sample(unfinished)
    for number, changes in enumerate(({"format": "x"}, {"chunks": {"rows-00000001.parquet": {}}}, {"count": "ten"})):
        broken = copy(ten, tmp_path / f"broken{number}")
        edit(broken, **changes)
        with pytest.raises(InputError, match="damaged or was edited"):
            load_sample(broken)
    with pytest.raises(InputError, match="not a sample folder"):
        load_sample(tmp_path / "nowhere")


def test_values_that_are_not_finite_are_refused(ten: Path, tmp_path: Path) -> None:
    folder = copy(ten, tmp_path / "nan")
    got = load_sample(ten)
    w = got.w[:4].copy()
    w[2, 100] = np.nan
    chunk = folder / "rows-00000000.parquet"
    chunk.write_bytes(sampling._parquet(got.rows[:4], got.z[:4], w, got.values[:4]))
    chunks = json.loads((folder / "manifest.json").read_text())["chunks"]
    chunks[chunk.name]["sha256"] = hashlib.sha256(chunk.read_bytes()).hexdigest()
    edit(folder, chunks=chunks)
    with pytest.raises(InputError, match="w values that are not finite"):
        load_sample(folder)


def test_folders_of_another_run_are_refused(ten: Path, generator: MobileStyleGAN, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sampled with seed 5, not 6"):
        sample(ten, generator, 10, 6)
    with pytest.raises(InputError, match="generator"):
        load_sample(ten, FakeGenerator())  # type: ignore[arg-type]
    old = copy(ten, tmp_path / "old")
    edit(old, versions={"ohlora": "0.0.1"})
    with pytest.raises(InputError, match=r"begun with ohlora 0\.0\.1"):
        sample(old, generator, 10, 5)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        sample(mine, generator, 10, 5)
    with pytest.raises(InputError, match="at least 1"):
        sample(tmp_path / "none", generator, 0, 5)
    with FileLock(ten / ".lock"), pytest.raises(InputError, match="another process is sampling"):
        sample(ten, generator, 10, 5)
