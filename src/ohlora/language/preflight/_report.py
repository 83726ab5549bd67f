"""What a preflight says: findings, each with code, severity, message, remedy and place, and the report they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ohlora.errors import InputError, OhLoraError
from ohlora.i18n import say
from ohlora.language.data import DataError

Severity = Literal["error", "warning", "info"]
_ORDER: Mapping[Severity, int] = {"error": 0, "warning": 1, "info": 2}

# What mends a data file; its sentences name row and column, and what is allowed there.
_DATA_REMEDIES: Mapping[str, tuple[str, str]] = {
    "completion-empty": ("write the reply, or take the row out", "대답을 쓰거나 행을 지우세요"),
    "data-cell": ("correct this cell, or leave it empty (not labelled)", "이 칸을 고치거나 비우세요(라벨 없음)"),
    "data-columns": (
        "name the columns as docs/preflight.md does: input and reply, in a CSV input_data and output_message",
        "열 이름을 docs/preflight.md대로 쓰세요: input과 reply, CSV에서는 input_data와 output_message",
    ),
    "data-empty": ("name a file with dialogue rows", "대화 행이 있는 파일을 지정하세요"),
    "data-encoding": (
        "save the file as UTF-8; of cp949 and UTF-16, --fix DIR writes a copy in UTF-8",
        "파일을 UTF-8로 저장하세요. cp949와 UTF-16은 --fix DIR이 UTF-8 사본을 씁니다",
    ),
    "data-format": ("write JSON Lines (one object a line) or a CSV with a header", "한 줄에 객체 하나인 JSON Lines나 머리글이 있는 CSV로 쓰세요"),
    "data-label": ("write one of the allowed words, or leave the cell empty (not labelled)", "허용된 말로 고치거나 칸을 비우세요(라벨 없음)"),
    "data-unreadable": ("name a file that is there and can be read", "읽을 수 있는 파일을 지정하세요"),
}  # fmt: skip


class Refused(InputError):
    """Input that cannot be examined at all: `code` and `where` as of a `Finding`; the sentence ends with the remedy."""

    def __init__(self, code: str, what: tuple[str, str], remedy: tuple[str, str], where: str = "") -> None:
        super().__init__(f"{what[0]}; {remedy[0]}", f"{what[1]}. {remedy[1]}")
        self.code, self.what, self.remedy, self.where = code, what, remedy, where


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes:
        code: stable name, as in docs/preflight.md.
        severity: "error": training fails, or learns something wrong in silence; "warning": true and worth knowing, training
            works; "info": for the record.
        message, remedy: (English, Korean).
        where: file, tensor or rows.
    """

    code: str
    severity: Severity
    message: tuple[str, str]
    remedy: tuple[str, str]
    where: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "code": self.code, "severity": self.severity, "message": say(*self.message), "remedy": say(*self.remedy),
            "where": self.where,
        }  # fmt: skip


@dataclass
class Report:
    """All findings, worst first, and the figures they rest on."""

    findings: list[Finding] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "error"]

    def add(self, found: Iterable[Finding]) -> None:
        self.findings = sorted([*self.findings, *found], key=lambda finding: _ORDER[finding.severity])

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "findings": [finding.as_json() for finding in self.findings], "summary": self.summary}


def refusal(error: OhLoraError) -> Finding:
    """What ended an examination, as the one finding that programs read; "input" where it has no name of its own."""
    said = (error.en, error.ko)
    if isinstance(error, Refused):
        return Finding(error.code, "error", said, error.remedy, error.where)
    if isinstance(error, DataError):
        return Finding(error.code, "error", said, _DATA_REMEDIES.get(error.code, ("", "")), error.where)
    return Finding("input", "error", said, ("", ""))


def rows_text(numbers: Iterable[int], unit: str, most: int = 5) -> str:
    """ "rows 2, 5, 9 … (37)"."""
    found = sorted(set(numbers))
    if not found:
        return ""
    shown = ", ".join(map(str, found[:most]))
    more = f" … ({len(found)})" if len(found) > most else ""
    return f"{unit}{'s' if len(found) > 1 else ''} {shown}{more}"
