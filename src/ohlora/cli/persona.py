"""`ohlora persona`: who can be talked with, and the files that make them. Calls `ohlora.personas`."""

from pathlib import Path

import click

from ohlora import personas
from ohlora.cli._face_options import OUT_FILE, face_of
from ohlora.cli._output import examples, json_option, pad, print_json
from ohlora.errors import InputError
from ohlora.i18n import say


@click.group(
    help=say(
        "The people who can be talked with: look, make one of your own, take one along.",
        "만날 수 있는 사람들: 보고, 새로 만들고, 옮깁니다.",
    ),
    epilog=examples(
        "ohlora persona list",
        "ohlora persona new bom --from card.png",
        "ohlora persona export bom -o bom.zip",
        "ohlora persona import bom.zip",
    ),
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
    click.echo(f"{_plain(chosen.card.name)}  ({chosen.folder})")
    for part, files in digests.items():
        for file in files:
            click.echo(f"  {part:<12} {str(file['sha256'])[:16]}…  {file['path']}")


_DIR = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help=say(
        "Put her folder there instead of where personas are found by name.",
        "이름으로 찾는 곳 대신 이 폴더 안에 둡니다.",
    ),
)


@persona.command(
    help=say(
        "Make a person of your own: a folder with a card, to which face, dialogues and adapters come as you make them. What "
        "is missing says what makes it; until then the shipped face stands in.",
        "나만의 사람을 만듭니다: 카드가 든 폴더이고, 얼굴과 대화와 어댑터는 만드는 대로 더해집니다. 빠진 것은 만드는 법을 알려 주고, "
        "그때까지는 함께 온 얼굴을 씁니다.",
    ),
    epilog=examples(
        "ohlora persona new bom",
        "ohlora persona new bom --from card.png",
        "ohlora persona new aurora2 --from ohlora",
        "ohlora persona new bom --dir ./people --json",
    ),
)
@click.argument("name")
@click.option(
    "--from",
    "source",
    metavar="CARD.json|CARD.png|PERSONA",
    help=say(
        "A character card (version 1, 2 or 3), or a persona, all of which is copied [default: a short card to fill in].",
        "캐릭터 카드(버전 1, 2, 3) 또는 통째로 복사할 페르소나 [기본값: 채워 넣을 짧은 카드].",
    ),
)
@_DIR
@json_option
def new(name: str, source: str | None, directory: Path | None, as_json: bool) -> None:
    from ohlora.personas import making

    made = making.make(name, source, directory)
    steps = making.next_steps(made.persona)
    _say_remembered(made.persona.name)
    if as_json:
        files = [str(path) for paths in made.persona.files().values() for path in paths]
        commands = [command for _, command in steps]
        print_json(
            {
                "name": made.persona.name, "folder": str(made.persona.folder), "files": files,
                "dropped": list(made.dropped), "next": commands,
            }
        )  # fmt: skip
        return
    click.echo(made.persona.folder)
    _say_dropped(made.dropped)
    click.echo(say("What is next:", "다음에 할 일:"), err=True)
    for why, command in steps:
        if why:
            click.echo(f"  {why}", err=True)
        click.echo(f"    {command}", err=True)


@persona.command(
    help=say(
        "Write a person as one file that another computer imports: card, face, directions, calibration, adapters, dialogues and "
        "their licences, each with its digest. With --card the character card alone, by the ending of -o: .json, or .png (her "
        "picture with the card inside, for programs of either version). What she remembers of you is no part of it.",
        "사람을 다른 컴퓨터에서 들여올 수 있는 파일 하나로 씁니다: 카드, 얼굴, 방향, 보정, 어댑터, 대화와 그 라이선스, 저마다의 다이제스트. "
        "--card를 주면 캐릭터 카드만 -o의 확장자대로 씁니다: .json 또는 .png(카드가 든 그림). 당신에 대한 기억은 들어가지 않습니다.",
    ),
    epilog=examples(
        "ohlora persona export bom -o bom.zip",
        "ohlora persona export bom --card -o bom.png",
        "ohlora persona export ohlora --card --spec v2 -o card.json",
    ),
)
@click.argument("name")
@click.option("-o", "--output", type=OUT_FILE, required=True, metavar="FILE")
@click.option("--card", is_flag=True, help=say("Her card alone.", "카드만."))
@click.option(
    "--spec",
    type=click.Choice(["v2", "v3"]),
    help=say(
        "Version of a card as .json [default: v3]; a .png carries both.",
        ".json 카드의 버전 [기본값: v3]. .png에는 둘 다 들어갑니다.",
    ),
)
@json_option
def export(name: str, output: Path, card: bool, spec: str | None, as_json: bool) -> None:
    from ohlora.personas import archive

    if spec and not (card and output.suffix.lower() == ".json"):
        raise InputError("--spec belongs to --card with -o FILE.json", "--spec은 --card -o FILE.json과 함께 씁니다")
    if not card and output.suffix.lower() != ".zip":
        raise InputError(
            f"{output}: a whole persona is written as .zip; her card alone with --card as .json or .png",
            f"{output}: 페르소나 전체는 .zip으로, 카드만은 --card와 함께 .json이나 .png로 씁니다",
        )
    chosen = personas.load(name)
    if card:
        if output.suffix.lower() == ".png":
            face_of(chosen.folder)
        written = archive.write_card(chosen, output, 2 if spec == "v2" else 3)
    else:
        written = archive.write(chosen, output)
    if written.left_out:
        names = ", ".join(map(_plain, written.left_out))
        click.echo(
            say(f"no part of a person, left out: {names}", f"페르소나의 부분이 아니어서 뺀 것: {names}"), err=True
        )
    if as_json:
        print_json(
            {
                "name": chosen.name, "file": str(written.file), "sha256": written.sha256, "size": written.size,
                "files": list(written.files), "left_out": list(written.left_out),
            }
        )  # fmt: skip
        return
    click.echo(f"{written.file}  {written.sha256}  {written.size:,} {say('bytes', '바이트')}")


