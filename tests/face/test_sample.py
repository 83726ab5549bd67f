"""Sampling: rows that depend on nothing but seed and number, folders that survive anything and refuse what is not theirs."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import arro3.io
import numpy as np
import psutil
import pytest
from filelock import FileLock

from ohlora.errors import InputError, MissingError
from ohlora.face.attributes.parsing import ParsingScorer
from ohlora.face.directions import on_ray, sampling
from ohlora.face.directions.measuring import Job
from ohlora.face.directions.on_ray import Worker
from ohlora.face.directions.sampling import latents_w, load_sample, sample
from ohlora.face.mobile_stylegan import MobileStyleGAN
from ohlora.face.pixels import draw
from ohlora.face.source import Source


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
    smile = got.manifest.population["smile"]
    assert smile == {"mean": got.values[:, 5].mean(), "std": got.values[:, 5].std(), "faces": 10}
    assert got.manifest.fingerprint == generator.fingerprint()


def test_chunks_are_parquet_that_others_read(ten: Path) -> None:
    table = arro3.io.read_parquet(ten / "rows-00000004.parquet").read_all()
    assert table.column_names == ["row", "z", "w", "eyes", "mouth", "yaw", "pitch", "roll", "smile", "quality"]
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


def test_several_drawers_give_the_same_bytes(ten: Path, generator: MobileStyleGAN, tmp_path: Path) -> None:
    source = Source(precision=generator.precision)
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        sample(folder, generator, 10, 5, source=source, workers=workers)
        assert digest(folder) == digest(ten)


def test_ray_gives_the_same_bytes_though_a_worker_is_killed(
    ten: Path, generator: MobileStyleGAN, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "ray"
    killed: list[int] = []

    def kill_one() -> None:
        deadline = time.monotonic() + 120
        while not killed and time.monotonic() < deadline:
            workers = [
                one
                for one in psutil.Process().children(recursive=True)
                if "".join(command(one)[:1]).startswith("ray::Worker")  # asked once: it may end meanwhile
            ]
            if len(workers) >= 2 and list(folder.glob("rows-*")):
                killed.append(workers[0].pid)
                workers[0].kill()
            time.sleep(0.02)

    killer = threading.Thread(target=kill_one)
    killer.start()
    done = sample(folder, generator, 10, 5, source=Source(precision=generator.precision), engine="ray", workers=2)
    killer.join()
    assert killed
    assert done["count"] == 10
    assert digest(folder) == digest(ten)
    assert not [one for one in psutil.Process().children(recursive=True) if "ray" in " ".join(command(one))]
    assert "usage stat" not in "".join(capfd.readouterr()).lower()


def command(process: psutil.Process) -> list[str]:
    """The command line of a process, empty where it has ended meanwhile."""
    try:
        return process.cmdline() if process.status() != psutil.STATUS_ZOMBIE else []
    except psutil.Error:
        return []


def test_a_ray_worker_that_draws_otherwise_is_refused(generator: MobileStyleGAN) -> None:
    worker = Worker(Source(precision=generator.precision), Job(5, 0.7, 512), ("0" * 64, "0" * 64), 1, None)
    with pytest.raises(InputError, match="draws other pictures than this machine"):
        worker.measure((0, 1))


def test_without_ray_one_sentence_says_what_to_install(
    generator: MobileStyleGAN, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match=r"pip install 'ohlora\[ray\]'"):
        sample(tmp_path / "x", generator, 1, 5, source=Source(), engine="ray")


def test_hair_background_and_quality_are_columns(ten: Path, generator: MobileStyleGAN, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    sample(folder, generator, 3, 5, attributes="all")
    got = load_sample(folder, generator)
    assert list(got.extra) == ["quality", *sampling.PARSED]
    assert got.values.tolist() == load_sample(ten).values[:3].tolist()
    assert "torch" in got.manifest.versions
    with ParsingScorer() as parser:
        values = parser.measure(draw(generator, got.w[1], 512))
    assert {name: got.extra[name][1] for name in sampling.PARSED} == values
    mean, spread = sampling.population(got.extra["background_mean"])
    assert 0 < mean < 1
    assert spread > 0
    with pytest.raises(InputError, match="sampled with extra"):
        sample(folder, generator, 4, 5)
    quality = got.extra["quality"]
    assert all(0 <= value <= 1 for value in quality)
    assert len(load_sample(folder, least_quality=float(np.median(quality))).w) == 2
    edit(folder, extra=[])
    assert load_sample(folder).extra == {}
    with pytest.raises(InputError, match="before quality was measured"):
        load_sample(folder, least_quality=0.5)


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
    values = np.column_stack([got.values, got.extra["quality"]])[:4]
    chunk.write_bytes(sampling._parquet(got.rows[:4], got.z[:4], w, values))
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
    with pytest.raises(InputError, match="cannot make the folder"):
        sample(mine / "thesis.txt" / "inside", generator, 1, 5)
    with FileLock(ten / ".lock"), pytest.raises(InputError, match="another process is sampling"):
        sample(ten, generator, 10, 5)
