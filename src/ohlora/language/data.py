"""Dialogue data: reading it, in both of its file forms, and saying exactly where it is wrong.

A row is one turn. JSON Lines has one object a line with the keys `input`, `reply`, and where known `eyes`, `mouth`, `pose`,
`smile`, `memory`, `summary`, `topic`, `history`, `now`, `recalled`, `previous`, `split`. CSV has the columns `data_type`,
`input_data`, `output_message`, `memory`, `summary`, `eyes_mouth_pose`, `eyes`, `mouth`, `pose`; each form understands the
other's names too. Notable choices:

- An empty cell means "not labelled". Only a JSON Lines row with our own keys can say "looked, nothing to keep" with
  `"memory": ""`; in a cell, and anywhere else, that is said with 없음 (or none).
- Text becomes one visible line (`prompt.clean`): a line break in a reply cannot start another speaker's line.
- A file is right or refused: every wrong row is looked at, the first is named with row and column, the rest are counted.
- cp949, what Excel on a Korean Windows writes, is recognised and refused with the command that makes UTF-8 of it: text
  guessed wrongly would be learned in silence. `language preflight --fix` reads it (`any_encoding`) and writes UTF-8.

Knows nothing of tokenizers and models.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ohlora.errors import InputError
from ohlora.language.prompt import LABELS, NOTHING, Fact, Turn, clean, facts_in, known_label

Form = Literal["jsonl", "csv"]
Task = Literal["reply", "expression", "memory", "summary"]
TASKS: tuple[Task, ...] = ("reply", "expression", "memory", "summary")

# Our key → the CSV's column for the same thing; each is understood in both forms.
COLUMNS: Mapping[str, str] = {"input": "input_data", "reply": "output_message", "split": "data_type"}
COMBINED = "eyes_mouth_pose"
REQUIRED = ("input", "reply")

_SPLITS: Mapping[str, str] = {
    "train": "train", "training": "train", "학습": "train", "훈련": "train",
    "valid": "valid", "validation": "valid", "val": "valid", "dev": "valid", "eval": "valid", "검증": "valid",
    "test": "test", "시험": "test", "테스트": "test",
}  # fmt: skip
_NOTHING = {NOTHING, f"[{NOTHING}]", "none", "[none]", "no", "-", "x"}
_COMBINED_PARTS = ("eyes", "mouth", "pose")
_MAX_BYTES = 1 << 30


class DataError(InputError):
    """What is wrong with a data file. `code` is preflight's name for the fault; `where` is "row 3, column eyes"."""

    def __init__(self, code: str, where: str, en: str, ko: str) -> None:
        super().__init__(en, ko)
        self.code = code
        self.where = where


@dataclass(frozen=True)
class Dialogue:
    """One turn of a data file.

    Attributes:
        number: line (JSON Lines) or row as a spreadsheet counts them (CSV, the header is row 1), for messages.
        input, reply: what the user said, what the persona answered; one line each, never empty.
        labels: attribute → label of her face; only those that are labelled.
        memory: facts worth keeping; empty: looked, nothing; None: not labelled.
        summary: one short phrase; empty: not labelled.
        split: "train", "valid" or "test".
        topic, history, now, recalled, previous: as in the persona's own dialogues.
        over: of a row that asks whether the message ends the one fact in `recalled`, the answer; None: it asks nothing.
        instead: where it does, what stands in the fact's place (`prompt.NOTHING`: nothing does); "": not labelled.
        limit: of a row that asks which of her limits the message touches, the answer (a key of `prompt.LIMITS`); "": it asks nothing.
        only: the one task it teaches, where the rest of it is only there for the form; "": all that are labelled.
    """

    number: int
    input: str
    reply: str
    labels: Mapping[str, str] = field(default_factory=dict)
    memory: tuple[Fact, ...] | None = None
    summary: str = ""
    split: str = "train"
    topic: str = ""
    history: tuple[Turn, ...] = ()
    now: str | None = None
    recalled: tuple[Fact, ...] = ()
    previous: str = ""
    over: bool | None = None
    instead: str = ""
    limit: str = ""
    only: Task | Literal[""] = ""

    @property
    def turn(self) -> Turn:
        """The exchange as prompts show it; labels only where all of those the data knows are there."""
        return Turn(self.input, self.reply, self.labels, self.memory, self.summary)

    @property
    def expressive(self) -> bool:
        """Is her expression labelled? It needs eyes, mouth and pose; smile may be missing."""
        return all(name in self.labels for name in _COMBINED_PARTS)

    def serves(self, task: Task) -> bool:
        """Is this row labelled for the task, and there to teach it?"""
        if self.only and task != self.only:
            return False
        if task == "expression":
            return self.expressive
        if task == "memory":
            return self.memory is not None
        return task == "reply" or bool(self.summary)


