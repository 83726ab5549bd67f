"""The default engine: a GGUF model run in this process by llama.cpp (`xllamacpp`).

- A slot for each adapter, one completion at a time; a slot keeps its last prompt, so a prompt that begins alike costs only its rest.
  Gemma's sliding-window layers keep their whole cache (`swa_full`), else nothing older than the window could be reused.
- llama.cpp is reached through calls, but its server insists on listening as well. It is given a socket file in a folder
  only this user can enter (where there are such sockets; elsewhere a loopback port and a random key nobody is told).
- Its log is silenced: what goes wrong comes back as one sentence.

Knows nothing of personas or of what is said.
"""

import os
import queue
import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from ohlora.errors import MissingError
from ohlora.interrupts import uninterrupted
from ohlora.language import gguf_file
from ohlora.language.engines import GREEDY, Ended, EngineError, Message, PromptTooLong, Sampling, Timing
from ohlora.language.export import LEARNT

CONTEXT = 4096
_GGUF_MAGIC = b"GGUF"
# Socket files have names of at most 104 (macOS) or 108 bytes; a longer TMPDIR leaves the loopback port.
_LONGEST_SOCKET = 100
_DONE = object()
_LIKELIEST, _FLOOR = 40, -20.0
"""So many tokens are told of; all others count as this unlikely, in nats."""


