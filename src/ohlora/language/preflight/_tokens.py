"""Faults of a tokenizer against its model: ids without an embedding row, padding, ends, special tokens, Korean lost."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from ohlora.errors import InputError
from ohlora.language.data import Data
from ohlora.language.encoding import Row, end_token
from ohlora.language.preflight._report import Finding, Severity, rows_text
from ohlora.language.preflight._subject import Subject, mended

# Everyday Korean, where the data happens to hold little of it.
PROBES = ("안녕하세요, 저는 오로라예요! 만나서 반가워요.", "꽃잎이 흩날리는 3월 5일 목요일 오후에 만날까요?")
MOST_ROWS = 5000  # are looked at for the round trip; more tell nothing new
CONTROL = re.compile(
    r"<\|[^<>|\s]{1,40}\|>|</?s>|<(?:eos|bos|pad|unk|mask|start_of_turn|end_of_turn)>|\[(?:PAD|EOS|BOS|SEP|CLS|UNK|MASK)\]"
)
_ROLES = ("eos_token", "bos_token", "pad_token", "unk_token")
_OWN = ("take the tokenizer of this very model", "이 모델의 토크나이저를 쓰세요")


def check(subject: Subject, data: Data, encoded: Sequence[tuple[int, Row]]) -> Iterator[Finding]:
    """Findings on tokenizer and token ids. `encoded`: (row number, what training sees of it)."""
    yield from _ids(subject, data, encoded)
    yield from _size(subject, encoded)
    yield from _padding(subject)
    yield from _ends(subject)
    yield from _split(subject, data)
    yield from _types(subject)
    yield from _round_trip(subject, data)
    yield from _template(subject)


def _ids(subject: Subject, data: Data, encoded: Sequence[tuple[int, Row]]) -> Iterator[Finding]:
    rows, outputs = subject.rows, subject.outputs
    if rows is None or outputs is None:
        return
    beyond: dict[int, list[int]] = {}
    negative, labels = [], []
    for number, row in encoded:
        for token in set(row.ids):
            if token >= rows:
                beyond.setdefault(token, []).append(number)
            elif token < 0:
                negative.append(number)
        if any(label != -100 and not 0 <= label < outputs for label in row.labels):
            labels.append(number)
    yield from _beyond(subject, data, beyond, rows)
    if negative:
        yield Finding(
            "inputs-negative", "error",
            (f"negative ids (−100?) stand in the inputs of {len(negative)} rows", f"입력에 음수 번호(−100?)가 든 행이 {len(negative)}개입니다"),
            _OWN, f"{data.path.name}: {rows_text(negative, data.unit)}",
        )  # fmt: skip
    if labels and not beyond:
        yield Finding(
            "labels-range", "error",
            (f"labels outside {{−100}} ∪ [0, {outputs:,}) in {len(labels)} rows: the output layer has {outputs:,} rows, "
             f"the input embedding {rows:,}",
             f"출력층이 {outputs:,}행인데 그 밖의 라벨이 든 행이 {len(labels)}개입니다(입력 임베딩 {rows:,}행)"),
            ("make input embedding and output layer the same height, or choose the tokenizer they were made for",
             "입력 임베딩과 출력층의 높이를 맞추거나 맞는 토크나이저를 쓰세요"),
            f"{data.path.name}: {rows_text(labels, data.unit)}",
        )  # fmt: skip


def _beyond(subject: Subject, data: Data, beyond: dict[int, list[int]], rows: int) -> Iterator[Finding]:
    """One finding a token; of many tokens only that of the first row, with their number."""
    order = sorted(beyond, key=lambda token: (min(beyond[token]), token))
    many = len(order) > 3
    for token in order[:1] if many else order:
        numbers = sorted({number for found in beyond.values() for number in found}) if many else beyond[token]
        name, first = _readable(subject.tokenizer, token), min(beyond[token])
        others, andere = (f"; {len(order)} such tokens", f" 이런 토큰이 {len(order)}가지입니다.") if many else ("", "")
        yield Finding(
            "token-id", "error",
            (f"the token {name!r} has the id {token:,}, but the model has {rows:,} embedding rows (ids 0–{rows - 1:,}); "
             f"first in {data.unit} {first} of the data, {len(set(numbers))} in all{others}; on a GPU this is a device-side assert",
             f"토큰 {name!r}의 번호가 {token:,}인데 모델의 임베딩은 {rows:,}행(0–{rows - 1:,})뿐입니다. "
             f"데이터 {first}번째 줄에 처음 나오고 모두 {len(set(numbers))}줄입니다.{andere} GPU에서는 device-side assert가 납니다"),
            _OWN if many else _rowless(subject, token), f"{data.path.name}: {rows_text(numbers, data.unit)}",
        )  # fmt: skip


def _rowless(subject: Subject, token: int) -> tuple[str, str]:
    """What `--fix` does about a token without a row: only added ones can go, and what stands in their place differs."""
    tokenizer, name = subject.tokenizer, str(subject.tokenizer.convert_ids_to_tokens(token))
    if not subject.fixable or name not in _added(tokenizer):
        return _OWN
    if token == end_token(tokenizer, subject.config):
        return (
            "run again with --fix DIR: texts then end with a token inside the vocabulary (add --resize to give this one a row)",
            "--fix DIR로 다시 실행하면 어휘 안의 끝 토큰을 씁니다(--resize를 더하면 이 토큰의 행을 만듭니다)",
        )
    if name in _role_tokens(tokenizer):
        return (
            "run again with --fix DIR: a token inside the vocabulary takes its place (add --resize to give this one a row)",
            "--fix DIR로 다시 실행하면 어휘 안의 토큰이 대신합니다(--resize를 더하면 이 토큰의 행을 만듭니다)",
        )
    if CONTROL.fullmatch(name):
        return (
            "run again with --fix DIR: this token is taken out of the tokenizer and of the data",
            "--fix DIR로 다시 실행하면 이 토큰을 토크나이저와 데이터에서 지웁니다",
        )
    return (
        "run again with --fix DIR: the tokenizer then reads it as ordinary text (add --resize to give it a row)",
        "--fix DIR로 다시 실행하면 이 토큰을 보통 글로 읽습니다(--resize를 더하면 이 토큰의 행을 만듭니다)",
    )


def _added(tokenizer: Any) -> set[str]:
    return {str(token) for token in getattr(tokenizer, "get_added_vocab", dict)()}


def _role_tokens(tokenizer: Any) -> set[str | None]:
    return {getattr(tokenizer, role, None) for role in _ROLES}


def _readable(tokenizer: Any, token: int) -> str:
    """As people read it; byte-level tokens are written in signs nobody knows."""
    text = str(tokenizer.decode([token]))
    return text if text and "\ufffd" not in text else str(tokenizer.convert_ids_to_tokens(token))


def _size(subject: Subject, encoded: Sequence[tuple[int, Row]]) -> Iterator[Finding]:
    """More ids than rows; rows that no id names are padding up to a round number, unless there are very many."""
    rows = subject.rows
    if rows is None:
        return
    tokens = subject.tokenizer.get_vocab()
    size = max(tokens.values(), default=-1) + 1
    beyond = sorted((number, name) for name, number in tokens.items() if number >= rows)
    if beyond:
        tokenizer = subject.tokenizer
        roles, added = _role_tokens(tokenizer), _added(tokenizer)
        listed = ", ".join(f"{_readable(tokenizer, number)!r} ({number:,})" for number, _ in beyond[:5]) + (
            " …" if len(beyond) > 5 else ""
        )
        # Gemma 3 adds one token for pictures that its text models have no row for; no text ever holds it.
        harmless = all(name in added and name not in roles for _, name in beyond)
        yield Finding(
            "tokenizer-larger", "warning" if harmless else "error",
            (f"the tokenizer has ids up to {size - 1:,}, the embedding {rows:,} rows; without a row: {listed}",
             f"토크나이저의 번호는 {size - 1:,}까지, 임베딩은 {rows:,}행입니다. 행이 없는 토큰: {listed}"),
            _too_many(subject, [name for _, name in beyond], added, harmless), str(subject.path),
        )  # fmt: skip
    elif not _is_padding(rows, size):
        yield Finding(
            "tokenizer-smaller", "warning",
            (f"{rows - size:,} of {rows:,} embedding rows have no token: more than padding to a round number; is this the model's own tokenizer?",
             f"임베딩 {rows:,}행 가운데 {rows - size:,}행에 토큰이 없습니다. 채움치고는 많습니다. 이 모델의 토크나이저가 맞나요?"),
            _OWN, str(subject.path),
        )  # fmt: skip


def _too_many(subject: Subject, beyond: Sequence[str], added: set[str], harmless: bool) -> tuple[str, str]:
    """Added tokens can be taken away; the vocabulary of another model cannot be mended."""
    if harmless:
        return (
            "keep these tokens out of the data, or take the tokenizer of this very model",
            "데이터에 이 토큰을 쓰지 말거나 이 모델의 토크나이저를 쓰세요",
        )
    if not subject.fixable or not added.issuperset(beyond):
        return _OWN
    return (
        "take the tokenizer of this very model, or run again with --fix DIR",
        "이 모델의 토크나이저를 쓰거나 --fix DIR로 다시 실행하세요",
    )


def _is_padding(rows: int, size: int) -> bool:
    """Are the rows without a token but padding? Real vocabularies are padded to a round number, or by at most a twentieth."""
    gap = rows - size
    return gap <= max(128, rows // 20) or (rows % 64 == 0 and gap <= 1024)


def _padding(subject: Subject) -> Iterator[Finding]:
    rows, tokenizer = subject.rows, subject.tokenizer
    generation = _generation(subject)
    places = [
        ("tokenizer", tokenizer.pad_token_id), ("config.json", getattr(subject.config, "pad_token_id", None)),
        ("generation_config.json", generation.get("pad_token_id")),
    ]  # fmt: skip
    for place, pad in places:
        if isinstance(pad, int) and rows is not None and not 0 <= pad < rows:
            kind, art = (
                ("negative", "음수") if pad < 0 else (f"beyond the {rows:,} embedding rows", f"임베딩 {rows:,}행 밖")
            )
            yield Finding(
                "pad-id", "error",
                (f"the padding id of {place} is {pad:,}, which is {kind}: the first padded batch fails",
                 f"{place}의 채움(pad) 번호 {pad:,}이(가) {art}입니다. 처음 채운 묶음에서 실패합니다"),
                mended(subject), place,
            )  # fmt: skip
    begin = getattr(subject.config, "bos_token_id", None)
    if isinstance(begin, int) and rows is not None and not 0 <= begin < rows:
        yield Finding(
            "begin-id", "warning",
            (f"the begin id {begin:,} of config.json is no embedding row (0–{rows - 1:,}): generation from nothing would fail",
             f"config.json의 시작 번호 {begin:,}이(가) 임베딩(0–{rows - 1:,}) 밖입니다. 빈 글에서 만들면 실패합니다"),
            mended(subject), "config.json",
        )  # fmt: skip
    if tokenizer.pad_token_id is None:
        yield Finding(
            "pad-missing", "warning",
            ("the tokenizer has no padding token; here the end token pads, known by its position and never learned there",
             "토크나이저에 채움(pad) 토큰이 없습니다. 여기서는 끝 토큰으로 채우고 위치로 구분합니다"),
            ("other programs need one: --fix DIR writes it", "다른 프로그램에는 필요합니다. --fix DIR로 적을 수 있습니다")
            if subject.fixable else ("name one for other programs", "다른 프로그램에서는 하나를 정해 주세요"), "tokenizer",
        )  # fmt: skip


def _generation(subject: Subject) -> dict[str, Any]:
    from ohlora.language.preflight._subject import _json

    path = subject.path / "generation_config.json"
    try:
        return _json(path) if not subject.gguf and path.is_file() else {}
    except InputError:
        return {}


def _ends(subject: Subject) -> Iterator[Finding]:
    tokenizer, config, rows = subject.tokenizer, subject.config, subject.rows
    end = end_token(tokenizer, config)
    if end is None or tokenizer.eos_token_id is None:
        told = "" if end is None else f" (config.json says {end:,})"
        gesagt = "" if end is None else f"(config.json에는 {end:,})"
        yield Finding(
            "end-missing", "error",
            (f"the tokenizer names no end-of-text token{told}: it is never trained, and answers do not end",
             f"토크나이저에 글의 끝 토큰이 없습니다{gesagt}. 끝을 배우지 못해 대답이 끝나지 않습니다"),
            mended(subject), "tokenizer",
        )  # fmt: skip
    named = {
        place: {token for token in (value if isinstance(value, list) else [value]) if isinstance(token, int)}
        for place, value in (
            ("generation_config.json", _generation(subject).get("eos_token_id")),
            ("config.json", getattr(config, "eos_token_id", None)),
        )
    }
    # Where both name one, generation goes by its own configuration.
    place, stops = next(((place, tokens) for place, tokens in named.items() if tokens), ("config.json", set()))
    beyond = [
        (place, token)
        for place, tokens in named.items()
        for token in sorted(tokens)
        if rows is not None and not 0 <= token < rows
    ]
    if beyond:
        yield Finding(
            "end-id", "error",
            (f"the end-of-text id {beyond[0][1]:,} of {beyond[0][0]} is no embedding row (0–{(rows or 0) - 1:,})",
             f"{beyond[0][0]}의 끝 토큰 번호 {beyond[0][1]:,}이(가) 임베딩(0–{(rows or 0) - 1:,}) 밖입니다"),
            mended(subject), beyond[0][0],
        )  # fmt: skip
    elif end is not None and stops and end not in stops:
        yield Finding(
            "end-differs", "warning",
            (f"texts end with {tokenizer.convert_ids_to_tokens(end)!r} ({end:,}), but {place} stops at "
             f"{', '.join(map(str, sorted(stops)))}: generation with transformers would not stop",
             f"글은 {tokenizer.convert_ids_to_tokens(end)!r}({end:,})로 끝나는데 {place}은 "
             f"{', '.join(map(str, sorted(stops)))}에서 멈춥니다. transformers로 만들면 끝나지 않습니다"),
            mended(subject), place,
        )  # fmt: skip


def _split(subject: Subject, data: Data) -> Iterator[Finding]:
    """Tokens that are meant as one: those the tokenizer declares, those of the template, those written in the data."""
    tokenizer = subject.tokenizer
    meant: dict[str, str] = {str(token): "tokenizer_config.json" for token in tokenizer.all_special_tokens}
    template = tokenizer.chat_template if isinstance(tokenizer.chat_template, str) else ""
    for token in re.findall(r"<\|[^<>|\s'\"{}]{1,40}\|>|<(?:start|end)_of_turn>", template):
        meant.setdefault(token, "chat template")
    held: dict[str, list[int]] = {}
    for row in data.rows:
        for token in set(CONTROL.findall(f"{row.input} {row.reply} {row.summary}")):
            held.setdefault(token, []).append(row.number)
    for token, numbers in held.items():
        meant.setdefault(token, f"{data.path.name}: {rows_text(numbers, data.unit)}")
    vocabulary = tokenizer.get_vocab()
    for token, where in meant.items():
        ids = tokenizer(token, add_special_tokens=False)["input_ids"]
        # Some tokenizers put a lone space before it; that does no harm.
        if not ids or vocabulary.get(token) in ids:
            continue
        # Nothing here speaks through the template.
        severity: Severity = "warning" if where == "chat template" and token not in held else "error"
        yield Finding(
            "special-split", severity,
            (f"{token!r} is meant as one token but is read as {len(ids)} ({_shown(tokenizer, ids)}): the model never sees it",
             f"{token!r}은(는) 토큰 하나여야 하는데 {len(ids)}개({_shown(tokenizer, ids)})로 쪼개집니다. 모델은 그것을 보지 못합니다"),
            ("take it out of the data, or give the tokenizer this token" if where.startswith(data.path.name) else
             "add it to the tokenizer's special tokens, with a row of its own",
             "데이터에서 지우거나 토크나이저에 추가하세요" if where.startswith(data.path.name) else
             "토크나이저의 특수 토큰에 행과 함께 추가하세요"),
            where,
        )  # fmt: skip
    whole = {token: numbers for token, numbers in held.items() if vocabulary.get(token) is not None}
    if whole:
        numbers = [number for found in whole.values() for number in found]
        named = ", ".join(sorted(whole))
        yield Finding(
            "special-in-data", "warning",
            (f"{named} written in {len(set(numbers))} rows reads as a control token, not as text; the end is added by itself",
             f"{len(set(numbers))}개 행에 적힌 {named}은(는) 글이 아니라 제어 토큰으로 읽힙니다. 끝 토큰은 저절로 붙습니다"),
            ("take it out of the data; --fix DIR does", "데이터에서 지우세요. --fix DIR이 지워 줍니다"),
            f"{data.path.name}: {rows_text(numbers, data.unit)}",
        )  # fmt: skip


def _shown(tokenizer: Any, ids: Sequence[int]) -> str:
    return " ".join(map(str, tokenizer.convert_ids_to_tokens(list(ids[:6])))) + (" …" if len(ids) > 6 else "")


def _types(subject: Subject) -> Iterator[Finding]:
    """token_type_ids are handed on by every program that passes all of what a tokenizer returns."""
    given = subject.tokenizer("가")
    if "token_type_ids" not in given or subject.skeleton is None:
        return
    if "token_type_ids" not in subject.arguments:
        yield Finding(
            "token-type-ids", "error",
            (f"the tokenizer returns token_type_ids, which {type(subject.skeleton).__name__} does not take",
             f"토크나이저가 token_type_ids를 내는데 {type(subject.skeleton).__name__}은(는) 받지 않습니다"),
            mended(subject), "tokenizer_config.json: model_input_names",
        )  # fmt: skip
        return
    types, most = getattr(subject.config, "type_vocab_size", None), max(subject.tokenizer("가", "나")["token_type_ids"])
    if isinstance(types, int) and most >= types:
        yield Finding(
            "token-type-ids", "error",
            (f"the tokenizer returns token types up to {most}, the model knows {types}",
             f"토크나이저의 token_type은 {most}까지인데 모델은 {types}가지만 압니다"),
            mended(subject), "config.json: type_vocab_size",
        )  # fmt: skip


def _round_trip(subject: Subject, data: Data) -> Iterator[Finding]:
    """Text that does not come back from its own tokens is not what the model learns."""
    tokenizer = subject.tokenizer
    rows = [row for row in data.rows if not CONTROL.search(f"{row.input} {row.reply}")]
    rows = rows[:: len(rows) // MOST_ROWS + 1]
    words, apart, signs, example = [], 0, [], ("", "")
    for number, text in [
        *((row.number, f"{row.input} {row.reply}") for row in rows),
        *((0, probe) for probe in PROBES),
    ]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        back = str(tokenizer.decode(ids, clean_up_tokenization_spaces=False))
        if _words(back) != _words(text):
            words.append(number)
            apart += _words(unicodedata.normalize("NFC", back)) == _words(text)
            example = example if example[0] else _difference(text, back)
        elif "".join(back.split()) != "".join(text.split()):
            signs.append(number)
    if words:
        numbers = [number for number in words if number]
        told = f"{len(numbers)} of {len(rows)} rows" if numbers else "not in this data, but in everyday Korean"
        gesagt = f"{len(rows)}행 중 {len(numbers)}행" if numbers else "이 데이터에는 없지만 흔한 말입니다"
        message, remedy = _decomposed(tokenizer, example[0]) if apart == len(words) else _lost(*example)
        yield Finding(
            "round-trip", "error" if len(numbers) * 100 > len(rows) else "warning",
            (f"{message[0]}; {told}", f"{message[1]}. {gesagt}"), remedy,
            f"{data.path.name}: {rows_text(numbers, data.unit)}" if numbers else "tokenizer",
        )  # fmt: skip
    numbers = [number for number in signs if number]
    if len(numbers) * 50 > len(rows):
        yield Finding(
            "round-trip", "warning",
            (f"signs or letters other than Hangul do not survive the tokenizer in {len(numbers)} of {len(rows)} rows",
             f"{len(rows)}행 중 {len(numbers)}행에서 한글이 아닌 글자나 기호가 토크나이저를 거치며 바뀝니다"),
            ("look at these rows, or choose a byte-level tokenizer", "해당 행을 살펴보거나 바이트 단위 토크나이저를 쓰세요"),
            f"{data.path.name}: {rows_text(numbers, data.unit)}",
        )  # fmt: skip


def _lost(text: str, back: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Message and remedy where Korean is changed."""
    return (
        (f"Korean does not survive the tokenizer: {text!r} comes back as {back!r}",
         f"토크나이저를 거치면 한글이 바뀝니다: {text!r} → {back!r}"),
        ("choose a model whose tokenizer knows Korean (byte-level or with byte fallback), or its undamaged tokenizer",
         "한글을 아는 토크나이저(바이트 단위)의 모델이나 손상되지 않은 토크나이저를 쓰세요"),
    )  # fmt: skip


