"""The lock on the door: one pure-ASGI middleware through which every request and every WebSocket goes.

It checks Host, Origin and, where a token is set, who asks; and it puts the security headers on every answer. It knows
nothing of what lies behind it.

- *Host* keeps a foreign web site from reaching us under its own name (DNS rebinding). Only names that cannot be made
  to point here by somebody else are taken: loopback names; on a public bind also bare addresses (a rebinding attack
  needs a name) and this machine's own name.
- *Origin* keeps a foreign page in the user's browser from opening our WebSockets, which no browser rule forbids.
- *Token*: Jupyter's model. The printed address carries it once; it is exchanged for an HttpOnly, SameSite=Strict
  cookie that holds a digest of the token, never the token. Programs send `Authorization: Bearer TOKEN`.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,252}))(?::([0-9]{1,5}))?", re.ASCII)
_READING = {"GET", "HEAD"}
_COOKIE_DAYS = 30

# Everything comes from here and from nowhere else; no inline script or style; text can become markup in no way.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
    "connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    b"cache-control": b"no-cache",
}

Sentences = tuple[str, str]
_BAD_HOST: Sentences = (
    "this address is not one of Oh-LoRA's; open the address that it printed",
    "오로라의 주소가 아닙니다. 화면에 출력된 주소로 열어 주세요",
)
_BAD_ORIGIN: Sentences = (
    "requests from other web sites are refused",
    "다른 웹사이트에서 온 요청은 받지 않습니다",
)
_NO_TOKEN: Sentences = (
    "this Oh-LoRA is locked; open the address with the token that it printed when it started",
    "잠겨 있습니다. 시작할 때 출력된, 토큰이 들어 있는 주소로 열어 주세요",
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets through what is allowed and answers everything else itself.

    Args:
        app: what is guarded.
        public: whether others than this machine can reach the server; widens the Host allow-list, see above.
        token: required of every request where given.
        names: further names the server is reached under (the name given to `--host`).
    """

    def __init__(
        self, app: ASGIApp, *, public: bool = False, token: str | None = None, names: Iterable[str] = ()
    ) -> None:
        self.app = app
        self._public = public
        self._token = token.encode() if token else None
        own = socket.gethostname().lower()
        self._names = {"localhost", *(({own, f"{own}.local"} | {n.lower() for n in names}) if public else ())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = _Headers(scope)
        host = self._host(headers)
        refusal = self._refusal(scope, headers, host)
        if refusal:
            await _refuse(scope, send, *refusal)
        elif self._exchanges_token(scope):
            await _send(scope, send, 303, b"", [(b"location", b"/"), (b"set-cookie", self._cookie(scope))])
        elif self._token and not self._knows_token(scope, headers):
            await _refuse(scope, send, 401, _NO_TOKEN)
        elif scope["type"] == "http":
            await self.app(scope, receive, _with_headers(send, host or ""))
        else:
            await self.app(scope, receive, send)

    def _host(self, headers: "_Headers") -> str | None:
        """The Host header, lower case, where it is one of ours."""
        host = (headers.only(b"host") or "").lower()
        match = _HOST.fullmatch(host)
        if not match:
            return None
        name = match[1].strip("[]")
        if name in self._names or is_loopback(name):
            return host
        return host if self._public and _is_address(name) else None

    def _refusal(self, scope: Scope, headers: "_Headers", host: str | None) -> tuple[int, Sentences] | None:
        if host is None:
            return 403, _BAD_HOST
        origin = headers.get(b"origin")
        needed = scope["type"] == "websocket" or scope["method"] not in _READING
        if (origin or needed) and headers.only(b"origin") not in (f"http://{host}", f"https://{host}"):
            return 403, _BAD_ORIGIN
        # Browsers say where a request comes from. A link from elsewhere may open the page, nothing else may.
        elsewhere = headers.get(b"sec-fetch-site") in ("cross-site", "same-site")
        if elsewhere and headers.get(b"sec-fetch-dest") != "document":
            return 403, _BAD_ORIGIN
        return None

    def _exchanges_token(self, scope: Scope) -> bool:
        if not self._token or scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token)

    def _knows_token(self, scope: Scope, headers: "_Headers") -> bool:
        assert self._token
        scheme, _, bearer = (headers.get(b"authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(bearer.strip().encode("latin-1"), self._token):
            return True
        try:
            cookie = SimpleCookie(headers.get(b"cookie") or "").get(_cookie_name(scope))
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(
            cookie.value.encode("utf-8", "replace"), self._digest().encode()
        )

    def _digest(self) -> str:
        assert self._token
        return hmac.new(self._token, b"ohlora page cookie", hashlib.sha256).hexdigest()

    def _cookie(self, scope: Scope) -> bytes:
        secure = "; Secure" if scope["scheme"] == "https" else ""
        age = _COOKIE_DAYS * 24 * 3600
        return (
            f"{_cookie_name(scope)}={self._digest()}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
        ).encode("ascii")


class _Headers:
    """Request headers by name; `only` gives a value that must not come twice."""

    def __init__(self, scope: Scope) -> None:
        self._all: list[tuple[bytes, bytes]] = scope["headers"]

    def get(self, name: bytes) -> str | None:
        return next((value.decode("latin-1") for key, value in self._all if key.lower() == name), None)

    def only(self, name: bytes) -> str | None:
        values = [value.decode("latin-1") for key, value in self._all if key.lower() == name]
        return values[0] if len(values) == 1 else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie_name(scope: Scope) -> str:
    # Browsers keep cookies by host and not by port; the port in the name keeps two servers on one machine apart.
    return f"ohlora-{(scope.get('server') or ('', 0))[1]}"


def _with_headers(send: Send, host: str) -> Send:
    """Adds the security headers to a response; what the application set itself stays."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS.items() if name not in present]
            headers.append((b"content-security-policy", _POLICY.format(host=host).encode("ascii")))
            message = {**message, "headers": headers}
        await send(message)

    return guarded


async def _refuse(scope: Scope, send: Send, status: int, sentences: Sentences) -> None:
    en, ko = sentences
    body = f"{ko}.\n{en[0].upper()}{en[1:]}.\n".encode()
    await _send(scope, send, status, body, [(b"content-type", b"text/plain; charset=utf-8")])


async def _send(scope: Scope, send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        kind = "websocket.http.response"
    policy = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
    length = (b"content-length", str(len(body)).encode())
    kept = {**_HEADERS, b"cache-control": b"no-store"}.items()
    await send({"type": f"{kind}.start", "status": status, "headers": [*headers, length, policy, *kept]})
    await send({"type": f"{kind}.body", "body": body})
