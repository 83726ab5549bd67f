"""Pulling models: from an index, a hub, a folder; interrupted, twice at once, damaged, offline."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ohlora import models
from ohlora.errors import InputError, MissingError
from ohlora.models._http import TrustingAdapter
from ohlora.models._index import _with_credentials, pip_settings

from .conftest import FakeIndex, part, sdist, sha, wheel, write_catalogue

DATA = bytes(range(256)) * 4000
WHEEL = wheel(pkg__data__w=DATA, pkg____init__=b"raise SystemExit('package code was run')")


def index_part(body: bytes = WHEEL, member: str = "pkg/data/w", file: str = "my_pkg-1.0-py3-none-any.whl") -> str:
    return part("index", body, package="my.Pkg", file=file, member=member)


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def begun(tmp_path: Path) -> Path:
    """Where a download of WHEEL gathers."""
    part = tmp_path / "cache" / "downloads" / "m" / f"{sha(WHEEL)[:12]}-my_pkg-1.0-py3-none-any.whl.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    return part


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
    begun(tmp_path).write_bytes(WHEEL[:300_000])
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


@pytest.mark.parametrize(
    "rest", [b"x" * (len(WHEEL) + 5), b"x" * len(WHEEL), b"x" * 1000], ids=["longer", "whole", "begun"]
)
def test_a_damaged_part_is_begun_anew(index: FakeIndex, tmp_path: Path, rest: bytes) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    begun(tmp_path).write_bytes(rest)
    models.pull("m")
    assert index.ranges[-1] == ("my_pkg-1.0-py3-none-any.whl", None)
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_a_killed_download_goes_on_in_another_process(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    index.pause = 0.02
    write_catalogue(tmp_path, "m", DATA, index_part())
    part = begun(tmp_path)
    command = [sys.executable, "-m", "ohlora", "models", "pull", "m"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not part.exists() or part.stat().st_size < 100_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    had = part.stat().st_size
    assert had < len(WHEEL)
    index.pause = 0.0
    subprocess.run(command, check=True, capture_output=True)
    assert index.ranges[-1] == ("my_pkg-1.0-py3-none-any.whl", f"bytes={had}-")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_what_a_killed_join_has_left_is_swept(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    left = tmp_path / "cache" / "models" / "m" / ".weights.bin.abc123.tmp"
    left.parent.mkdir(parents=True)
    left.write_bytes(DATA[:1000])
    models.pull("m")
    assert not left.exists()


def test_more_than_was_asked_for_is_not_read(index: FakeIndex, tmp_path: Path) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    index.endless = True
    write_catalogue(tmp_path, "m", DATA, index_part())
    with pytest.raises(MissingError, match="refused and removed"):
        models.pull("m")
    assert index.sent < 50_000_000
    assert listed(tmp_path / "cache") == ["m.lock"]


def test_two_parts_of_one_name_are_kept_apart(index: FakeIndex, tmp_path: Path) -> None:
    index.files |= {"a/x/resolve/main/w.bin": b"first", "b/x/resolve/main/w.bin": b"second"}
    parts = [
        part("huggingface", body, repo=repo, file="w.bin") for repo, body in (("a/x", b"first"), ("b/x", b"second"))
    ]
    write_catalogue(tmp_path, "m", b"firstsecond", *parts)
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == b"firstsecond"


@pytest.mark.parametrize("absolute", [False, True])
def test_an_index_with_credentials(
    index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool
) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    index.login, index.absolute = "me:se cret", absolute
    write_catalogue(tmp_path, "m", DATA, index_part())
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.url.replace('//', '//me:se%20cret@')}/simple/")
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


def test_credentials_stay_with_the_index_they_are_for() -> None:
    index = "https://me:secret@packages.example/simple/"
    for elsewhere in (
        "https://files.example/w.whl",
        "http://packages.example/w.whl",
        "https://packages.example:8443/w.whl",
    ):
        assert _with_credentials(elsewhere, index) == elsewhere
    assert _with_credentials("https://packages.example/w.whl", index) == "https://me:secret@packages.example/w.whl"


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


def test_a_trusted_host_is_trusted_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TRUSTED_HOST", "packages.example other.example:8443")
    session = pip_settings().session()
    for url, trusted in (
        ("https://packages.example/simple/", True),
        ("https://packages.example:444/simple/", True),
        ("https://packages.example.evil.org/simple/", False),
        ("https://other.example:8443/x", True),
        ("https://other.example/x", False),
        ("https://pypi.org/simple/", False),
    ):
        assert isinstance(session.get_adapter(url), TrustingAdapter) is trusted, url


def test_the_proxy_of_pip_wins_over_that_of_the_environment(
    index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", index.url)
    monkeypatch.setenv("PIP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(MissingError, match=r"proxy refused|no connection"):
        models.pull("m")


@pytest.mark.parametrize("timeout", ["soon", "-3", "nan"])
def test_a_timeout_that_is_none_is_the_usual_one(monkeypatch: pytest.MonkeyPatch, timeout: str) -> None:
    monkeypatch.setenv("PIP_TIMEOUT", timeout)
    assert pip_settings().timeout == 15


def test_a_page_of_links_and_a_link_to_nothing(
    index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_catalogue(tmp_path, "m", DATA, index_part())
    page = tmp_path / "links.html"
    page.write_text('<a href="wheels/my_pkg-1.0-py3-none-any.whl">my_pkg-1.0-py3-none-any.whl</a>')
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(page))
    with pytest.raises(MissingError, match=r"no such file.*place the file"):
        models.pull("m")
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "my_pkg-1.0-py3-none-any.whl").write_bytes(WHEEL)
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


CERTIFICATES = Path(__file__).parent


@pytest.fixture
def https_index(index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIndex]:
    """An index whose certificate nobody trusts by himself, on a machine whose environment names other ones."""
    fake = FakeIndex(CERTIFICATES / "localhost.pem")
    fake.files["my_pkg-1.0-py3-none-any.whl"] = WHEEL
    write_catalogue(tmp_path, "m", DATA, index_part())
    monkeypatch.setenv("PIP_INDEX_URL", f"{fake.url}/simple/")
    for name in ("PIP_CERT", "PIP_CLIENT_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "another.pem"))
    yield fake
    fake.close()


@pytest.mark.parametrize("name", ["PIP_CERT", "SSL_CERT_FILE"])
def test_a_certificate_of_ones_own(https_index: FakeIndex, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, str(CERTIFICATES / "localhost.pem"))
    models.pull("m")
    assert (models.locate("m") / "weights.bin").read_bytes() == DATA


@pytest.mark.parametrize(
    ("setting", "file", "sentence"),
    [
        ("CERT", str(CERTIFICATES / "another.pem"), "localhost: certificate not trusted"),
        ("CERT", "/nowhere/ca.pem", "setting cert names /nowhere/ca.pem, which cannot be read: No such file"),
        ("CERT", __file__, "setting cert names .*, which holds no usable certificate"),
        ("CLIENT_CERT", "/nowhere/me.pem", "setting client-cert names /nowhere/me.pem, which cannot be read"),
        ("CLIENT_CERT", str(CERTIFICATES / "another.pem"), "setting client-cert names .*, which holds no usable"),
    ],
)
def test_a_certificate_that_does_not_serve(
    https_index: FakeIndex, monkeypatch: pytest.MonkeyPatch, setting: str, file: str, sentence: str
) -> None:
    monkeypatch.setenv("PIP_CERT", str(CERTIFICATES / "localhost.pem"))
    monkeypatch.setenv(f"PIP_{setting}", file)
    with pytest.raises(MissingError, match=f"could not be fetched.*{sentence}.*or place the file"):
        models.pull("m")
    assert https_index.ranges == []
