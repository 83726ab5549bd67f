"""Mixed load from outside on a running server: are there any 500s, does its memory grow?

    python benchmarks/mixed_load.py                                    # starts `ohlora serve`, 20 clients, ten minutes
    python benchmarks/mixed_load.py --seconds 60
    python benchmarks/mixed_load.py --address "http://127.0.0.1:8765/?token=…" --pid 1234

Every client does, in turn and by chance (`--seed`): plain requests, talking over /ws/chat, looking over /ws/face, /v1, hostile
input, pages that connect and vanish without a word. Prints one JSON object: answers by kind and status, what was refused by the
WebSockets, 500s, and the server's memory over time: seconds, resident MB, and of these its own, not of files. Exit 1 where there
was a 500, a traceback-like answer, or the server went away. Talks to this machine only.
"""

import argparse
import collections
import json
import random
import socket
import sys
import threading
import time
import uuid
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from ohlora.bench._served import served

READS = ("/api/status", "/api/persona", "/api/models", "/api/conversations", "/api/memory", "/api/face", "/", "/stage", "/v1/models",
         "/static/app.js", "/api/openapi.json", "/api/persona/card?form=v2")  # fmt: skip
HOSTILE_PATHS = ("/api/memory/-1/history", "/api/conversations/%00/file", "/static/../../etc/passwd", "/api/memory?search=" + "a" * 4000,
                 "/%ff%fe", "/api/persona/card?form=%F0%9F%92%A9", "/nothing")  # fmt: skip
HOSTILE_TEXTS = ("", "[" * 50_000, "null", '{"type": "say"}', '{"type": "\\ud800"}', '{"type": "ack", "sequence": 1e999}',
                 '{"type": "say", "turn": "../..", "text": "x"}', json.dumps({"type": "say", "turn": "t", "text": "가" * 100_000}))  # fmt: skip
HOSTILE_BODIES = (
    b"",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"card": 7}',
    b'{"data": {"name": NaN}}',
    b'{"key": "", "value": null}',
)


