"""Finds a package file on the Python package index that this machine's pip is configured for.

pip's own settings (environment and configuration files) decide where to look: `no-index`, `find-links`, `index-url`,
`extra-index-url`, `trusted-host`, `cert`, `client-cert`, `proxy`, `timeout`. Nothing is installed or built. Knows nothing
of models.
"""

import ast
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import requests
from packaging.utils import canonicalize_name
from pypi_simple import PYPI_SIMPLE_ENDPOINT, NoSuchProjectError, ProjectPage, PyPISimple, UnsupportedContentTypeError

from ohlora.i18n import say
from ohlora.models._http import Session, TrustingAdapter, short

log = logging.getLogger(__name__)

_TIMEOUT_S = 15.0  # pip's own


@dataclass(frozen=True)
class PipSettings:
    """The part of pip's configuration that says where packages come from and how to reach them."""

    indexes: tuple[str, ...]
    find_links: tuple[str, ...]
    verify: str | bool
    client_cert: str | None
    proxy: str | None
    timeout: float
    trusted_hosts: tuple[str, ...] = ()

    def session(self) -> requests.Session:
        """An HTTP session with certificate, proxy, client certificate and trusted hosts as pip would use them."""
        session = Session(self.verify, self.client_cert)
        for host in self.trusted_hosts:
            # With a port the prefix must end, without one any port may follow; a longer name must not match.
            for end in ("/",) if ":" in host else ("/", ":"):
                session.mount(f"https://{host}{end}", TrustingAdapter())
        if self.proxy:
            session.proxies = {"http": self.proxy, "https": self.proxy}
            session.trust_env = False  # as in pip: else a proxy of the environment would win over the configured one
        return session


def pip_settings() -> PipSettings:
    """Reads pip's configuration as pip itself does, environment variables first."""
    options = _pip_options()

    def words(name: str) -> tuple[str, ...]:
        return tuple(options.get(name, "").split())

    no_index = options.get("no-index", "").lower() in {"1", "true", "yes", "on"}
    indexes = () if no_index else (options.get("index-url", PYPI_SIMPLE_ENDPOINT), *words("extra-index-url"))
    timeout = options.get("timeout") or options.get("default-timeout") or str(_TIMEOUT_S)
    return PipSettings(
        indexes=indexes,
        find_links=words("find-links"),
        verify=options.get("cert") or True,
        client_cert=options.get("client-cert"),
        proxy=options.get("proxy"),
        timeout=_seconds(timeout),
        trusted_hosts=words("trusted-host"),
    )


def _seconds(timeout: str) -> float:
    try:
        seconds = float(timeout)
    except ValueError:
        return _TIMEOUT_S
    return seconds if 0 < seconds < 1e6 else _TIMEOUT_S