def _decomposed(tokenizer: Any, text: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Message and remedy where syllables come back as their jamo, which look the same in print."""
    normalizer = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    # As the library writes it: "NFD()", "Sequence(normalizers=[NFD(), …])".
    found = re.findall(r"\b(NFK?D|BertNormalizer)\(", repr(normalizer))
    kind = found[0] if found else type(normalizer).__name__
    return (
        (f"Korean comes back decomposed (NFD): {text!r} as jamo, not syllables; the normalizer {kind} of the tokenizer does it",
         f"한글이 자모로 풀려(NFD) 돌아옵니다: {text!r}. 토크나이저의 정규화 {kind} 때문입니다"),
        (f"choose a model whose tokenizer leaves syllables whole, or its undamaged tokenizer.json (NFC or none in place of {kind})",
         f"음절을 풀지 않는 토크나이저의 모델이나 손상되지 않은 tokenizer.json({kind} 대신 NFC 또는 없음)을 쓰세요"),
    )  # fmt: skip


def _words(text: str) -> list[str]:
    """Runs of Hangul syllables. Neither a syllable taken apart into jamo nor a space in the middle of a word is the same."""
    return re.findall(r"[가-힣]+", text)


def _difference(text: str, back: str) -> tuple[str, str]:
    """Where they begin to differ."""
    at = next((i for i, (a, b) in enumerate(zip(text, back, strict=False)) if a != b), min(len(text), len(back)))
    start = max(0, at - 8)
    return text[start : start + 24], back[start : start + 24]


def _template(subject: Subject) -> Iterator[Finding]:
    """Two templates in one folder: which one is used depends on the program, so training and serving may differ."""
    folder = subject.path
    file = folder / "chat_template.jinja"
    inside = subject.settings.get("chat_template")
    if subject.gguf or not file.is_file() or not isinstance(inside, str):
        return
    try:
        outside = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        outside = ""
    if outside.strip() != inside.strip():
        yield Finding(
            "chat-template", "error",
            ("chat_template.jinja and tokenizer_config.json hold different chat templates: what is trained may not be what is served",
             "chat_template.jinja와 tokenizer_config.json의 대화 템플릿이 다릅니다. 학습과 서비스의 형식이 달라질 수 있습니다"),
            ("keep one of them; --fix DIR keeps chat_template.jinja", "하나만 남기세요. --fix DIR은 chat_template.jinja를 남깁니다"),
            "chat_template.jinja, tokenizer_config.json",
        )  # fmt: skip