class LlamaCppEngine:
    """A GGUF model in memory.

    Args:
        path: the model file.
        adapters: name → GGUF LoRA file of one base model; each can be switched on for a request.
        folded: name of the adapter that is in the weights of `path` already (see `merging`): on unless another one is asked
            for, which then runs on the base without it (W + B'A' = (W + BA) − BA + B'A').
        threads: processor threads; by default the cores this process may use, at most 8.
        context: tokens of prompt and answer together.

    Raises:
        MissingError: a file is not there.
        EngineError: a file is no GGUF, is damaged, or does not fit in memory; an adapter is for another model.
    """

    form: Literal["text", "chat"] = "text"

    def __init__(
        self,
        path: Path,
        *,
        adapters: Mapping[str, Path] | None = None,
        folded: str | None = None,
        threads: int | None = None,
        context: int = CONTEXT,
    ) -> None:
        adapters = dict(adapters or {})
        for file in (path, *adapters.values()):
            _check_file(file)
        self.name, self.path = path.stem, path
        self.adapters = tuple(adapters)
        self._folded, self._files = folded, adapters
        self._learnt: dict[str, frozenset[str]] = {}
        self.threads = threads or _usable_cores()
        self._lock = threading.Lock()
        self._folder = tempfile.mkdtemp(prefix="ohlora-")
        try:
            # An interrupt in the middle would free a server whose worker does not run yet, and wait for ever.
            with uninterrupted():
                self._server: Any = _start(path, self._beside(adapters), self.threads, context, self._folder)
        except KeyboardInterrupt:
            self.close()
            raise
        except Exception as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise EngineError(
                f"llama.cpp cannot load {path}{_with(adapters)} ({_first_line(error)}): a file is damaged, the adapter is "
                "for another model, or memory is short; choose another with --llm or --persona",
                f"llama.cpp가 {path}{_with(adapters)}을(를) 읽지 못했습니다({_first_line(error)}). 파일이 손상됐거나, 다른 모델의 "
                "어댑터이거나, 메모리가 부족합니다. --llm이나 --persona로 다른 것을 고르세요",
            ) from None

    def complete(
        self,
        prompt: str | Sequence[Message],
        *,
        max_tokens: int,
        sampling: Sampling = GREEDY,
        stop: Sequence[str] = (),
        seed: int = 0,
        grammar: str | None = None,
        schema: Mapping[str, Any] | None = None,
        adapter: str | None = None,
        bias: Mapping[str, float] | None = None,
        cancel: threading.Event | None = None,
        reuse: bool = True,
    ) -> "LlamaCppCompletion":
        """See `Engine.complete`. `reuse=False` reads the whole prompt anew (for measurements)."""
        if not isinstance(prompt, str):
            raise TypeError("a text engine takes a raw prompt")
        request: dict[str, Any] = {
            "prompt": prompt,
            "n_predict": max_tokens,
            "stream": True,
            "stop": list(stop),
            "seed": seed % 2**32,
            "temperature": sampling.temperature,
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repeat_penalty,
            "repeat_last_n": sampling.repeat_last_n,
            "cache_prompt": reuse,
        }
        if grammar:
            request["grammar"] = grammar
        if bias:
            request["logit_bias"] = [[text, value] for text, value in bias.items()]
        request |= self._switched(adapter)
        return LlamaCppCompletion(self, request, cancel or threading.Event())

    def peek(
        self, prompt: str | Sequence[int], count: int = 10, adapter: str | None = None, *, ahead: int = 1
    ) -> "Peek":
        """What may come next after a prompt (text, or token ids): the likeliest `count` tokens, and the next `ahead` where the
        likeliest is always taken, nothing sampled. For proofs.

        Raises:
            EngineError: llama.cpp failed.
        """
        told: list[dict[str, Any]] = []
        request = {
            "prompt": prompt if isinstance(prompt, str) else list(prompt), "n_predict": ahead, "stream": False,
            "logprobs": count, "temperature": 0.0, "cache_prompt": True,
            **self._switched(adapter),
        }  # fmt: skip
        with self._lock:
            self._server.handle_completions(request, lambda chunk: bool(told.append(chunk)))  # type: ignore[func-returns-value]
        if not told or "error" in told[0]:
            raise _refused(told[0]["error"] if told else {})
        answer, choice = told[0], told[0]["choices"][0]
        # Bytes that are no whole character yet are told with a later token: from there on it is not known which tokens there were.
        listed = (choice["logprobs"] or {"content": []})["content"]
        content = list(takewhile(lambda each: each["bytes"] == each["top_logprobs"][0]["bytes"], listed))
        likeliest = content[0]["top_logprobs"] if content else []
        return Peek(
            {int(each["id"]): float(each["logprob"]) for each in likeliest},
            int(answer["usage"]["prompt_tokens"]), int(answer["timings"]["cache_n"]), tuple(int(each["id"]) for each in content),
            choice["finish_reason"] == "stop" and not listed,
        )  # fmt: skip

    def learnt(self, adapter: str) -> frozenset[str]:
        """See `Weighs.learnt`."""
        if adapter not in self._learnt:
            fields = gguf_file.read(self._files[adapter]).fields
            told = str(fields[LEARNT].contents()) if LEARNT in fields else ""
            self._learnt[adapter] = frozenset(told.split())
        return self._learnt[adapter]

    def likelihoods(
        self, prompt: str, words: Sequence[str], *, adapter: str | None = None, cancel: threading.Event | None = None
    ) -> Mapping[str, float]:
        """See `Weighs.likelihoods`."""
        request = {
            "prompt": prompt, "n_predict": 1, "stream": True, "logprobs": _LIKELIEST, "temperature": 0.0, "cache_prompt": True,
            **self._switched(adapter),
        }  # fmt: skip
        completion = LlamaCppCompletion(self, request, cancel or threading.Event())
        for _ in completion:
            pass
        found = dict.fromkeys(words, _FLOOR)
        for each in completion.likeliest:
            begun = bytes(each["bytes"])
            for word in words:
                if begun.strip() and word.encode().startswith(begun):
                    found[word] = max(found[word], float(each["logprob"]))
        return found

    def _beside(self, adapters: Mapping[str, Path]) -> list[Path]:
        """The files llama.cpp loads: none where the only one is in the weights already."""
        return [] if self._folded and len(adapters) == 1 else list(adapters.values())

    def _switched(self, adapter: str | None) -> dict[str, Any]:
        """What a request says of adapters: this one on, all others off. KeyError where there is none of this name.

        Each adapter reads into a cache of its own, so that to ask one costs the others nothing.
        """
        if adapter not in (self.adapters if self._folded else (None, *self.adapters)):
            raise KeyError(adapter)
        if self._folded and len(self.adapters) == 1:
            return {}
        on = {adapter: 1.0}
        if self._folded:
            on = {} if adapter == self._folded else {**on, self._folded: -1.0}
        slot = self.adapters.index(adapter) if adapter else 0
        return {
            "lora": [{"id": n, "scale": on.get(name, 0.0)} for n, name in enumerate(self.adapters)],
            "id_slot": slot,
        }

    def close(self) -> None:
        """Frees the model; waits for a completion under way to end. Harmless when called twice."""
        with uninterrupted(), self._lock:
            self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "LlamaCppEngine":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@dataclass(frozen=True)
class Peek:
    """What may come next.

    Attributes:
        log_probabilities: token id → that of the likeliest next tokens; empty where the likeliest is the end of text, or bytes
            that are no whole character.
        tokens: of the prompt. cached: how many it had in common with the prompt before (its last token is always read anew).
        spoken: ids of the tokens that come next, up to the end of text or to such bytes.
        ends: the text ends here.
    """

    log_probabilities: Mapping[int, float]
    tokens: int
    cached: int
    spoken: tuple[int, ...] = ()
    ends: bool = False


