"""`ohlora models`: list, pull, verify, where. Calls `ohlora.models`; no logic of its own."""

from pathlib import Path

import click

from ohlora import models as store
from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import CheckFailed, InputError
from ohlora.i18n import say


@click.group(
    help=say("Models: where they come from, whether they are here and intact.", "모델을 보고, 받고, 확인합니다."),
    epilog=examples(
        "ohlora models list", "ohlora models pull --all", "ohlora models verify", "ohlora models where gemma-3-270m"
    ),
)
def models() -> None:
    pass


@models.command("list", help=say("Every model with its size, licence and state.", "모든 모델의 크기, 라이선스, 상태."))
@json_option
def list_models(as_json: bool) -> None:
    rows = []
    for model in store.catalogue().values():
        problems = store.problems(model)
        rows.append(
            {
                "name": model.name,
                "title": model.title,
                "role": model.role,
                "size": model.size,
                "download_size": model.download_size,
                "licence": model.licence,
                "paper": model.paper,
                "default": model.default,
                "here": not problems,
                "problems": problems,
                "folder": str(store.folder_of(model.name)),
            }
        )
    if as_json:
        print_json({"models": rows})
        return
    for row in rows:
        begun = any(Path(str(row["folder"])).glob("*"))
        state = say("here", "있음") if row["here"] else say("damaged", "손상됨") if begun else say("not here", "없음")
        click.echo(f"{row['name']}  [{state}]  {store.describe(int(str(row['size'])))}")
        click.echo(f"    {row['title']}: {row['role']}")
        click.echo(f"    {say('licence', '라이선스')}: {row['licence']}")


@models.command(
    help=say(
        "Fetch models; without a name, those the application needs.",
        "모델을 받습니다. 이름이 없으면 앱에 필요한 것을 받습니다.",
    ),
    epilog=examples("ohlora models pull", "ohlora models pull face-parsing", "ohlora models pull --all"),
)
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help=say("Every model of the catalogue.", "목록의 모든 모델."))
@json_option
def pull(names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    if names and everything:
        raise InputError("give names or --all, not both", "이름과 --all 중 하나만 주세요")
    chosen = list(store.catalogue()) if everything else list(names) or store.default_models()
    for name in chosen:
        store.find(name)
    store.ensure(chosen)
    if as_json:
        print_json({"models": [{"name": name, "folder": str(store.locate(name))} for name in chosen]})
        return
    for name in chosen:
        click.echo(f"{name}  {store.locate(name)}")


@models.command(
    help=say(
        "Recompute every digest; exit status 1 if one is wrong.", "다이제스트를 다시 계산합니다. 틀리면 종료 상태 1."
    ),
    epilog=examples("ohlora models verify", "ohlora models verify gemma-3-270m --json"),
)
@click.argument("names", nargs=-1)
@json_option
def verify(names: tuple[str, ...], as_json: bool) -> None:
    pulled = [name for name in store.catalogue() if store.folder_of(name).is_dir()]
    found = store.verify(names or pulled or store.default_models())
    ok = not any(found.values())
    if as_json:
        print_json(
            {"ok": ok, "models": [{"name": name, "ok": not wrong, "problems": wrong} for name, wrong in found.items()]}
        )
    else:
        for name, wrong in found.items():
            click.echo(f"{name}  {'; '.join(wrong) or say('intact', '온전함')}")
    if not ok:
        bad = [name for name, wrong in found.items() if wrong]
        raise CheckFailed(
            f"not intact: {', '.join(bad)}; run: ohlora models pull {' '.join(bad)}",
            f"온전하지 않은 모델: {', '.join(bad)}. 실행하세요: ohlora models pull {' '.join(bad)}",
        )


@models.command(
    help=say("Print the folder of an intact model.", "온전한 모델의 폴더를 알려 줍니다."),
    epilog=examples("ohlora models where gemma-3-270m", "ohlora models where gemma-3-270m --json"),
)
@click.argument("name")
@json_option
def where(name: str, as_json: bool) -> None:
    folder = store.locate(name)
    if as_json:
        files = [
            {"path": str(folder / file.name), "size": file.size, "sha256": file.sha256}
            for file in store.find(name).files
        ]
        print_json({"name": name, "folder": str(folder), "files": files})
        return
    click.echo(str(folder))
