"""Whether all of a person fits: her card, her face and what moves it, her adapters and dialogues. Cheap: no network is run.

What the checks do not show is how well she speaks (`ohlora language evaluate`) and that an adapter does in llama.cpp what it
did in training (`ohlora language verify`).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ohlora.errors import CheckFailed, InputError, OhLoraError
from ohlora.files import sha256_of
from ohlora.i18n import say
from ohlora.language import cards
from ohlora.language.persona import load_card
from ohlora.personas import Persona, archive

Said = tuple[str, str]
"""A sentence in English and Korean."""


@dataclass(frozen=True)
class Check:
    """One check. message: what was found, or what is wrong and what mends it; in the user's language."""

    name: str
    ok: bool
    message: str


def verify(persona: Persona) -> list[Check]:
    """Every check that can be made of a persona's files; those that say no do not keep the others from being made."""
    return [_made(name, check) for name, check in _checks(persona)]


def _made(name: str, check: Callable[[], Said]) -> Check:
    try:
        return Check(name, True, say(*check()))
    except OhLoraError as error:
        return Check(name, False, str(error))
    except (
        Exception
    ) as error:  # a file from elsewhere may break any reader, and the other checks are wanted all the same
        what = f"{type(error).__name__}: {error}"[:200]
        return Check(name, False, say(f"it cannot be read ({what})", f"읽을 수 없습니다({what})"))


def _checks(persona: Persona) -> Iterator[tuple[str, Callable[[], Said]]]:
    yield "card", lambda: _card(persona)
    if (persona.folder / archive.MANIFEST).is_file():
        yield "manifest", lambda: _manifest(persona)
    yield from _face(persona)
    files = persona.files()
    if not files["adapters"]:
        yield (
            "adapters",
            lambda: (
                "none: the bundled model speaks without (a larger one with --llm speaks better); see: ohlora language train --help",
                "없음: 함께 온 모델이 어댑터 없이 말합니다(--llm의 큰 모델이 낫습니다). 보기: ohlora language train --help",
            ),
        )
    for path in files["adapters"]:
        yield f"adapters/{path.name}", lambda path=path: _adapter(persona, path)  # type: ignore[misc]
    if not files["data"]:
        yield (
            "dialogue",
            lambda: (
                "none: she speaks by her card alone (docs/language.md says what to write)",
                "없음: 카드만으로 말합니다(무엇을 쓸지는 docs/language.md에 있습니다)",
            ),
        )
    for path in files["data"]:
        yield f"dialogue/{path.name}", lambda path=path: _dialogue(path)  # type: ignore[misc]
    _, others = archive.parts(persona)
    if others:
        shown = ", ".join(others[:5]) + ("…" if len(others) > 5 else "")
        yield (
            "others",
            lambda: (
                f"no part of a person, not read and not exported: {shown}",
                f"페르소나의 부분이 아니어서 읽지도 내보내지도 않음: {shown}",
            ),
        )


def _card(persona: Persona) -> Said:
    card = load_card(persona.card_path)
    cards.load(persona.card_path)  # as the page and an archive take it
    edited = persona.card_path == persona.own_card
    where = (f", as edited in {persona.card_path}", f", {persona.card_path}에서 고친 것") if edited else ("", "")
    return f"{card.char}{where[0]}", f"{card.char}{where[1]}"


def _manifest(persona: Persona) -> Said:
    """What was imported is still what it was; the card that was edited in the page lies elsewhere."""
    told = archive.record(persona.folder)
    assert told is not None
    wrong = []
    for name, one in told["files"].items():
        path = persona.folder / name
        if not path.is_file() or path.stat().st_size != one["size"] or sha256_of(path) != one["sha256"]:
            wrong.append(name)
    if wrong:
        shown, path = ", ".join(wrong), persona.folder / archive.MANIFEST
        raise CheckFailed(
            f"not as it was imported: {shown}; import it anew, or if it was you who changed it, remove {path}",
            f"들여온 것과 다름: {shown}. 다시 들여오거나, 직접 바꾼 것이면 {path}을(를) 지우세요",
        )
    count = len(told["files"])
    return f"{count} files as they were imported", f"파일 {count}개가 들여온 그대로임"


