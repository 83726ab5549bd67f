"""The bundled engine on the real model."""

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ohlora import models
from ohlora.errors import MissingError
from ohlora.language.engines import EngineError, Message, PromptTooLong, Sampling, open_engine
from ohlora.language.engines.llama_cpp import LlamaCppEngine

PROMPT = "사용자: 안녕? 너는 누구야?\n오로라:"
WARM = Sampling(temperature=0.9)


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaCppEngine]:
    """The base model alone."""
    with open_engine() as engine:  # type: ignore[attr-defined]
        yield engine


def test_same_seed_same_words_other_seed_others(engine: LlamaCppEngine) -> None:
    def words(seed: int) -> str:
        return "".join(engine.complete(PROMPT, max_tokens=16, sampling=WARM, seed=seed))

    first = words(1)
    assert first
    assert words(1) == first
    assert any(words(seed) != first for seed in range(2, 6))


def test_stop_and_length_and_counts(engine: LlamaCppEngine) -> None:
    short = engine.complete(PROMPT, max_tokens=3)
    text = "".join(short)
    assert short.ended_by == "length"
    assert short.timing.tokens == 3
    assert 0 < (short.timing.first_token_s or 0) <= (short.timing.total_s or 0)
    stopped = engine.complete("하나, 둘, 셋, 넷, 다섯, 하나, 둘, 셋, 넷,", max_tokens=40, stop=["셋"])
    text = "".join(stopped)
    assert stopped.ended_by == "stop"
    assert "셋" not in text


def test_a_prompt_that_begins_alike_costs_only_its_rest(engine: LlamaCppEngine) -> None:
    # Longer than Gemma's sliding window of 512 tokens, which a cache cut to the window could not give back.
    told = " ".join(f"{number}번째 날에는 비가 왔다." for number in range(70))
    first = engine.complete(f"{told}\n사용자: 안녕\n오로라:", max_tokens=2)
    "".join(first)
    again = engine.complete(f"{told}\n사용자: 오늘 뭐 해?\n오로라:", max_tokens=2)
    "".join(again)
    assert (first.timing.prompt_tokens or 0) > 520
    assert (again.timing.prompt_tokens or 0) - (again.timing.cached_tokens or 0) < 30
    "".join(engine.complete(PROMPT, max_tokens=2))
    anew = engine.complete(PROMPT, max_tokens=2, reuse=False)
    "".join(anew)
    assert anew.timing.cached_tokens == 0


def test_grammar_leaves_no_choice(engine: LlamaCppEngine) -> None:
    grammar = 'root ::= " 가나다" | " 라마바"'
    for seed in range(3):
        answer = engine.complete(PROMPT, max_tokens=20, grammar=grammar, sampling=WARM, seed=seed)
        assert "".join(answer) in (" 가나다", " 라마바")


def test_broken_grammar_is_an_engine_error(engine: LlamaCppEngine) -> None:
    with pytest.raises(EngineError, match="grammar"):
        list(engine.complete(PROMPT, max_tokens=2, grammar="root ::= ("))
    assert list(engine.complete(PROMPT, max_tokens=2)), "the engine stays up"


def test_cancel_in_mid_sentence(engine: LlamaCppEngine) -> None:
    cancel = threading.Event()
    completion = engine.complete(PROMPT, max_tokens=400, sampling=WARM, grammar="root ::= [가-힣 ]+", cancel=cancel)
    pieces = iter(completion)
    next(pieces)
    cancel.set()
    start = time.perf_counter()
    rest = list(pieces)
    assert time.perf_counter() - start < 0.1
    assert completion.ended_by == "cancelled"
    assert len(rest) < 20
    assert list(engine.complete(PROMPT, max_tokens=2)), "the engine goes on"


def test_abandoned_completion_does_not_hold_the_engine(engine: LlamaCppEngine) -> None:
    for _ in engine.complete(PROMPT, max_tokens=2000, grammar="root ::= [가-힣 ]+"):
        break
    start = time.perf_counter()
    assert list(engine.complete(PROMPT, max_tokens=2))
    assert time.perf_counter() - start < 5