class LlamaCppCompletion:
    """One completion, generated by a thread of its own and read by iterating; see `engines.Completion`."""

    def __init__(self, engine: LlamaCppEngine, request: dict[str, Any], cancel: threading.Event) -> None:
        self.ended_by: Ended = "stop"
        self.timing = Timing()
        self.likeliest: Sequence[
            Mapping[str, Any]
        ] = ()  # first tokens with their log-probabilities, where the request asks for them
        self._engine, self._request = engine, request
        self._cancel, self._closed = cancel, threading.Event()
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._start = time.perf_counter()
        self._thread = threading.Thread(target=self._generate, name="llama.cpp completion", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[str]:
        try:
            while (item := self._next()) is not _DONE:
                if isinstance(item, Exception):
                    raise item
                if self.timing.first_token_s is None:
                    self.timing.first_token_s = time.perf_counter() - self._start
                yield item
        finally:
            self.timing.total_s = time.perf_counter() - self._start
            self.close()

    def close(self) -> None:
        """Stops generating within a token; the next completion waits for that."""
        self._closed.set()

    def _next(self) -> Any:
        # A cancelled reader is let go at once, even while a long prompt is still being read in.
        while True:
            if self._cancel.is_set():
                self.ended_by = "cancelled"
                return _DONE
            try:
                return self._queue.get(timeout=0.02)
            except queue.Empty:
                continue

    def _stopped(self) -> bool:
        return self._cancel.is_set() or self._closed.is_set()

    def _generate(self) -> None:
        try:
            with self._engine._lock:
                if self._engine._server is None:
                    raise EngineError("the language engine is closed", "언어 엔진이 닫혀 있습니다")
                if not self._stopped():
                    answer = self._engine._server.handle_completions(self._request, self._take)
                    if answer is not None:
                        self._take(answer)
        except EngineError as error:
            self._queue.put(error)
        except Exception as error:
            self._queue.put(_failed(_first_line(error)))
        self._queue.put(_DONE)

    def _take(self, chunk: dict[str, Any]) -> bool:
        """Called by llama.cpp with each piece; True makes it stop."""
        if "error" in chunk:
            self._queue.put(_refused(chunk["error"]))
            return True
        choice = chunk["choices"][0]
        if told := choice.get("logprobs"):
            self.likeliest = self.likeliest or told["content"][0]["top_logprobs"]
        if choice["text"]:
            self._queue.put(choice["text"])
        if choice["finish_reason"] == "length":
            self.ended_by = "length"
        if timings := chunk.get("timings"):
            self.timing.cached_tokens = timings["cache_n"]
            self.timing.prompt_tokens = timings["cache_n"] + timings["prompt_n"]
            self.timing.tokens = timings["predicted_n"]
        return self._stopped()


def _start(path: Path, adapters: Sequence[Path], threads: int, context: int, folder: str) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.verbosity = -1
    params.n_ctx = context
    params.n_parallel = max(1, len(adapters))
    params.kv_unified = True
    params.n_gpu_layers = -1
    params.swa_full = True
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.warmup = False
    params.fit_params = False
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = "null"
    address = str(Path(folder) / "llama.sock")
    if hasattr(socket, "AF_UNIX") and len(os.fsencode(address)) < _LONGEST_SOCKET:
        params.hostnames = [address]
    else:
        params.api_keys = [secrets.token_urlsafe(32)]
    params.lora_init_without_apply = True
    params.lora_adapters = [_adapter(xllamacpp, file) for file in adapters]
    server = xllamacpp.Server(params)
    # Its worker may not run yet, and one that is told to end before it runs never does: freeing would wait for ever. An
    # answer, be it empty, proves that it runs.
    server.handle_completions({"prompt": "a", "n_predict": 0, "stream": False}, lambda _: False)
    return server


def _adapter(xllamacpp: Any, file: Path) -> Any:
    info = xllamacpp.CommonAdapterLoraInfo()
    info.path = str(file)
    info.scale = 0.0
    return info


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise MissingError(
            f"there is no model file {path}; give a GGUF file with --llm",
            f"모델 파일 {path}이(가) 없습니다. --llm으로 GGUF 파일을 지정하세요",
        ) from None
    except OSError as error:
        raise EngineError(
            f"{path} cannot be read ({error.strerror}); name a GGUF file",
            f"{path}을(를) 읽을 수 없습니다({error.strerror}). GGUF 파일을 지정하세요",
        ) from None
    if magic != _GGUF_MAGIC:
        raise EngineError(
            f"{path} is not a GGUF file (it begins with {magic!r}); convert it to GGUF first",
            f"{path}은(는) GGUF 파일이 아닙니다({magic!r}로 시작). GGUF로 변환하세요",
        )


def _usable_cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, cores))


def _with(adapters: Mapping[str, Path]) -> str:
    return "".join(f" + {path.name}" for path in adapters.values())


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _failed(what: str) -> EngineError:
    return EngineError(f"llama.cpp failed: {what}", f"llama.cpp에서 오류가 났습니다: {what}")


def _refused(error: Mapping[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        return PromptTooLong(int(error["n_prompt_tokens"]), int(error["n_ctx"]))
    return _failed(str(error.get("message", error)))
