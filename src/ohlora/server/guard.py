"""The lock on the door: one pure-ASGI middleware through which every request and every WebSocket goes.

It checks Host, Origin and, where a token is set, who asks; and it puts the security headers on every answer. It knows
nothing of what lies behind it.

- *Host* keeps a foreign web site from reaching us under its own name (DNS rebinding). Only names that cannot be made
  to point here by somebody else are taken: loopback names; on a public bind also bare addresses (a rebinding attack
  needs a name) and this machine's own name.
- *Origin* keeps a foreign page in the user's browser from opening our WebSockets, which no browser rule forbids.
- *Token*: Jupyter's model. The printed address carries it once; it is exchanged for an HttpOnly, SameSite=Strict
  cookie that holds a digest, never the token. Programs send `Authorization: Bearer TOKEN`.
- *Bodies* are JSON or a PNG, of bounded size, and come within bounded time; requests come at a bounded rate, and only
  so many WebSockets are open at once.
"""

import asyncio
import hashlib
import hmac
import html
import ipaddress
import re
import secrets
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,252}))(?::([0-9]{1,5}))?", re.ASCII)
_CODE = re.compile(r"`([^`]+)`")
_READING = {"GET", "HEAD"}
# What a browser opens by itself: here a token is exchanged for the cookie.
_OPENED = {"/", "/stage"}
_COOKIE_DAYS = 30
_INVITATION_S = 120.0
_BODY_S = 30.0

_MEGABYTE = 1024 * 1024
# Neither type can be sent by a form or a plain script of another site without asking first, which is never granted.
_BODIES = {"application/json": 2 * _MEGABYTE, "image/png": 12 * _MEGABYTE}

# What the page of a locked door is made of; nothing in it is a secret.
_STATIC = "/static/"
_ANYBODY = {"/static/locked.css", "/static/icon.svg"}
# Programs that speak OpenAI's protocol send no Origin. A browser cannot send our Authorization header from elsewhere.
_PROGRAMS = "/v1/"

# Everything comes from here and from nowhere else; no inline script or style; text can become markup in no way.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; manifest-src 'self'; "
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
    "this Oh-LoRA is locked; open the address with the token that `ohlora serve` printed when it started",
    "잠겨 있습니다. `ohlora serve`가 시작할 때 출력한, 토큰이 들어 있는 주소로 열어 주세요",
)
_BAD_BODY: Sentences = (
    "send the body as application/json (a card's picture as image/png)",
    "본문은 application/json으로(카드 그림은 image/png로) 보내 주세요",
)
_TWO_LENGTHS: Sentences = (
    "a request says its length once, by Content-Length or by Transfer-Encoding",
    "요청의 길이는 Content-Length나 Transfer-Encoding 가운데 하나로만 적어 주세요",
)
_TOO_LARGE: Sentences = ("this is too large", "너무 큽니다")
_TOO_SLOW: Sentences = ("the body did not come in time", "본문이 제때 오지 않았습니다")
_TOO_MANY: Sentences = ("too many requests at once; wait a moment", "요청이 너무 많습니다. 잠시 뒤에 다시 해 주세요")
_TOO_MANY_SOCKETS: Sentences = (
    "too many pages are open; close some",
    "열린 페이지가 너무 많습니다. 몇 개를 닫아 주세요",
)


@dataclass(frozen=True)
class Limits:
    """How much is taken.

    Attributes:
        sockets: WebSockets open at once; a page has two.
        reads, writes: requests a second, of those that read and those that change; four times as many in a burst.
    """

    sockets: int = 256
    reads: float = 100.0
    writes: float = 25.0


