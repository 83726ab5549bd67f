"""`ohlora face finetune`: parses, calls, prints."""

import shlex
import sys
from pathlib import Path

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.i18n import say

_PATH = click.Path(path_type=Path)


@click.command(
    help=say(
        "Teach a frozen StyleGAN 1 labels. Killed and started again, it goes on.",
        "고정된 StyleGAN 1에 레이블을 가르칩니다. 멈췄다 다시 실행하면 이어서 합니다.",
    ),
    epilog=examples(
        "ohlora face finetune faces --images pictures --labels labels.csv --label-size 2 -o tuned",
        "ohlora face finetune faces --images pictures --labels labels.csv --label-size 2 -o tuned --freeze 'mapping.*'",
    ),
)
@click.argument("bundle", type=_PATH)
@click.option("--images", type=_PATH, required=True, help=say("Folder of square images.", "정사각형 이미지 폴더."))
@click.option("--labels", type=_PATH, required=True, help="CSV (file,LABEL,…) | dataset.json")
@click.option("--label-size", type=int, required=True, metavar="K")
@click.option("-o", "--output", type=_PATH, required=True)
@click.option("--steps", type=int, default=2000, show_default=True)
@click.option("--batch", type=int, default=16, show_default=True)
@click.option("--rate", type=float, default=0.002, show_default=True, help=say("Learning rate.", "학습률."))
@click.option("--r1", type=float, default=1.0, show_default=True, help=say("Weight of R1.", "R1 가중치."))
@click.option("--ema", type=float, default=200.0, show_default=True, help=say("Half-life in steps.", "반감기(단계)."))
@click.option("--freeze", multiple=True, metavar="PATTERN", help=say("Tensors to keep as they are.", "그대로 둘 텐서."))
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--save-every", type=int, default=200, show_default=True)
@json_option
def finetune(
    bundle: Path,
    images: Path,
    labels: Path,
    label_size: int,
    output: Path,
    steps: int,
    batch: int,
    rate: float,
    r1: float,
    ema: float,
    freeze: tuple[str, ...],
    seed: int,
    save_every: int,
    as_json: bool,
) -> None:
    from ohlora.checkpoint.fingerprint import no_torch

    try:
        from ohlora.face.finetune import Plan
        from ohlora.face.finetune import finetune as run
    except ImportError as error:
        raise no_torch() from error
    plan = Plan(label_size, steps, batch, rate, r1, ema, freeze, seed, save_every)
    result = run(bundle, images, labels, output, plan, shlex.join(["ohlora", *sys.argv[1:]]))
    if as_json:
        print_json(result)
    else:
        click.echo(f"{result['bundle']}: {result['steps']} steps, {say('fingerprint', '지문')} {result['fingerprint']}")
