"""`ohlora memory`: what she knows about you: see it, search it, correct it, erase it. Calls `ohlora.memory`; no logic."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.cli._session import llm_option, persona_option, store_option
from ohlora.errors import CheckFailed, InputError
from ohlora.i18n import say

if TYPE_CHECKING:
    from ohlora.memory.facts import Fact
    from ohlora.memory.proposal import Proposal

_NUMBER = click.IntRange(1, 2**63 - 1)
"""Of a fact: what a store can count to."""


@click.group(
    help=say("What she knows about you.", "오로라가 당신에 대해 기억하는 것."),
    epilog=examples(
        "ohlora memory list", 'ohlora memory search "우리 고양이 이름이 뭐였지?"', "ohlora memory why 3",
        "ohlora memory forget 3 --words", "ohlora memory export -o memory.jsonl",
    ),
)  # fmt: skip
def memory() -> None:
    pass


@contextmanager
def _store(persona_name: str, place: str | None) -> Iterator[Any]:
    from ohlora import personas
    from ohlora.conversation import Store

    store = Store.of_persona(personas.load(persona_name).name, place)
    try:
        yield store
    finally:
        store.close()


def _line(fact: Any) -> str:
    marks = ("📌" if fact.pinned else "") + ("" if fact.status == "active" else say(" (ended)", " (지난 일)"))
    date = f" ({fact.date})" if fact.date else ""
    return f"{fact.id:>5}  [{fact.key}: {fact.value}]{date}{marks}  {fact.recorded[:10]}"


@memory.command(
    "list",
    help=say("Every fact, pinned ones first, then the newest.", "모든 기억. 고정한 것, 새로운 것 순서."),
    epilog=examples("ohlora memory list", "ohlora memory list --key 취미", "ohlora memory list --ended --json"),
)
@persona_option
@store_option
@click.option("--key", default=None, help=say("Only facts of this key.", "이 키의 기억만."))
@click.option("--ended", is_flag=True, help=say("Also what no longer holds.", "이제는 아닌 것도."))
@json_option
def list_facts(persona_name: str, place: str | None, key: str | None, ended: bool, as_json: bool) -> None:
    with _store(persona_name, place) as store:
        facts = store.facts.all(key=key, ended=ended)
    if as_json:
        print_json({"facts": [fact.data() for fact in facts]})
        return
    for fact in facts:
        click.echo(_line(fact))
    if not facts:
        click.echo(say("She remembers nothing yet.", "아직 기억하는 것이 없습니다."), err=True)


@memory.command(
    help=say(
        "What would she recall for TEXT? Nothing, where nothing is sure enough.",
        "TEXT를 들으면 무엇을 떠올릴까요? 확실한 것이 없으면 아무것도 떠올리지 않습니다.",
    ),
    epilog=examples('ohlora memory search "나 내일 뭐 하기로 했더라?"', 'ohlora memory search "고양이" --json'),
)
@click.argument("text")
@persona_option
@store_option
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100), help=say("At most.", "최대 개수."))
@json_option
def search(text: str, persona_name: str, place: str | None, limit: int, as_json: bool) -> None:
    from ohlora.conversation import clean
    from ohlora.memory.recall import Hit

    text = clean(text)
    with _store(persona_name, place) as store:
        found = store.recall(text, limit=limit)
        hits = found.hits or tuple(Hit(fact, 1.0) for fact in store.facts.containing(text, limit))
    if as_json:
        print_json({"hits": [hit.data() for hit in hits], "abstained": not hits})
        return
    for hit in hits:
        click.echo(f"{_line(hit.fact)}  {hit.score:.2f}  “{hit.fact.words}”")
    if not hits:
        click.echo(say("Nothing sure enough.", "확실하게 떠오르는 것이 없습니다."), err=True)


@memory.command(
    help=say("Tell her a fact.", "기억을 직접 더합니다."),
    epilog=examples("ohlora memory add 반려동물 '고양이 나비'", "ohlora memory add name Daniel --json"),
)
@click.argument("key")
@click.argument("value")
@persona_option
@store_option
@json_option
def add(key: str, value: str, persona_name: str, place: str | None, as_json: bool) -> None:
    with _store(persona_name, place) as store:
        changes = store.facts.learn(key, value, words=f"[{key}: {value}]", extractor="user")
    if as_json:
        print_json({"changes": [{"what": change.what, **change.fact.data()} for change in changes]})
        return
    for change in changes:
        click.echo(f"{_what(change.what)}  {_line(change.fact)}")


def _what(what: str) -> str:
    return {
        "recorded": say("remembered", "기억함"), "confirmed": say("known already", "이미 앎"),
        "ended": say("no longer holds", "지난 일이 됨"), "erased": say("erased", "지움"),
    }[what]  # fmt: skip


@memory.command(
    help=say("Correct a fact.", "기억을 고칩니다."),
    epilog=examples("ohlora memory edit 3 --value '고양이 나비와 콩이'", "ohlora memory edit 3 --key 반려동물 --json"),
)
@click.argument("id", type=_NUMBER)
@click.option("--key", default=None, help=say("The new key.", "새 키."))
@click.option("--value", default=None, help=say("The new value.", "새 값."))
@persona_option
@store_option
@json_option
def edit(id: int, key: str | None, value: str | None, persona_name: str, place: str | None, as_json: bool) -> None:
    if key is None and value is None:
        raise InputError("give --value or --key", "--value 또는 --key를 주세요")
    with _store(persona_name, place) as store:
        fact = store.facts.edit(id, key=key, value=value)
    print_json(fact.data()) if as_json else click.echo(_line(fact))


@memory.command(
    help=say("Pin a fact: listed first, ranked higher.", "기억을 고정합니다. 먼저 보이고 먼저 떠오릅니다."),
    epilog=examples("ohlora memory pin 3", "ohlora memory pin 3 --off"),
)
@click.argument("id", type=_NUMBER)
@click.option("--off", is_flag=True, help=say("Unpin.", "고정을 풉니다."))
@persona_option
@store_option
@json_option
def pin(id: int, off: bool, persona_name: str, place: str | None, as_json: bool) -> None:
    with _store(persona_name, place) as store:
        fact = store.facts.pin(id, not off)
    print_json(fact.data()) if as_json else click.echo(_line(fact))


@memory.command(
    help=say(
        "Erase facts for good: row, vectors, index, history. With --words also the turn's words in the transcript.",
        "기억을 완전히 지웁니다(행, 벡터, 색인, 이력). --words를 주면 그 말이 나온 대화도 지웁니다.",
    ),
    epilog=examples("ohlora memory forget 3", "ohlora memory forget 3 5 --words", "ohlora memory forget --all"),
)
@click.argument("ids", nargs=-1, type=_NUMBER)
@click.option("--words", is_flag=True, help=say("Also the words of the turn it came from.", "그 말이 나온 대화도."))
@click.option("--all", "everything", is_flag=True, help=say("All facts.", "모든 기억."))
@persona_option
@store_option
@json_option
def forget(
    ids: tuple[int, ...], words: bool, everything: bool, persona_name: str, place: str | None, as_json: bool
) -> None:
    if bool(ids) == everything:
        raise InputError("name the facts, or give --all, not both", "기억 번호나 --all 가운데 하나만 주세요")
    with _store(persona_name, place) as store:
        numbers = [fact.id for fact in store.facts.all(ended=True)] if everything else list(dict.fromkeys(ids))
        changes = store.facts.erase(numbers, words=words)
    if as_json:
        print_json({"erased": [change.fact.id for change in changes]})
        return
    click.echo(say(f"{len(changes)} erased.", f"{len(changes)}개를 지웠습니다."))


@memory.command(
    help=say(
        "Why does she remember this? The sentence, the date, every change.", "왜 기억하나요? 그 말, 날짜, 바뀐 과정."
    ),
    epilog=examples("ohlora memory why 3", "ohlora memory why 3 --json"),
)
@click.argument("id", type=_NUMBER)
@persona_option
@store_option
@json_option
def why(id: int, persona_name: str, place: str | None, as_json: bool) -> None:
    with _store(persona_name, place) as store:
        history = store.facts.history(id)
        if history and history[-1].what == "erased":
            raise InputError(
                f"fact {id} was erased on {history[-1].time[:10]}",
                f"{id}번 기억은 {history[-1].time[:10]}에 지웠습니다",
            )
        fact = store.facts.get(id)
    lines = [{"time": h.time, "what": h.what, "turn": h.turn, **h.detail} for h in history]
    if as_json:
        print_json({**fact.data(), "source": fact.source, "history": lines})
        return
    click.echo(_line(fact))
    click.echo(_origin(fact))
    for line in history:
        click.echo(f"  {line.time[:19].replace('T', ' ')}  {line.what}")


def _origin(fact: "Fact") -> str:
    """Where a fact comes from, in words."""
    day, words = fact.recorded[:10], f"“{fact.words}”"
    if fact.extractor != "user":
        said = say(f"You said, on {day}:", f"{day}에 이렇게 말했습니다:")
        return f"{said} {words}\n" + say(f"Taken up by {fact.extractor}.", f"알아들은 것: {fact.extractor}.")
    if fact.turn is None:
        return say(f"You entered it yourself, on {day}.", f"{day}에 직접 적었습니다.")
    return say(f"You corrected it, on {day}; said was:", f"{day}에 직접 고쳤습니다. 말한 것은:") + f" {words}"


@memory.command(
    help=say("Write every fact as JSON Lines.", "모든 기억을 JSON Lines로 내보냅니다."),
    epilog=examples("ohlora memory export > memory.jsonl", "ohlora memory export -o memory.jsonl"),
)
@click.option("-o", "--output", default="-", type=click.Path(dir_okay=False), help=say("A file.", "파일."))
@persona_option
@store_option
def export(output: str, persona_name: str, place: str | None) -> None:
    from ohlora.files import write_asked

    with _store(persona_name, place) as store:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in store.facts.export()]
    if output == "-":
        click.echo("".join(lines), nl=False)
        return
    write_asked(Path(output), "".join(lines).encode())


@memory.command(
    "import",
    help=say(
        "Take in exported facts (JSON Lines; '-' is standard input).", "내보낸 기억을 가져옵니다('-'는 표준 입력)."
    ),
    epilog=examples("ohlora memory import memory.jsonl", "cat memory.jsonl | ohlora memory import - --json"),
)
@click.argument("file")
@persona_option
@store_option
@json_option
def import_facts(file: str, persona_name: str, place: str | None, as_json: bool) -> None:
    from ohlora.files import read_text

    text = _standard_input() if file == "-" else read_text(Path(file))
    rows: list[dict[str, Any]] = []
    # Not splitlines(): it also splits at characters that JSON allows inside a string (U+2028).
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("no object")
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"{file}, line {number}: not JSON Lines ({error}); nothing was imported",
                    f"{file} {number}번째 줄: JSON Lines가 아닙니다({error}). 아무것도 가져오지 않았습니다",
                ) from None
            rows.append(row)
    with _store(persona_name, place) as store:
        new, known = store.facts.take_in(rows)
    if as_json:
        print_json({"new": new, "known": known})
        return
    click.echo(say(f"{new} new, {known} known already.", f"새 기억 {new}개, 이미 알던 것 {known}개."))


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"standard input is not UTF-8 (byte {error.start}); nothing was imported: give it as UTF-8",
            f"표준 입력이 UTF-8이 아닙니다({error.start}번째 바이트). 아무것도 가져오지 않았습니다. UTF-8로 주세요",
        ) from None


@memory.command(
    "copy",
    help=say(
        "Copy the whole store (conversations, facts, history) into an empty one at PLACE, a PostgreSQL address or a folder.",
        "저장소 전체(대화, 기억, 이력)를 PLACE(PostgreSQL 주소나 폴더)의 빈 저장소로 복사합니다.",
    ),
    epilog=examples(
        "ohlora memory copy postgresql://ohlora@db.example/ohlora#anna",
        "ohlora memory copy backup/ --store postgresql:///ohlora",
    ),
)
@click.argument("target", metavar="PLACE")
@persona_option
@store_option
@json_option
def copy_store(target: str, persona_name: str, place: str | None, as_json: bool) -> None:
    from ohlora.conversation.copying import copy

    with _store(persona_name, place) as source, _store(persona_name, target) as store:
        if source.shown == store.shown:
            raise InputError("this is the same store; name another place", "같은 저장소입니다. 다른 곳을 정해 주세요")
        counts = copy(source, store)
    if as_json:
        print_json(counts)
        return
    click.echo(
        say(
            f"{counts['conversation']} conversations, {counts['turn']} turns and {counts['fact']} facts copied.",
            f"대화 {counts['conversation']}개, 주고받은 말 {counts['turn']}개, 기억 {counts['fact']}개를 복사했습니다.",
        )
    )


@memory.command(
    help=say(
        "Measure on a FILE: pairs '[key: value] message', one a line, or histories or requests to forget (JSON Lines).",
        "FILE로 잽니다. 한 줄에 '[키: 값] 메시지' 하나, 또는 이력이나 잊어 달라는 부탁(JSON Lines).",
    ),
    epilog=examples(
        "ohlora memory evaluate pairs.txt --json", "ohlora memory evaluate histories.jsonl --patterns-only --verbose"
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verbose", is_flag=True, help=say("Also what was not right (standard error).", "틀린 것도(표준 오류)."))
@click.option(
    "--patterns-only",
    is_flag=True,
    help=say("Histories: without the language model's proposals.", "이력: 언어 모델의 제안 없이."),
)
@persona_option
@llm_option
@json_option
def evaluate(file: Path, verbose: bool, patterns_only: bool, persona_name: str, llm: str | None, as_json: bool) -> None:
    from ohlora.memory import evaluation, pairs

    figures: Any
    if evaluation.is_requests(file):
        figures = evaluation.of_requests(evaluation.read_requests(file))
    elif evaluation.is_histories(file):
        rows = evaluation.read_histories(file)
        if patterns_only:
            figures = evaluation.of_histories(rows)
        else:
            with _proposer(persona_name, llm) as (proposer, name, judge, renew):
                figures = evaluation.of_histories(rows, proposer, name, judge, renew)
    else:
        figures = evaluation.of_pairs(pairs.read(file))
    if verbose:
        for line in evaluation.lines_of(figures):
            click.echo(line, err=True)
    data = figures.data()
    if as_json:
        print_json(data)
        return
    for name, value in data.items():
        click.echo(f"{name:<20} {value}")


@contextmanager
def _proposer(persona_name: str, llm: str | None) -> Iterator[Any]:
    """The language model's part, as in a turn: (proposals, its name, what is over, what stands instead); refused for one that has not learnt it."""
    from ohlora import models, personas
    from ohlora.conversation import memos
    from ohlora.language import engines, tasks
    from ohlora.memory.remembering import may_tell

    persona = personas.load(persona_name)
    if llm is None:
        models.ensure([engines.BUNDLED])
    engine = engines.open_engine(llm, persona=persona)
    try:
        if not tasks.proposes(engine):
            raise CheckFailed(
                f"{engine.name} has no adapter that proposes memories; use --patterns-only",
                f"{engine.name}에는 기억을 제안하는 어댑터가 없습니다. --patterns-only를 쓰세요",
            )

        def propose(message: str) -> "list[Proposal]":
            if tasks.reads_alone(engine):
                return memos.proposed(engine, persona, message)[1]
            if not may_tell(message, ()):
                return []
            said = tasks.reply(engine, persona, [], message)
            for _ in said:
                pass
            labels = tasks.expression(engine, persona, message, said)
            return memos.proposed(engine, persona, message, said, labels)[1]

        judge = partial(tasks.over, engine) if tasks.judges(engine) else None
        yield propose, memos.read_by(engine), judge, partial(tasks.instead, engine)
    finally:
        engine.close()