@dataclass(frozen=True)
class Data:
    """A whole data file.

    Attributes:
        path, form, encoding: where it was, which form, "utf-8" or what else it was read as.
        rows: in file order.
        columns: names found, in the file's own spelling (CSV) or all keys seen (JSON Lines).
        unread: (row, text) of memory cells that are no `[key: value]`: those rows count as not labelled for memory.
    """

    path: Path
    form: Form
    encoding: str
    rows: tuple[Dialogue, ...]
    columns: tuple[str, ...]
    unread: tuple[tuple[int, str], ...] = ()

    @property
    def unit(self) -> str:
        """ "line" or "row": how this form counts."""
        return "line" if self.form == "jsonl" else "row"

    def split(self, name: str) -> tuple[Dialogue, ...]:
        """Rows of "train", "valid" or "test"."""
        return tuple(row for row in self.rows if row.split == name)


def read(path: Path, *, any_encoding: bool = False) -> Data:
    """Reads and checks a data file.

    Args:
        any_encoding: read cp949 and UTF-16 too, instead of refusing them with the command that mends it.

    Raises:
        DataError: one sentence with file, row and column: unreadable, mis-encoded, empty, columns missing, a cell empty
            that may not be, a label outside its set, not JSON, a quotation mark never closed.
    """
    text, encoding = _text(path, any_encoding)
    if not text.strip():
        raise DataError(
            "data-empty", "", f"{path} is empty; name a file with dialogue rows",
            f"{path}이(가) 비어 있습니다. 대화가 든 파일을 지정하세요",
        )  # fmt: skip
    form: Form = "jsonl" if _is_jsonl(path, text) else "csv"
    records, columns = _jsonl(path, text) if form == "jsonl" else _csv(path, text)
    rows, problems = [], []
    for number, record, own in records:
        row, wrong = _row(number, record, own)
        problems += wrong
        if row:
            rows.append(row)
    if problems:
        raise _refusal(path, form, problems)
    if not rows:
        raise DataError(
            "data-empty", "", f"{path} has a header but no rows; name a file with dialogue rows",
            f"{path}에 제목 줄만 있고 행이 없습니다. 대화가 든 파일을 지정하세요",
        )  # fmt: skip
    told = {number: clean(record["memory"]) for number, record, _ in records if isinstance(record.get("memory"), str)}
    unread = tuple((row.number, told[row.number]) for row in rows if row.memory is None and told.get(row.number))
    return Data(path, form, encoding, tuple(rows), columns, unread)


# ---- bytes to text


def _text(path: Path, any_encoding: bool) -> tuple[str, str]:
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder; name a .jsonl or .csv file in it")
        with path.open("rb") as file:  # what has no size, a pipe or a device, must end too
            raw = file.read(_MAX_BYTES + 1) if path.stat().st_size <= _MAX_BYTES else None
        if raw is None or len(raw) > _MAX_BYTES:
            raise OSError(27, f"it has over {_MAX_BYTES:,} bytes")
    except OSError as error:
        why = error.strerror or str(error)
        raise DataError(
            "data-unreadable", "", f"{path} cannot be read: {why}", f"{path}을(를) 읽을 수 없습니다: {why}"
        ) from None
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _other(path, raw, "utf-16", "UTF-16", any_encoding), "utf-16"
    try:
        text, encoding = raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if not _looks_like_cp949(raw):
            raise DataError(
                "data-encoding", f"line {line}",
                f"{path}, line {line}: byte {error.start:,} is neither UTF-8 nor cp949; save the file as UTF-8",
                f"{path} {line}번째 줄: {error.start:,}번째 바이트가 UTF-8도 cp949도 아닙니다. UTF-8로 저장하세요",
            ) from None  # fmt: skip
        text, encoding = _other(path, raw, "cp949", "cp949 (Korean Windows)", any_encoding), "cp949"
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            "data-unreadable", f"line {line}",
            f"{path}, line {line}: holds a NUL byte, so it is no text; save it as CSV or JSON Lines in UTF-8",
            f"{path} {line}번째 줄: NUL 바이트가 있어 텍스트가 아닙니다. UTF-8 CSV나 JSON Lines로 저장하세요",
        )  # fmt: skip
    return text, encoding