def _face(persona: Persona) -> Iterator[tuple[str, Callable[[], Said]]]:
    from ohlora.face import mobile_stylegan, persona_face

    folder, network = persona.folder, mobile_stylegan.Known()
    if not persona.has_own_face:
        yield (
            "face",
            lambda: (
                f"none of her own: the shipped one stands in; choose one with: ohlora face cast --seed 1 --row N -o {folder}",
                f"자기 얼굴 없음: 함께 온 얼굴을 씁니다. 고르기: ohlora face cast --seed 1 --row N -o {folder}",
            ),
        )
        return
    short = network.fingerprint()[:12]

    def face() -> Said:
        _, body = persona_face.load_latent(folder, network)
        where = f"seed {body.get('seed')}, row {body.get('row')}"
        return f"{where}, of {network.name} {short}…", f"{where}, {network.name} {short}…의 얼굴"

    def directions() -> Said:
        names = ", ".join(persona_face.load_directions(folder, network).names)
        return f"{names}; of the same network", f"{names}. 같은 네트워크의 것"

    def calibration() -> Said:
        _, body = persona_face.load_latent(folder, network)
        found = persona_face.load_calibration(folder, network, body, persona_face.load_directions(folder, network))
        if found is None:
            return (
                f"none: scores are met less exactly; measure with: ohlora face calibrate {folder}",
                f"없음: 점수가 덜 정확합니다. 재기: ohlora face calibrate {folder}",
            )
        return f"measured on this face, {len(found.points)} pictures", f"이 얼굴에서 잼, 그림 {len(found.points)}장"

    yield "face", face
    yield "directions", directions
    yield "calibration", calibration


def _adapter(persona: Persona, path: Path) -> Said:
    """Made for the bundled model: by the digest it names, and where that model is on this computer by every shape."""
    from ohlora import models
    from ohlora.language import engines, importing, merging

    if path.suffix != ".gguf":
        raise InputError(
            f"{path.name} is no .gguf and is not loaded; write one with: ohlora language export RUN -o {path.with_suffix('.gguf')}",
            f"{path.name}은(는) .gguf가 아니어서 쓰이지 않습니다. 만들기: ohlora language export RUN -o {path.with_suffix('.gguf')}",
        )
    importing.check_file(path)
    base = next(file for file in models.find(engines.BUNDLED).files if file.name.endswith(".gguf"))
    _, _, named = importing.metadata(path).get("base", "").partition("sha256:")
    if named and named != base.sha256:
        raise InputError(
            f"made for another base model ({named[:12]}…) than {engines.BUNDLED} ({base.sha256[:12]}…); train it for this one "
            f"with: ohlora language train --persona {persona.name} -o RUN",
            f"{engines.BUNDLED}({base.sha256[:12]}…)이 아닌 다른 바탕 모델({named[:12]}…)의 어댑터입니다. "
            f"다시 학습하기: ohlora language train --persona {persona.name} -o RUN",
        )
    if models.problems(models.find(engines.BUNDLED)):
        seen = ("its shapes were not compared, the model is not here", "모델이 여기 없어 모양은 비교하지 않음")
    else:
        merging.check_fits(models.locate(engines.BUNDLED) / base.name, path)
        seen = ("every tensor has its place", "모든 텐서가 제자리에 맞음")
    by = ("" if named else " (it names no base)", "" if named else " (바탕을 밝히지 않음)")
    proof = f"ohlora language verify --persona {persona.name}"
    return (
        f"for {engines.BUNDLED}{by[0]}, {seen[0]}; prove it with: {proof}",
        f"{engines.BUNDLED}용{by[1]}, {seen[1]}. 증명하기: {proof}",
    )


def _dialogue(path: Path) -> Said:
    from ohlora.language import data, examples

    if path.suffix == ".npz":
        return _vectors(path)
    if path.suffix not in (".jsonl", ".csv"):
        return "not read: dialogues are .jsonl", "읽지 않음: 대화는 .jsonl입니다"
    if path.suffix == ".csv":
        count, valid = len(data.read(path).rows), 0
    else:
        items = examples.read(path)
        count, valid = len(items), sum(item.split == "valid" for item in items)
    if not count:
        raise InputError(
            f"{path.name} has no turns; write some or remove it", f"{path.name}에 대화가 없습니다. 쓰거나 지우세요"
        )
    kept = f", {valid} of them for validation" if valid else ""
    return f"{count:,} turns{kept}", f"대화 {count:,}개" + (f", 그중 검증용 {valid:,}개" if valid else "")


def _vectors(path: Path) -> Said:
    from ohlora.language import examples
    from ohlora.language.tasks import EXAMPLES

    if not archive.vectors_sane(path):
        raise InputError(
            f"{path.name} holds no vectors, or unfolds to many times its size; remove it, they are computed anew",
            f"{path.name}에 벡터가 없거나 지나치게 크게 풀립니다. 지우면 다시 계산됩니다",
        )
    source = path.parent / EXAMPLES.name
    count = len(examples.read(source)) if source.is_file() else 0
    digest = hashlib.sha256(source.read_bytes()).hexdigest() if source.is_file() else ""
    if examples.stored(path, digest, count) is None:
        return (
            f"not of the present {source.name}: computed anew when she is first talked with",
            f"지금의 {source.name}의 것이 아님: 처음 이야기할 때 다시 계산됨",
        )
    return f"of all {count:,} turns of {source.name}", f"{source.name}의 대화 {count:,}개 모두의 벡터"