@persona.command(
    "import",
    help=say(
        "Take a person in: from a file of `persona export`, or from a character card (.json, .png). Every digest is checked "
        "before anything is put in place. The digests say that the file arrived whole, not that its maker means well.",
        "사람을 들여옵니다: `persona export`의 파일이나 캐릭터 카드(.json, .png)에서. 제자리에 두기 전에 모든 다이제스트를 확인합니다. "
        "다이제스트는 파일이 온전하다는 뜻이지 만든 이의 선의를 뜻하지는 않습니다.",
    ),
    epilog=examples("ohlora persona import bom.zip", "ohlora persona import card.png --name bom"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--name",
    help=say(
        "Her name here [default: as in the file, or as the card is called].",
        "여기서 쓸 이름 [기본값: 파일이나 카드의 이름].",
    ),
)
@_DIR
@json_option
def import_(file: Path, name: str | None, directory: Path | None, as_json: bool) -> None:
    from ohlora.personas import archive, making, verifying

    taken = archive.read(file, name, directory)
    checks = verifying.verify(taken.persona)
    wrong = [check for check in checks if not check.ok]
    told = [
        {"files": [_plain(str(file)) for file in one["files"]], "licence": _plain(str(one["licence"]))}
        for one in archive.terms(taken.manifest)
    ]
    steps = [command for _, command in making.next_steps(taken.persona)]
    if as_json:
        print_json(
            {
                "name": taken.persona.name, "title": taken.persona.card.char, "folder": str(taken.persona.folder),
                "files": list(taken.files), "dropped": list(taken.dropped), "licences": told,
                "checks": [vars(check) for check in checks], "next": steps,
            }
        )  # fmt: skip
    else:
        click.echo(f"{_plain(taken.persona.card.char)}  ({taken.persona.folder})")
    _say_dropped(taken.dropped)
    _say_remembered(taken.persona.name)
    for one in told:
        click.echo(f"  {', '.join(one['files'])}: {one['licence']}", err=True)
    for check in wrong:
        click.echo(f"{say('but', '그러나')} {check.name}: {_plain(check.message)}", err=True)
    click.echo(f"{say('Meet her:', '만나기:')} {steps[-1]}", err=True)


@persona.command(
    help=say(
        "Whether all of a person fits: card, face, directions and calibration of one face on this network, adapters for this "
        "model, dialogues that can be read, and whether what was imported is still the same. Exit status 1 where a check says no.",
        "모두 맞는지 확인합니다: 카드, 이 네트워크의 한 얼굴에 속하는 얼굴·방향·보정, 이 모델의 어댑터, 읽을 수 있는 대화, 그리고 들여온 것이 "
        "그대로인지. 하나라도 아니면 종료 상태 1.",
    ),
    epilog=examples("ohlora persona verify ohlora", "ohlora persona verify ./people/bom --json"),
)
@click.argument("name")
@json_option
@click.pass_context
def verify(context: click.Context, name: str, as_json: bool) -> None:
    from ohlora.personas import verifying

    folder = personas.find(name)
    checks = verifying.verify(personas.Persona(folder.name, folder))
    ok = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": ok, "name": folder.name, "checks": [vars(check) for check in checks]})
    else:
        for check in checks:
            sign = say("yes", "예") if check.ok else say("NO", "아니오")
            click.echo(f"{pad(sign, 7)} {pad(check.name, 24)} {_plain(check.message)}")
    if not ok:
        context.exit(1)


def _plain(text: str) -> str:
    """One line of visible text: what comes from a card or an archive cannot steer the terminal."""
    from ohlora.language.prompt import visible

    return visible(text)


def _say_remembered(name: str) -> None:
    """Somebody of this name was talked with before: what that one was told is what the new one knows."""
    from ohlora.conversation.store import place_of

    place = place_of(name)
    if isinstance(place, Path) and place.is_file():
        click.echo(
            say(
                f"conversations and memory of an earlier {name} are kept and go on with the new one; move {place} away if "
                "they should not",
                f"예전 {name}의 대화와 기억이 남아 있어 그대로 이어집니다. 원하지 않으면 {place}을(를) 옮기세요",
            ),
            err=True,
        )


def _say_dropped(names: tuple[str, ...]) -> None:
    if names:
        shown = ", ".join(map(_plain, names))
        click.echo(
            say(f"members of the card that are not taken over: {shown}", f"카드에서 가져오지 않은 항목: {shown}"),
            err=True,
        )