class Bucket:
    """A rate: `rate` a second in the long run, `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._left, self._at = rate, burst, burst, time.monotonic()

    def take(self) -> float:
        """Takes one, and returns the seconds until there would have been one: 0 where there is."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


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
        cookie_key: what cookies are made with; the token by default. With a key that is kept, a cookie outlives a new token.
        locked: the page (HTML, UTF-8) that a browser without the token gets; `{en}` and `{ko}` are filled in.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        public: bool = False,
        token: str | None = None,
        names: Iterable[str] = (),
        cookie_key: bytes | None = None,
        locked: str = "",
        limits: Limits | None = None,
    ) -> None:
        self.app = app
        self._public = public
        self._token = token.encode() if token else None
        self._key = cookie_key or self._token or b""
        self._page = locked
        self._limits = limits or Limits()
        self._sockets = 0
        self._invitations: dict[bytes, float] = {}
        self._reads = Bucket(self._limits.reads, 4 * self._limits.reads)
        self._writes = Bucket(self._limits.writes, 4 * self._limits.writes)
        own = socket.gethostname().lower()
        self._names = {"localhost", *(({own, f"{own}.local"} | {n.lower() for n in names}) if public else ())}

    def invite(self) -> str | None:
        """A token that opens the page once, within two minutes: for a browser's command line, which others can read.

        None where no token is needed.
        """
        if not self._token:
            return None
        code = secrets.token_urlsafe(32)
        self._invitations[code.encode()] = time.monotonic() + _INVITATION_S
        return code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = _Headers(scope)
        host = self._host(headers)
        if refusal := self._refusal(scope, headers, host):
            await _refuse(scope, send, *refusal)
        elif self._exchanges_token(scope):
            await self._welcome(scope, headers, send)
        elif not self._may_enter(scope, headers):
            await self._show_locked(scope, headers, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif refusal := self._too_much(scope, headers):
            await _refuse(scope, send, *refusal)
        else:
            await self._request(scope, receive, _with_headers(send, host or ""), headers)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sockets >= self._limits.sockets:
            await _refuse(scope, send, 503, _TOO_MANY_SOCKETS)
            return
        self._sockets += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._sockets -= 1

    def _too_much(self, scope: Scope, headers: "_Headers") -> tuple[int, Sentences] | None:
        """Refusals of what is allowed in kind, but not so much or not in this form."""
        if not scope["path"].startswith(_STATIC):
            bucket = self._reads if scope["method"] in _READING else self._writes
            if bucket.take():
                return 429, _TOO_MANY
        length = headers.get(b"content-length") or "0"
        if scope["method"] in _READING or (length == "0" and not headers.get(b"transfer-encoding")):
            return None
        most = _BODIES.get(_kind(headers))
        if most is None:
            return 415, _BAD_BODY
        return (413, _TOO_LARGE) if not length.isdecimal() or int(length[:18]) > most else None

    async def _request(self, scope: Scope, receive: Receive, send: Send, headers: "_Headers") -> None:
        body = _Body(receive, _BODIES.get(_kind(headers), 0))
        started = False

        async def answered(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, body, answered)
        except _BodyError as error:
            if not started:
                await _refuse(scope, send, error.status_code, error.sentences)

    async def _welcome(self, scope: Scope, headers: "_Headers", send: Send) -> None:
        """The exchange of the token for the cookie."""
        cookie = (b"set-cookie", self._cookie(scope))
        rest = [(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"]
        place = scope["path"] + (f"?{urlencode(rest)}" if rest else "")
        if headers.get(b"sec-fetch-site") in ("cross-site", "same-site"):
            # A strict cookie does not go along with a redirection that another site began; with a step of our own it does.
            step = f'<meta http-equiv="refresh" content="0;url={html.escape(place)}">'
            body = f'<!doctype html><meta charset="utf-8"><title>Oh-LoRA</title>{step}'.encode()
            await _send(scope, send, 200, body, [(b"content-type", b"text/html; charset=utf-8"), cookie])
        else:
            await _send(scope, send, 303, b"", [(b"location", place.encode("ascii")), cookie])

    def _may_enter(self, scope: Scope, headers: "_Headers") -> bool:
        if not self._token or self._knows_token(scope, headers):
            return True
        return scope["type"] == "http" and scope["method"] in _READING and scope["path"] in _ANYBODY

    async def _show_locked(self, scope: Scope, headers: "_Headers", send: Send) -> None:
        opens = scope["type"] == "http" and scope["path"] in _OPENED and "text/html" in (headers.get(b"accept") or "")
        if not (opens and self._page):
            await _refuse(scope, send, 401, _NO_TOKEN)
            return
        en, ko = (_CODE.sub(r"<code>\1</code>", html.escape(sentence)) for sentence in _NO_TOKEN)
        body = self._page.replace("{en}", en[0].upper() + en[1:]).replace("{ko}", ko).encode()
        policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        await _send(scope, send, 401, body, [(b"content-type", b"text/html; charset=utf-8")], policy)

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
        if headers.get(b"content-length") is not None and headers.get(b"transfer-encoding") is not None:
            return 400, _TWO_LENGTHS  # where a proxy and this server chose differently, one request would be two
        if host is None:
            return 403, _BAD_HOST
        origin = headers.get(b"origin")
        needed = scope["type"] == "websocket" or (scope["method"] not in _READING and not self._program(scope, headers))
        if (origin or needed) and headers.only(b"origin") not in (f"http://{host}", f"https://{host}"):
            return 403, _BAD_ORIGIN
        # Browsers say where a request comes from. A link from elsewhere may open the page, nothing else may.
        elsewhere = headers.get(b"sec-fetch-site") in ("cross-site", "same-site")
        if elsewhere and headers.get(b"sec-fetch-dest") != "document":
            return 403, _BAD_ORIGIN
        return None

    def _program(self, scope: Scope, headers: "_Headers") -> bool:
        """A program with the token, where programs come in that know nothing of Origin."""
        return scope["path"].startswith(_PROGRAMS) and self._token is not None and self._bears_token(headers)

    def _exchanges_token(self, scope: Scope) -> bool:
        if not self._token or scope["type"] != "http" or scope["path"] not in _OPENED or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0].encode("utf-8", "replace")
        return hmac.compare_digest(given, self._token) or self._invited(given)

    def _invited(self, given: bytes) -> bool:
        now = time.monotonic()
        valid = {code: end for code, end in self._invitations.items() if end > now}
        found = [code for code in valid if hmac.compare_digest(code, given)]
        self._invitations = {code: end for code, end in valid.items() if code not in found}
        return bool(found)

    def _bears_token(self, headers: "_Headers") -> bool:
        assert self._token
        scheme, _, bearer = (headers.get(b"authorization") or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(bearer.strip().encode("latin-1"), self._token)

    def _knows_token(self, scope: Scope, headers: "_Headers") -> bool:
        if self._bears_token(headers):
            return True
        try:
            cookie = SimpleCookie(headers.get(b"cookie") or "").get(_cookie_name(scope))
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(
            cookie.value.encode("utf-8", "replace"), self._digest().encode()
        )

    def _digest(self) -> str:
        return hmac.new(self._key, b"ohlora page cookie", hashlib.sha256).hexdigest()

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


class _BodyError(HTTPException):
    """The body that is being read is refused. Of this class, so that a framework in between passes it on."""

    def __init__(self, status: int, sentences: Sentences) -> None:
        super().__init__(status, sentences[0])
        self.sentences = sentences


class _Body:
    """`receive` of a request whose body is bounded in size and in time.

    Waiting for the client to go (after the body, while an answer is streamed) is not bounded.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left, self._whole = receive, most, False
        self._end = time.monotonic() + _BODY_S

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._end - time.monotonic()))
        except TimeoutError:
            raise _BodyError(408, _TOO_SLOW) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _BodyError(413, _TOO_LARGE)
        self._whole = not message.get("more_body", False)
        return message


def _kind(headers: _Headers) -> str:
    return (headers.only(b"content-type") or "").partition(";")[0].strip().lower()


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
    # Of a connection that carried something ambiguous nothing more is read.
    ends = [(b"connection", b"close")] if status == 400 else []
    await _send(scope, send, status, body, [(b"content-type", b"text/plain; charset=utf-8"), *ends])


async def _send(
    scope: Scope,
    send: Send,
    status: int,
    body: bytes,
    headers: list[tuple[bytes, bytes]],
    content_policy: str = "default-src 'none'; frame-ancestors 'none'",
) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        kind = "websocket.http.response"
    policy = (b"content-security-policy", content_policy.encode("ascii"))
    length = (b"content-length", str(len(body)).encode())
    kept = {**_HEADERS, b"cache-control": b"no-store"}.items()
    await send({"type": f"{kind}.start", "status": status, "headers": [*headers, length, policy, *kept]})
    await send({"type": f"{kind}.body", "body": body})