def _looks_like_cp949(raw: bytes) -> bool:
    """Decodes as cp949, and what comes out is mostly Hangul: random bytes would rather give rare Hanja and signs."""
    try:
        text = raw.decode("cp949")
    except UnicodeDecodeError:
        return False
    foreign = [ch for ch in text if ord(ch) > 127]
    return sum("가" <= ch <= "힣" or "ㄱ" <= ch <= "ㅣ" for ch in foreign) * 2 > len(foreign)


def _other(path: Path, raw: bytes, codec: str, name: str, any_encoding: bool) -> str:
    if not any_encoding:
        raise DataError(
            "data-encoding", "",
            f'{path} is {name}, not UTF-8; save it as "CSV UTF-8", or run: '
            f"iconv -f {codec} -t utf-8 {path.name} > utf8-{path.name}",
            f'{path}은(는) UTF-8이 아니라 {name}입니다. "CSV UTF-8"로 저장하거나 실행하세요: '
            f"iconv -f {codec} -t utf-8 {path.name} > utf8-{path.name}",
        )  # fmt: skip
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        raise DataError(
            "data-encoding", "", f"{path}: byte {error.start:,} is no {name}", f"{path}: {error.start:,}번째 바이트가 {name}이 아닙니다"
        ) from None  # fmt: skip


# ---- text to records


def _is_jsonl(path: Path, text: str) -> bool:
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".json", ".ndjson"):
        return True
    return suffix not in (".csv", ".tsv") and text.lstrip()[:1] in ("{", "[")


def _jsonl(path: Path, text: str) -> tuple[list[tuple[int, dict[str, Any], bool]], tuple[str, ...]]:
    if text.lstrip()[:1] == "[":
        raise DataError(
            "data-format", "line 1",
            f"{path} is one JSON array; JSON Lines has one object a line: jq -c '.[]' {path.name} > rows.jsonl",
            f"{path}은(는) JSON 배열입니다. JSON Lines는 한 줄에 객체 하나입니다: jq -c '.[]' {path.name} > rows.jsonl",
        )  # fmt: skip
    found: list[tuple[int, dict[str, Any], bool]] = []
    columns: dict[str, None] = {}
    # Not splitlines(): it also splits at characters that JSON allows inside a string (U+2028).
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            column = getattr(error, "colno", 1)
            deep = isinstance(error, RecursionError)
            en, ko = ("nested too deeply", "너무 깊게 겹침") if deep else ("a number is too long", "너무 긴 수")
            raise DataError(
                "data-format", f"line {number}, column {column}",
                f"{path}, line {number}, column {column}: not JSON ({getattr(error, 'msg', en)})",
                f"{path} {number}번째 줄 {column}번째 글자: JSON이 아닙니다({getattr(error, 'msg', ko)})",
            ) from None  # fmt: skip
        if not isinstance(record, dict):
            raise DataError(
                "data-format", f"line {number}",
                f"{path}, line {number}: is a {type(record).__name__}, not an object with input and reply",
                f"{path} {number}번째 줄: input과 reply가 있는 객체가 아니라 {type(record).__name__}입니다",
            )  # fmt: skip
        columns.update(dict.fromkeys(record))
        found.append((number, _renamed(record), "input" in record))
    first = found[0][1] if found else {}
    if missing := [name for name in REQUIRED if name not in first]:
        raise _missing_columns(path, missing, tuple(columns), jsonl=True)
    return found, tuple(columns)