def test_prompt_beyond_the_context(engine: LlamaCppEngine) -> None:
    with pytest.raises(PromptTooLong) as caught:
        list(engine.complete("가 나 " * 5000, max_tokens=2))
    assert caught.value.tokens > caught.value.context
    assert list(engine.complete(PROMPT, max_tokens=2)), "the engine stays up"


def test_streamed_characters_are_whole(engine: LlamaCppEngine) -> None:
    # Byte tokens: an emoji that the vocabulary holds only in parts arrives in one piece or not at all.
    answer = engine.complete("이모지:", max_tokens=12, grammar='root ::= " 🫠🪿🫨"')
    pieces = list(answer)
    assert "\ufffd" not in "".join(pieces)
    assert "".join(pieces) in " 🫠🪿🫨"


def test_takes_text_only(engine: LlamaCppEngine) -> None:
    with pytest.raises(TypeError):
        engine.complete([Message("user", "안녕")], max_tokens=2)


def test_nobody_else_can_reach_the_model(engine: LlamaCppEngine) -> None:
    folder = Path(engine._folder)  # on systems with socket files
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["llama.sock"]


def test_files_that_are_no_models(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="nowhere"):
        open_engine(str(tmp_path / "nowhere.gguf"))
    page = tmp_path / "page.gguf"
    page.write_text("<html>")
    with pytest.raises(EngineError, match="not a GGUF"):
        open_engine(str(page))
    with pytest.raises(EngineError, match=r"cannot be read \(Is a directory\); name a GGUF file"):
        open_engine(str(tmp_path))
    with pytest.raises(EngineError, match="--llm is empty"):
        open_engine("")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes((models.locate("gemma-3-270m") / "gemma-3-270m-q4_k_m.gguf").read_bytes()[:5_000_000])
    with pytest.raises(EngineError, match=r"cut\.gguf"):
        open_engine(str(cut))


def test_silent_and_frees_everything() -> None:
    """In a process of its own: nothing on either stream, no file left, closing twice is fine."""
    script = (
        "from ohlora.language.engines import open_engine, EngineError\n"
        "e = open_engine(); folder = e._folder; ''.join(e.complete('안녕', max_tokens=2)); e.close(); e.close()\n"
        "import pathlib; assert not pathlib.Path(folder).exists()\n"
        "try: list(e.complete('안녕', max_tokens=2)); raise SystemExit('spoke after closing')\n"
        "except EngineError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=120, env=os.environ, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_engine_closed_at_once_ends(tmp_path: Path) -> None:
    """Freed before its worker ran, llama.cpp once waited for ever; and a long TMPDIR leaves no room for a socket file."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    script = (
        "from ohlora import personas; from ohlora.language.engines import open_engine\n"
        "for _ in range(4): open_engine(persona=personas.load()).close()\n"
    )
    for temporary in (tmp_path, folder):
        environment = {**os.environ, "TMPDIR": str(temporary)}
        subprocess.run([sys.executable, "-c", script], check=True, timeout=120, env=environment)
        assert not list(temporary.glob("ohlora-*"))


def test_likelihoods_are_those_of_what_comes_next(engine: LlamaCppEngine) -> None:
    """A word counts as the token it begins with; one that is not among the likeliest as very unlikely."""
    prompt = "하나, 둘, 하나, 둘, 하나, 둘, 하나,"
    told = engine.likelihoods(prompt, (" 둘", " 둘째", " 하나", " 병원장님"))
    seen = engine.peek(prompt, 3)
    assert told[" 둘"] == told[" 둘째"] == pytest.approx(max(seen.log_probabilities.values()), abs=1e-4)
    assert told[" 병원장님"] < told[" 하나"] < told[" 둘"] < 0
    cancelled = threading.Event()
    cancelled.set()
    assert max(engine.likelihoods(prompt, (" 둘",), cancel=cancelled).values()) < -10, "nothing is known"


def test_a_closed_engine_says_so_when_asked_for_likelihoods() -> None:
    with open_engine() as engine:  # type: ignore[attr-defined]
        pass
    with pytest.raises(EngineError, match="closed"):
        engine.likelihoods("하나", (" 둘",))