class Load:
    """What the clients share: where the server is, and what was seen."""

    def __init__(self, address: str, seconds: float, seed: int) -> None:
        parts = urlsplit(address)
        self.host, self.origin = parts.netloc, f"http://{parts.netloc}"
        token = parse_qs(parts.query).get("token", [""])[0]
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.end = time.monotonic() + seconds
        self.seed = seed
        self.seen: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self._lock = threading.Lock()

    def note(self, what: str) -> None:
        with self._lock:
            self.seen[what] += 1

    def answered(self, kind: str, answer: httpx.Response) -> None:
        self.note(f"{kind} {answer.status_code}")
        if answer.status_code >= 500 and not (kind == "v1" and answer.status_code == 502):
            self.failures.append(
                f"{answer.request.method} {answer.request.url} → {answer.status_code} {answer.text[:200]}"
            )

    def client(self, number: int) -> None:
        chance = random.Random(self.seed + number)
        kinds = [self.reads, self.reads, self.looks, self.looks, self.talks, self.v1, self.hostile, self.vanishes]
        with httpx.Client(base_url=self.origin, trust_env=False, timeout=60) as http:
            while time.monotonic() < self.end:
                kind = chance.choice(kinds)
                try:
                    kind(http, chance)
                except (httpx.HTTPError, OSError, WebSocketException, TimeoutError) as error:
                    self.note(f"{kind.__name__} {type(error).__name__}")
                time.sleep(chance.uniform(0.05, 0.5))

    def socket(self, path: str):
        options = {"additional_headers": self.headers, "proxy": None, "open_timeout": 20, "close_timeout": 1}
        return connect(f"ws://{self.host}{path}", origin=self.origin, max_size=None, **options)

    def reads(self, http: httpx.Client, chance: random.Random) -> None:
        self.answered("read", http.get(chance.choice(READS), headers=self.headers))

    def looks(self, _: httpx.Client, chance: random.Random) -> None:
        with self.socket("/ws/face") as face:
            face.send(json.dumps({"type": "look", "calm": chance.random() < 0.2}))
            until = min(self.end, time.monotonic() + chance.uniform(0.5, 4))
            while time.monotonic() < until:
                with suppress(TimeoutError):
                    data = face.recv(1)
                    if isinstance(data, bytes):
                        self.note("frames")
                        face.send(json.dumps({"type": "ack", "sequence": int.from_bytes(data[:4], "little")}))

    def talks(self, _: httpx.Client, chance: random.Random) -> None:
        with self.socket("/ws/chat") as chat:
            turn = uuid.uuid4().hex
            chat.send(
                json.dumps({"type": "say", "turn": turn, "text": chance.choice(["안녕?", "hello", "오늘 뭐 했어?"])})
            )
            if chance.random() < 0.5:
                time.sleep(chance.uniform(0, 1))
                chat.send(json.dumps({"type": "stop"}))
            until = min(self.end, time.monotonic() + 30)
            while time.monotonic() < until:
                with suppress(TimeoutError):
                    message = json.loads(chat.recv(1))
                    if message.get("turn") == turn and message["type"] in ("finished", "error"):
                        self.note(f"talk {message.get('code', 'finished')}")
                        if message.get("code") == "internal":
                            self.failures.append(f"/ws/chat: {message['en']}")
                        return

    def v1(self, http: httpx.Client, chance: random.Random) -> None:
        body = {"messages": [{"role": "user", "content": "hi"}], "stream": chance.random() < 0.5}
        self.answered(
            "v1", http.post("/v1/chat/completions", json=body, headers=self.headers | {"Origin": self.origin})
        )

    def hostile(self, http: httpx.Client, chance: random.Random) -> None:
        what = chance.randrange(4)
        if what == 0:
            self.answered("hostile", http.get(chance.choice(HOSTILE_PATHS), headers=self.headers))
        elif what == 1:
            path = chance.choice(
                ["/api/persona/read", "/api/memory", "/api/memory/file", "/v1/chat/completions", "/api/llm/test"]
            )
            headers = self.headers | {"Origin": self.origin, "Content-Type": "application/json"}
            self.answered("hostile", http.post(path, content=chance.choice(HOSTILE_BODIES), headers=headers))
        elif what == 2:
            wrong = chance.choice(
                [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Authorization": "Bearer wrong"}]
            )
            self.answered(
                "hostile",
                http.put("/api/face", json={"idle": 1}, headers=self.headers | {"Origin": self.origin} | wrong),
            )
        else:
            with self.socket(chance.choice(["/ws/chat", "/ws/face"])) as one:
                for text in HOSTILE_TEXTS:
                    one.send(text)
                one.send(b"\x00" * 1000)
                self.note("hostile socket")

    def vanishes(self, _: httpx.Client, chance: random.Random) -> None:
        """A page that goes without a word: in the head, or after it was let in."""
        if chance.random() < 0.5:
            host, _, port = self.host.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), 5) as one:
                one.sendall(b"GET / HTTP/1.1\r\nHo")
        else:
            with self.socket("/ws/face") as one:
                one.send('{"type": "look"}')
                one.socket.shutdown(socket.SHUT_RDWR)
        self.note("vanished")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="of a running server, as it prints it; one is started by default")
    parser.add_argument("--pid", type=int, help="of that server, to watch its memory")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    if wanted.address and urlsplit(wanted.address).hostname not in ("127.0.0.1", "localhost", "::1"):
        parser.error("only a server of this machine is put under load")
    given = SimpleNamespace(address=wanted.address, process=SimpleNamespace(pid=wanted.pid))
    with nullcontext(given) if wanted.address else served() as server:
        if not wanted.address:
            server.wait_until_loaded()
        load = Load(server.address, wanted.seconds, wanted.seed)
        threads = [threading.Thread(target=load.client, args=(n,), daemon=True) for n in range(wanted.clients)]
        for thread in threads:
            thread.start()
        memory = []
        start = time.monotonic()
        while (now := time.monotonic()) < load.end:
            if server.process.pid:
                try:
                    held = psutil.Process(server.process.pid).memory_info()
                    own = held.rss - getattr(held, "shared", 0)  # Linux: without the pages of files that were read once
                    memory.append([round(now - start), round(held.rss / 1e6), round(own / 1e6)])
                except psutil.NoSuchProcess:
                    load.failures.append("the server went away")
                    break
            time.sleep(min(wanted.seconds / 20, max(0, load.end - now)))
        for thread in threads:
            thread.join(70)
    growth = [memory[-1][n] - memory[len(memory) // 4][n] for n in (1, 2)] if memory else None
    print(json.dumps({"seen": dict(sorted(load.seen.items())), "failures": load.failures[:50], "memory_mb": memory,
                      "growth_after_the_first_quarter_mb": growth}, ensure_ascii=False, indent=1))  # fmt: skip
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main())