def _csv(path: Path, text: str) -> tuple[list[tuple[int, dict[str, Any], bool]], tuple[str, ...]]:
    lines = list(_cells(path, text))
    header = [name.strip().strip("\ufeff") for name in lines[0]]
    names = [_name(column) for column in header]
    if missing := [name for name in REQUIRED if name not in names]:
        raise _missing_columns(path, missing, tuple(header), jsonl=False)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise DataError(
            "data-columns", f"row 1, column {twice[0]}",
            f"{path}, row 1: there are two columns named {twice[0]}; remove one",
            f"{path} 1행: {twice[0]} 열이 둘입니다. 하나를 지우세요",
        )  # fmt: skip
    found: list[tuple[int, dict[str, Any], bool]] = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            raise DataError(
                "data-format", f"row {number}",
                f"{path}, row {number}: {len(cells)} cells, the header has {len(header)}; "
                'put text that holds a comma in quotation marks ("…")',
                f"{path} {number}행: 칸이 {len(cells)}개인데 제목은 {len(header)}개입니다. "
                '쉼표가 든 글은 따옴표("…")로 감싸세요',
            )  # fmt: skip
        found.append((number, dict(zip(names, cells, strict=False)), False))
    return found, tuple(header)


def _cells(path: Path, text: str) -> Iterator[list[str]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=first.count)
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise DataError(
            "data-format", f"line {reader.line_num}",
            f"{path}, line {reader.line_num}: not CSV ({error}); is a quotation mark never closed?",
            f"{path} {reader.line_num}번째 줄: CSV가 아닙니다({error}). 닫지 않은 따옴표가 있나요?",
        ) from None  # fmt: skip


def _name(column: str) -> str:
    """Our key for a column."""
    column = column.strip().lower()
    return next((own for own, theirs in COLUMNS.items() if column == theirs), column)


def _renamed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {_name(str(key)): value for key, value in record.items()}


def _missing_columns(path: Path, missing: Sequence[str], found: Sequence[str], *, jsonl: bool) -> DataError:
    wanted = ", ".join(f"{name} ({COLUMNS[name]})" if jsonl else f"{COLUMNS[name]} ({name})" for name in missing)
    there = ", ".join(found)[:300] or "–"
    where, ort = ("line 1", "1번째 줄") if jsonl else ("row 1", "1행")
    return DataError(
        "data-columns", f"{where}, column {missing[0]}",
        f"{path}, {where}: the column {wanted} is missing; there are: {there}",
        f"{path} {ort}: {wanted} 열이 없습니다. 있는 열: {there}",
    )  # fmt: skip


# ---- records to rows

Problem = tuple[str, int, str, str, str]
"""Code, row, column, English, Korean."""


def _row(number: int, record: Mapping[str, Any], own: bool) -> tuple[Dialogue | None, list[Problem]]:
    """The row of a record (None where it is wrong) and what is wrong with it."""
    wrong: list[Problem] = []

    def problem(column: str, en: str, ko: str, code: str = "data-cell") -> None:
        wrong.append((code, number, column, en, ko))

    def text(key: str) -> str:
        value = record.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            problem(key, f"is {_short(value)}, not text", f"글이 아니라 {_short(value)}입니다")
            return ""
        return clean(value)

    said, reply = text("input"), text("reply")
    for key, value in (("input", said), ("reply", reply)):
        if not value and not any(column == key for _, _, column, _, _ in wrong):
            problem(
                key,
                "is empty: there is nothing to learn",
                "비어 있어 배울 것이 없습니다",
                "completion-empty" if key == "reply" else "data-cell",
            )
    split = _split(record.get("split"), problem)
    labels = _labels(record, problem)
    memory = _memory(record.get("memory"), own and "memory" in record, problem)
    history = _history(record.get("history"), problem)
    recalled = _recalled(record.get("recalled"), problem)
    row = Dialogue(
        number, said, reply, labels, memory, text("summary"), split, text("topic"), history, text("now") or None,
        recalled, text("previous"),
    )  # fmt: skip
    return (None if wrong else row), wrong


def _split(value: Any, problem: Callable[..., None]) -> str:
    word = str(value or "").strip().lower()
    if word and word not in _SPLITS:
        problem("split", f"is {_short(value)}; allowed: train, valid, test", f"{_short(value)}은(는) 쓸 수 없습니다. 가능: train, valid, test", "data-label")  # fmt: skip
    return _SPLITS.get(word, "train")


