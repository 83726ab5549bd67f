"""How a server is reached: whose certificates count, through which proxy, and what a failure is called.

Knows nothing of package indexes or models.
"""

import os
import ssl
import warnings
from typing import Any

import requests
from urllib3.exceptions import InsecureRequestWarning

from ohlora.i18n import say


class CertificateUnusable(requests.RequestException):
    """A certificate file that was named is not there or holds no certificate; the sentence says which."""


class Session(requests.Session):
    """Trusts what pip would: the certificates of a named file, else those of the system and of `certifi`.

    Raises (when a request is sent):
        CertificateUnusable: a named file cannot be used.
    """

    def __init__(self, verify: str | bool = True, client_cert: str | None = None) -> None:
        super().__init__()
        self.verify = verify
        self.cert = client_cert
        if verify is True:
            self.mount("https://", _SystemAdapter())

    def merge_environment_settings(self, *arguments: Any, **named: Any) -> Any:
        merged = super().merge_environment_settings(*arguments, **named)
        if isinstance(self.verify, str):
            merged["verify"] = self.verify  # else REQUESTS_CA_BUNDLE of the environment would win over it
        return merged

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if str(request.url).startswith("https:"):
            trusting = isinstance(self.get_adapter(str(request.url)), TrustingAdapter)
            if isinstance(self.verify, str) and not trusting:
                _check(self.verify, "cert")
            if self.cert:
                _check(str(self.cert), "client-cert")
        return super().send(request, **options)


class _SystemAdapter(requests.adapters.HTTPAdapter):
    """Adds the certificates that the system trusts: a company's own are often installed nowhere else."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named, ssl_context=ssl.create_default_context())


class TrustingAdapter(requests.adapters.HTTPAdapter):
    """For hosts that the user told pip to trust: their certificate is not looked at. The digest still decides."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InsecureRequestWarning)
            return super().send(request, *arguments, **{**options, "verify": False})


def _check(file: str, setting: str) -> None:
    """Whether a certificate file can be used; requests itself would speak of a trusted or an untrusted server."""
    if os.path.isdir(file):
        return  # a folder of certificates is read by OpenSSL as it needs them
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(file) if setting == "cert" else context.load_cert_chain(file)
    except ssl.SSLError as error:
        raise CertificateUnusable(
            say(
                f"pip's setting {setting} names {file}, which holds no usable certificate",
                f"pip의 {setting} 설정이 가리키는 {file}에 쓸 수 있는 인증서가 없습니다",
            )
        ) from error
    except OSError as error:
        raise CertificateUnusable(
            say(
                f"pip's setting {setting} names {file}, which cannot be read: {error.strerror}",
                f"pip의 {setting} 설정이 가리키는 {file}을(를) 읽을 수 없습니다: {error.strerror}",
            )
        ) from error


def short(error: Exception) -> str:
    """What went wrong in a few words; the full text of a connection error repeats addresses and credentials."""
    if isinstance(error, CertificateUnusable):
        return str(error)
    if isinstance(error, requests.RequestException) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    return {
        "ConnectionError": say("no connection", "연결되지 않음"),
        "ConnectTimeout": say("no answer", "응답 없음"),
        "ReadTimeout": say("no answer", "응답 없음"),
        "ChunkedEncodingError": say("the connection broke off", "연결이 끊김"),
        "SSLError": say(
            "certificate not trusted; pip's setting cert or the system may name one that is",
            "인증서를 믿을 수 없음. pip의 cert 설정이나 시스템에 믿을 인증서를 지정할 수 있음",
        ),
        "ProxyError": say("proxy refused", "프록시가 거부함"),
    }.get(type(error).__name__, type(error).__name__)
