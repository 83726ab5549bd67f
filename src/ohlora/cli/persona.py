"""`ohlora persona`: who can be talked with, and the files that make them. Calls `ohlora.personas`."""

import click

from ohlora import personas
from ohlora.cli._output import examples, json_option, print_json
from ohlora.i18n import say


@click.group(
    help=say("The people who can be talked with.", "만날 수 있는 사람들입니다."),
    epilog=examples("ohlora persona list", "ohlora persona show ohlora --json"),
)
def persona() -> None:
    pass


@persona.command("list", help=say("Every persona that is found by name.", "이름으로 찾을 수 있는 페르소나."))
@json_option
def list_personas(as_json: bool) -> None:
    rows = [(name, personas.find(name)) for name in personas.names()]
    if as_json:
        print_json({"personas": [{"name": name, "folder": str(folder)} for name, folder in rows]})
        return
    for name, folder in rows:
        click.echo(f"{name}  {folder}")


@persona.command(
    help=say("Card, and path and digest of every file.", "카드와 모든 파일의 경로, 다이제스트."),
    epilog=examples("ohlora persona show ohlora", "ohlora persona show ./my-persona --json"),
)
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    chosen = personas.load(name)
    digests = chosen.digests()
    if as_json:
        print_json({"name": chosen.name, "title": chosen.card.name, "folder": str(chosen.folder), **digests})
        return
    click.echo(f"{chosen.card.name}  ({chosen.folder})")
    for part, files in digests.items():
        for file in files:
            click.echo(f"  {part:<12} {str(file['sha256'])[:16]}…  {file['path']}")
