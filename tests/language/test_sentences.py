"""Sentence vectors: the graph agrees with the package's engine, token for token and vector for vector, and falls back to it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohlora.language import sentences
from ohlora.language.sentences import graph, weights
from ohlora.language.sentences.graph import Graph
from ohlora.paths import cache_dir

TEXTS = [
    "우리 고양이 이름이 뭐였지?", "안녕", "나 내일 뭐 하기로 했더라?", "I have a job interview next Friday, wish me luck!", "hi",
    "What did I tell you about my sister's wedding in Busan?", "", " ", "?!", "🙂😀", "ㅋㅋㅋㅋ 진짜 👨‍👩‍👧 대박 🎉", "haha hahaha ha ha",
    "ｆｕｌｌ　ｗｉｄｔｈ ﷺ ½", "a\0b", "<s> </s> <mask>", "Привет, как дела? 你好 こんにちは", "עברית\u200f \u200bzero",
    "어제 친구랑 한강에서 자전거를 타다가 넘어져서 무릎을 다쳤는데, 병원에 가니까 뼈는 괜찮다고 해서 다행이었어. 그래도 당분간은 "
    "달리기를 못 할 것 같아서 다음 달 마라톤은 포기하려고 해. 대신 수영을 시작해 볼까 생각 중이야. 혹시 수영 배울 때 좋은 방법 알아? " * 2,
    "Yesterday I went to the market with my mother and we bought far too many apples, so now I am looking for a recipe "
    "for apple pie that works without butter, because my brother cannot eat anything made of milk. " * 2,
]  # fmt: skip


@pytest.fixture(scope="module")
def compute() -> Graph:
    return Graph(check=lambda compute: True)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The way of computing is chosen anew, and again after the test."""
    chosen = sentences._chosen
    chosen.cache_clear()
    sentences._last.clear()
    yield
    chosen.cache_clear()
    sentences._last.clear()


def test_the_graph_agrees_with_the_packages_engine(compute: Graph) -> None:
    ours = np.stack([compute(text) for text in TEXTS])
    cosine = (ours * sentences.plain(TEXTS)).sum(1)
    # Without instructions for 8 bit a processor computes in float32, which 8 bit only comes near to.
    assert cosine.min() >= (0.9999 if _rounds_to_8_bit() else 0.9995), dict(zip(TEXTS, cosine, strict=True))
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-6)


def _rounds_to_8_bit() -> bool:
    flags = Path("/proc/cpuinfo")
    return flags.is_file() and "avx512_vnni" in flags.read_text()


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.lists(st.sampled_from(TEXTS)).map(" ".join))
def test_the_tokens_are_the_packages(text: str) -> None:
    model, _ = sentences._engine()
    assert len(_graph().tokens(text)) + 2 == model.token_count(text, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("나 간호사야", ["나", "간호", "사", "야"]),
        ("  Hi,   Wigan", ["Hi", ",", "Wi", "gan"]),
        ("ｆｕｌｌ ½ km", ["ｆｕｌｌ", "½", "km"]),
        ("a\0b", ["a"]),
    ],
)
def test_each_token_knows_where_it_stands(text: str, words: list[str]) -> None:
    placed = graph.taken_in().pieces.placed(text)
    assert [text[begin:end] for _, begin, end in placed if begin < end] == words


def _graph() -> Graph:
    found = sentences._compute()
    assert isinstance(found, Graph), "the graph is in use on this processor"
    return found


def test_a_long_text_is_read_in_windows(compute: Graph) -> None:
    text = " ".join(f"문장 {n} hello" for n in range(130))
    assert len(compute.tokens(text)) > 510
    assert float(compute(text) @ sentences.plain([text])[0]) >= 0.9995


def test_all_lengths_share_a_few_sizes(compute: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO keeps kernels for every size it has seen: of sentences of all lengths there must be few, and what fills them up is not read."""
    sizes = set()

    class Counting:
        def infer(self, given: dict[int, np.ndarray]) -> object:
            sizes.add(given[0].shape)
            return request.infer(given)

    request = compute._request
    monkeypatch.setattr(compute, "_request", Counting())
    texts = ["가나다라 " * n for n in range(1, 30)]
    lengths = {len(compute.tokens(text)) for text in texts}
    ours = np.stack([compute(text) for text in texts])
    assert len(lengths) == len(texts) > 3 * len(sizes)
    assert (ours * sentences.plain(texts)).sum(1).min() >= 0.9995


def test_the_same_text_has_the_same_vector_to_the_last_bit(compute: Graph) -> None:
    again = Graph(check=lambda compute: False)  # from the cache: nothing is checked a second time
    for text in TEXTS[:6]:
        first = compute(text)
        compute("something else in between, of another length")
        assert (compute(text) == first).all()
        assert (again(text) == first).all()


def test_one_message_is_computed_once_and_only_the_last_are_kept(
    forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    def count(text: str) -> np.ndarray:
        computed.append(text)
        return np.ones(sentences.WIDTH, np.float32)

    monkeypatch.setattr(sentences, "_chosen", lambda: count)
    for _ in range(3):
        assert sentences.embed(["a", "b", "a"]).shape == (3, sentences.WIDTH)
    assert computed == ["a", "b"]
    sentences.embed([str(n) for n in range(sentences.REMEMBERED)])
    sentences.embed(["a"])
    assert computed.count("a") == 2


def test_a_damaged_graph_in_the_cache_is_built_anew(
    compute: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path))
    path = graph._place(compute._taken.weights)
    assert path.is_relative_to(cache_dir())
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 100)
    asked: list[bool] = []
    built = Graph(check=lambda compute: not asked.append(True))
    assert asked == [True]
    assert (built("안녕") == compute("안녕")).all()
    assert path.stat().st_size > 1_000_000
    assert graph._kept(path) is not None


def test_a_graph_that_does_not_agree_is_not_used(
    forgotten: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path))
    monkeypatch.setattr(sentences, "_agrees", lambda compute: False)
    assert (sentences.embed(["안녕"]) == sentences.plain(["안녕"])).all()
    assert not list(tmp_path.rglob("*.graph"))


@pytest.mark.parametrize("data", [b"", b"E5S1", b"GGUF" + bytes(100), b"E5S1" + bytes(200)])
def test_another_file_of_weights_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="file"):
        weights.parsed(np.frombuffer(data, np.uint8))


def test_a_missing_tensor_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing has 0 bytes, 16 are needed"):
        weights.read().floats("nothing", 4)
