"""What a preflight says: findings, each with code, severity, message, remedy and place, and the report they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ohlora.i18n import say

Severity = Literal["error", "warning", "info"]
_ORDER: Mapping[Severity, int] = {"error": 0, "warning": 1, "info": 2}


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


def rows_text(numbers: Iterable[int], unit: str, most: int = 5) -> str:
    """ "rows 2, 5, 9 … (37)"."""
    found = sorted(set(numbers))
    if not found:
        return ""
    shown = ", ".join(map(str, found[:most]))
    more = f" … ({len(found)})" if len(found) > most else ""
    return f"{unit}{'s' if len(found) > 1 else ''} {shown}{more}"