def _labels(record: Mapping[str, Any], problem: Callable[..., None]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, allowed in LABELS.items():
        value = record.get(name)
        if value is None or value == "" or (isinstance(value, str) and not value.strip()):
            continue
        label = known_label(name, value)
        if label is None:
            known = ", ".join(allowed)
            problem(
                name,
                f"is {_short(value)}; allowed: {known}",
                f"{_short(value)}은(는) 쓸 수 없습니다. 가능: {known}",
                "data-label",
            )
        else:
            labels[name] = label
    combined = record.get(COMBINED)
    if isinstance(combined, str) and combined.strip() and not any(record.get(name) for name in _COMBINED_PARTS):
        parts = _combined(combined)
        if parts is None:
            problem(
                COMBINED, f"is {_short(combined)}; write the labels of eyes, mouth and pose, e.g. 크게 보통 없음",
                f"{_short(combined)}: eyes, mouth, pose의 값을 차례로 쓰세요(예: 크게 보통 없음)", "data-label",
            )  # fmt: skip
        else:
            labels.update(parts)
    return labels


def _combined(text: str) -> dict[str, str] | None:
    """`크게 보통 없음`, `눈 크게, 입 보통, 고개 없음`, `eyes: wide / mouth: normal / pose: none` → labels."""
    bare = re.sub(r"(?i)\b(eyes?|mouth|pose)\b|눈|입|고개|포즈", " ", text)
    words = re.split(r"[\s,/|;:_()\[\]-]+", bare.strip(" ,/|;:_()[]-"))

    def fit(rest: list[str], names: Sequence[str]) -> dict[str, str] | None:
        if not names:
            return {} if not rest else None
        for count in (2, 1):
            label = known_label(names[0], " ".join(rest[:count])) if len(rest) >= count else None
            following = fit(rest[count:], names[1:]) if label else None
            if label and following is not None:
                return {names[0]: label, **following}
        return None

    return fit(words, _COMBINED_PARTS)


def _memory(value: Any, own: bool, problem: Callable[..., None]) -> tuple[Fact, ...] | None:
    if value is not None and not isinstance(value, str):
        problem("memory", f"is {_short(value)}, not text", f"글이 아니라 {_short(value)}입니다")
        return None
    value = clean(value or "")
    if not value:
        return () if own else None
    if value.lower() in _NOTHING:
        return ()
    if found := facts_in(value):
        return found
    pair = re.fullmatch(r"([^:\[\]]{1,30}):([^\[\]]+)", value)
    return (Fact(pair[1].strip(), pair[2].strip()),) if pair else None


def _history(value: Any, problem: Callable[..., None]) -> tuple[Turn, ...]:
    turns = []
    for pair in value if isinstance(value, list) else [value] if value else []:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)):
            problem("history", "is not a list of [input, reply]", "[input, reply]의 목록이 아닙니다")
            return ()
        turns.append(Turn(clean(pair[0]), clean(pair[1])))
    return tuple(turns)


def _recalled(value: Any, problem: Callable[..., None]) -> tuple[Fact, ...]:
    if not value:
        return ()
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        problem("recalled", "is not a list of [key: value]", "[항목: 값]의 목록이 아닙니다")
        return ()
    return tuple(fact for text in texts for fact in facts_in(clean(text)))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…{text[-1]}"


def _refusal(path: Path, form: Form, problems: Sequence[Problem]) -> DataError:
    code, number, column, en, ko = problems[0]
    if form == "csv":
        column = COLUMNS.get(column, column)
    unit, place = ("line", f"{number}번째 줄") if form == "jsonl" else ("row", f"{number}행")
    others = len({row for _, row, *_ in problems}) - 1
    more, mehr = (f" ({others} more rows are wrong)", f" (틀린 행이 {others}개 더 있습니다)") if others else ("", "")
    return DataError(
        code, f"{unit} {number}, column {column}",
        f"{path}, {unit} {number}, column {column}: {en}{more}",
        f"{path} {place} {column} 열: {ko}{mehr}",
    )  # fmt: skip
