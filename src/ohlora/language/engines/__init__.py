"""Where words come from: one protocol, and the engines that keep it.

`llama_cpp` runs a GGUF file in this process (the default), `openai` asks any OpenAI-compatible server. An engine
continues text or answers chat messages; it knows nothing of personas, prompts or labels.
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from ohlora.errors import InputError

if TYPE_CHECKING:
    from ohlora.personas import Persona

__all__ = [
    "BUNDLED", "GREEDY", "SPOKEN", "Completion", "Engine", "EngineError", "Message", "PromptTooLong", "Sampling", "Timing", "open_engine",
]  # fmt: skip

BUNDLED = "gemma-3-270m"
"""Name in the catalogue of the model used when none is asked for."""
SPOKEN = "reply"
"""Name of the adapter she speaks with: it goes into the weights of the bundled model."""

Ended = Literal["stop", "length", "cancelled"]


class EngineError(InputError):
    """The language engine cannot answer: the server is away or speaks nonsense, the model file cannot be run."""


class PromptTooLong(EngineError):
    """The prompt has more tokens than the model's context.

    Args:
        tokens: of the prompt.
        context: of the model.
    """

    def __init__(self, tokens: int, context: int) -> None:
        super().__init__(
            f"the conversation has {tokens:,} tokens, the language model takes {context:,}: send a shorter message",
            f"대화가 {tokens:,}토큰인데 언어 모델은 {context:,}토큰까지 읽습니다. 메시지를 줄여서 보내 주세요",
        )
        self.tokens, self.context = tokens, context


@dataclass(frozen=True)
class Message:
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. Temperature 0 takes the likeliest. Settings an engine lacks are left to its own default."""

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64


GREEDY = Sampling()


@dataclass
class Timing:
    """Counts and seconds of one completion; a count the engine does not tell is None."""

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    tokens: int | None = None
    first_token_s: float | None = None
    total_s: float | None = None


class Completion(Protocol):
    """A completion under way: iterate it for pieces of text. `ended_by` and `timing` are whole once it is exhausted."""

    ended_by: Ended
    timing: Timing

    def __iter__(self) -> Iterator[str]: ...

    def close(self) -> None:
        """Stops generating; nothing more comes. Harmless when done."""


class Engine(Protocol):
    """Completes prompts.

    Attributes:
        name: the model's name, for people.
        form: "text" engines take a raw prompt, "chat" engines take messages.
        adapters: names of the persona's adapters that are loaded and can be switched on for a request.
    """

    @property
    def name(self) -> str: ...

    @property
    def form(self) -> Literal["text", "chat"]: ...

    @property
    def adapters(self) -> tuple[str, ...]: ...

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
    ) -> Completion:
        """Starts a completion.

        Args:
            prompt: raw text for a "text" engine, messages for a "chat" engine.
            max_tokens: at most so many.
            sampling: how tokens are drawn; with one seed the same words come again.
            stop: strings that end the text; not part of it.
            seed: of the sampling.
            grammar: GBNF; only "text" engines keep to it.
            schema: JSON schema of the answer; only "chat" engines use it, and a server may not keep to it.
            adapter: which of `adapters` speaks; None for the base model.
            bias: text → added to the logits of its tokens, in nats; only "text" engines know it.
            cancel: when set, the completion ends within about a token.

        Raises:
            EngineError: the prompt does not fit, the server is away, …: now or while iterating.
        """

    def close(self) -> None:
        """Frees the model or the connection. Harmless when called twice."""


@runtime_checkable
class Weighs(Protocol):
    """An engine that can tell how likely words are to come next, and what its adapters have learnt."""

    def learnt(self, adapter: str) -> frozenset[str]:
        """What an adapter says it has learnt (`export.LEARNT`): "memos", "over", "instead", "limits"; nothing where it does not say."""

    def likelihoods(
        self, prompt: str, words: Sequence[str], *, adapter: str | None = None, cancel: threading.Event | None = None
    ) -> Mapping[str, float]:
        """Word → log-probability (nats) of the token it begins with, right after a raw prompt; very low where it is unlikely.

        Raises:
            EngineError: the engine failed, or the prompt does not fit.
        """


@dataclass(frozen=True)
class _Choice:
    """What `--llm` names."""

    kind: Literal["bundled", "gguf", "openai"]
    value: str = ""
    model: str | None = None


def open_engine(
    llm: str | None = None, *, persona: "Persona | None" = None, threads: int | None = None, key: str | None = None
) -> Engine:
    """Opens an engine.

    Args:
        llm: None for the bundled model, the path of a GGUF file, or the address of an OpenAI-compatible server
            (`http://127.0.0.1:11434/v1`, with `#model` where the server has several).
        persona: whose adapters are loaded; only the bundled model can carry those that ship.
        threads: processor threads; by default the physical cores, at most 8.
        key: of the server; by default that of the environment, "" for none.

    Raises:
        MissingError: the bundled model is not pulled.
        EngineError: no such file, a broken file, a malformed address.
    """
    choice = _choice(llm)
    if choice.kind == "openai":
        from ohlora.language.engines.openai import OpenAIEngine

        return OpenAIEngine(choice.value, choice.model, key=key)
    from ohlora.language.engines.llama_cpp import LlamaCppEngine

    if choice.kind == "gguf":
        return LlamaCppEngine(Path(choice.value), threads=threads)
    from ohlora.models import find, locate

    path = next(locate(BUNDLED).glob("*.gguf"))
    files = sorted((persona.folder / "adapters").glob("*.gguf")) if persona else []
    adapters = {file.stem: file for file in files}
    spoken = SPOKEN if SPOKEN in adapters else next(iter(adapters), None)
    if spoken:
        digest = next(file.sha256 for file in find(BUNDLED).files if file.name == path.name)
        with suppress(_CannotFold):
            folded = _fold(path, adapters[spoken], digest)
            return LlamaCppEngine(folded, adapters=adapters, folded=spoken, threads=threads)
    return LlamaCppEngine(path, adapters=adapters, threads=threads)


class _CannotFold(Exception):
    """The adapter is used beside the weights instead: slower, but the same words."""


def _fold(path: Path, adapter: Path, digest: str) -> Path:
    from ohlora.language.merging import folded

    try:
        return folded(path, adapter, digest=digest)
    except InputError as error:
        logging.getLogger(__name__).warning("%s", error)
        raise _CannotFold from error


def _choice(llm: str | None) -> _Choice:
    if llm is None or llm == BUNDLED:
        return _Choice("bundled")
    if llm.startswith(("http://", "https://")):
        address, _, model = llm.partition("#")
        return _Choice("openai", address.rstrip("/"), model or None)
    if not llm.strip():
        raise EngineError(
            "--llm is empty; give an address, a GGUF file, or leave it out for the bundled model",
            "--llm이 비어 있습니다. 주소나 GGUF 파일을 주거나, 내장 모델을 쓰려면 빼세요",
        )
    if "://" in llm:
        raise EngineError(
            f"--llm {llm}: only http:// and https:// addresses are known",
            f"--llm {llm}: http://와 https:// 주소만 쓸 수 있습니다",
        )
    return _Choice("gguf", llm)
