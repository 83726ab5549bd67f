"""`ohlora doctor`: one screen about this installation. Calls `ohlora.doctor`; no logic of its own."""

import click

from ohlora import doctor as surgery
from ohlora.cli._output import examples, json_option, pad, print_json
from ohlora.cli._session import store_option
from ohlora.errors import MissingError
from ohlora.i18n import say

_MARKS = {"ok": ("✓", "green"), "slow": ("~", "yellow"), "missing": ("✗", "red"), "optional": ("·", None)}


@click.command(
    help=say(
        "One screen: what is installed, which models are intact, what would be slow and why.",
        "무엇이 설치됐고 모델이 온전한지, 무엇이 왜 느릴지 한 화면에 보여 줍니다.",
    ),
    epilog=examples(
        "ohlora doctor", "ohlora doctor --json", "ohlora doctor --store postgresql://ohlora@db.example/ohlora"
    ),
)
@store_option
@json_option
def doctor(place: str | None, as_json: bool) -> None:
    findings = surgery.examine(place)
    if as_json:
        print_json(surgery.report(findings))
    else:
        section = ""
        for finding in findings:
            if finding.section != section:
                section = finding.section
                click.echo(click.style(section, bold=True))
            mark, colour = _MARKS[finding.level]
            remedy = f"  → {finding.remedy}" if finding.remedy else ""
            click.echo(f"  {click.style(mark, fg=colour)} {pad(finding.name, 20)} {finding.value}{remedy}")
    missing = [finding.name for finding in findings if finding.level == "missing"]
    if missing:
        raise MissingError(
            f"she cannot run yet: {', '.join(missing)} (see the remedies above)",
            f"아직 실행할 수 없습니다: {', '.join(missing)} (위의 해결 방법을 보세요)",
        )