def _pip_options() -> dict[str, str]:
    """Name → value. `pip config list` merges the configuration files; where pip is absent only the environment counts."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # Its own verbosity or logging settings would mix words into the list.
    for name in ("PIP_VERBOSE", "PIP_QUIET", "PIP_LOG"):
        environment.pop(name, None)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode and "No module named pip" not in done.stderr:
        # A broken configuration file: what it says of indexes is lost, which the user should know.
        log.warning("pip's configuration cannot be read: %s", " ".join(done.stderr.split())[-300:])
    sections: dict[str, dict[str, str]] = {"global": {}, "download": {}, "install": {}, ":env:": {}}
    for line in done.stdout.splitlines():
        key, separator, value = line.partition("=")
        section, dot, name = key.rpartition(".")
        if separator and dot and section in sections:
            sections[section][name] = str(ast.literal_eval(value))
    from_environment = {
        name[4:].lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.startswith("PIP_") and value
    }
    return sections["global"] | sections["install"] | sections["download"] | sections[":env:"] | from_environment


class NotOnIndex(Exception):
    """No configured place has the file; `tried` says what each place answered."""

    def __init__(self, tried: list[str]) -> None:
        super().__init__("; ".join(tried))
        self.tried = tried


def find_file(package: str, filename: str, settings: PipSettings) -> str:
    """The address (https:, http: or file:) of a package file.

    Looks into `find-links` first, then the indexes in order, as they are configured.

    Raises:
        NotOnIndex: nowhere to be found, or nothing could be reached.
    """
    tried: list[str] = []
    for place in settings.find_links:
        for name, url in _links_of(place, settings, tried):
            if name == filename:
                return url
    for index in settings.indexes:
        for name, url in _files_of(index, package, settings, tried):
            if name == filename:
                return _with_credentials(url, index)
    raise NotOnIndex(
        tried or [say("pip is configured with no package index", "pip에 패키지 인덱스가 설정되어 있지 않음")]
    )


def _links_of(place: str, settings: PipSettings, tried: list[str]) -> Iterator[tuple[str, str]]:
    """Files of a `find-links` place: a local folder, or a page of links."""
    folder = _local(place)
    if folder and folder.suffix in {".html", ".htm"} and folder.is_file():
        listed = ProjectPage.from_html("find-links", folder.read_text(encoding="utf-8"), base_url=folder.as_uri())
        yield from ((file.filename, file.url) for file in listed.packages)
    elif folder and folder.is_dir():
        yield from ((path.name, path.as_uri()) for path in sorted(folder.iterdir()) if path.is_file())
    elif folder:
        tried.append(f"{place}: {say('no such folder', '폴더가 없음')}")
    else:
        yield from _page(place, "find-links", settings, tried)


def _files_of(index: str, package: str, settings: PipSettings, tried: list[str]) -> Iterator[tuple[str, str]]:
    """Files that an index lists for a package."""
    name = canonicalize_name(package)
    folder = _local(index)
    if folder:
        page = folder / name / "index.html"
        if not page.is_file():
            tried.append(f"{index}: {_no_package(name)}")
        else:
            listed = ProjectPage.from_html(name, page.read_text(encoding="utf-8"), base_url=page.as_uri())
            yield from ((file.filename, file.url) for file in listed.packages)
        return
    try:
        with PyPISimple(index, session=settings.session()) as client:
            yield from ((p.filename, p.url) for p in client.get_project_page(name, timeout=settings.timeout).packages)
    except NoSuchProjectError:
        tried.append(f"{_host(index)}: {_no_package(name)}")
    except (requests.RequestException, UnsupportedContentTypeError, ValueError) as error:
        tried.append(f"{_host(index)}: {short(error)}")


def _no_package(name: str) -> str:
    return say(f"no package {name}", f"패키지 {name} 없음")


def _page(url: str, package: str, settings: PipSettings, tried: list[str]) -> Iterator[tuple[str, str]]:
    try:
        with settings.session() as session:
            answer = session.get(url, timeout=settings.timeout)
            answer.raise_for_status()
        listed = ProjectPage.from_html(package, answer.text, base_url=answer.url)
        yield from ((file.filename, urljoin(answer.url, file.url)) for file in listed.packages)
    except (requests.RequestException, ValueError) as error:
        tried.append(f"{_host(url)}: {short(error)}")


def _local(place: str) -> Path | None:
    """The folder a file: address or a plain path names; None for anything else."""
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(place).expanduser() if "://" not in place else None


def _with_credentials(url: str, index: str) -> str:
    """A file's address with the user name and password of its index, where it lies on the same server and has none."""
    file, place = urlsplit(url), urlsplit(index)
    at, here = place.netloc.rpartition("@")[::2]
    if not at or "@" in file.netloc or (file.scheme, file.netloc) != (place.scheme, here):
        return url
    return urlunsplit(file._replace(netloc=place.netloc))


def _host(url: str) -> str:
    """Host of an address: never the user name and password it may carry."""
    parts = urlsplit(url)
    return parts.hostname or parts.path
