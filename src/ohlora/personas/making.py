"""A new person: from nothing, from a character card, or from all that another one is made of.

What is not hers yet is not made up: without a face of her own the shipped one stands in (`personas.face_folder`), and
without dialogues and adapters a model speaks by her card alone. Knows no command line.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ohlora import personas
from ohlora.errors import InputError
from ohlora.i18n import language, say
from ohlora.language import cards
from ohlora.personas import Persona, archive, placing

# How she speaks before anybody has filled the card in: a small model takes form and language from these.
_SPOKEN = {
    "en": (
        ("너는 누구야?", "저는 {{char}}입니다. 당신의 컴퓨터 안에 사는 AI 가상 인간이에요."),
        ("I'm so tired today.", "That sounds like a long day. How about an early night?"),
        ("What's the weather tomorrow?", "I can't know the weather. But tell me what you have planned!"),
        ("Who are you?", "I'm {{char}}, a virtual human who lives on your computer."),
        ("Are you human?", "No, I'm an AI, a virtual human. I like talking with you all the same."),
    ),
    "ko": (
        ("Who are you?", "I'm {{char}}, a virtual human who lives on your computer."),
        ("오늘 너무 피곤해", "많이 힘드셨군요. 오늘은 일찍 쉬는 게 어때요?"),
        ("내일 날씨 어때?", "날씨는 제가 알 수 없어요. 대신 내일 뭐 하실지 들려주세요!"),
        ("너는 누구야?", "저는 {{char}}입니다. 당신의 컴퓨터 안에 사는 AI 가상 인간이에요."),
        ("너 사람이야?", "아니요, 저는 AI로 움직이는 가상 인간이에요. 그래도 이야기하는 건 좋아해요."),
    ),
}

_OTHER_NAME = ("choose another name", "다른 이름을 고르세요")


@dataclass(frozen=True)
class Made:
    """A person who was made. dropped: members of the card's file that were not taken over."""

    persona: Persona
    dropped: tuple[str, ...] = ()


def make(name: str, source: str | None = None, directory: Path | None = None) -> Made:
    """Makes a persona's folder.

    Args:
        name: of the persona and its folder.
        source: a card (JSON or PNG), or a persona by name or folder, all of whose parts are copied; None for a short
            card to fill in.
        directory: where the folder goes; by default where personas are found by name.

    Raises:
        InputError: a name that cannot be or is taken, no such source, a broken card, or the folder cannot be written.
    """
    name = placing.checked_name(name)
    directory = directory.expanduser() if directory is not None else placing.own_shelf()
    placing.refuse_taken(name, directory, _OTHER_NAME)
    if source is not None and not _is_card(source):
        model = personas.load(source)
        with placing.placed(name, directory) as folder:
            _copy(model, folder)
            _room(folder)
        return Made(Persona(name, directory / name))
    if source is None:
        card, dropped = _blank(name), list[str]()
    else:
        card, dropped = archive.card_in(Path(source).expanduser())
    with placing.placed(name, directory) as folder:
        (folder / "card.json").write_text(cards.to_json(card), encoding="utf-8")
        _room(folder)
    return Made(Persona(name, directory / name), tuple(dropped))


def _is_card(source: str) -> bool:
    """Whether a source names a file rather than a persona."""
    path = Path(source).expanduser()
    return path.is_file() or (path.suffix.lower() in (".json", ".png", ".zip") and not path.is_dir())


def _room(folder: Path) -> None:
    """Where dialogues and adapters will lie, so that they can be copied there."""
    for name in ("dialogue", "adapters"):
        (folder / name).mkdir(exist_ok=True)


def _copy(model: Persona, folder: Path) -> None:
    """Every part of a persona; of her card the one that holds."""
    found, _ = archive.parts(model)
    for name, path in found.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        try:
            shutil.copyfile(path, target)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                f"{path} cannot be copied: {reason}", f"{path}을(를) 복사할 수 없습니다: {reason}"
            ) from error


def _blank(name: str) -> dict[str, Any]:
    """A short card that can be talked with as it is: honest about what she is, and to be filled in."""
    texts = {
        "name": name,
        "description": say(
            "{{char}}: an AI virtual human, friendly and curious.", "{{char}}: 다정하고 호기심 많은 AI 가상 인간."
        ),
        "personality": say(
            "Friendly and curious. Knows that she is an AI and does not hide it. Speaks briefly.",
            "다정하고 호기심이 많다. 자신이 AI라는 것을 알고 숨기지 않는다. 해요체로 짧게 말한다.",
        ),
        "scenario": say(
            "{{char}} lives on {{user}}'s computer and talks with them in the browser.",
            "{{user}}의 컴퓨터 안에서 살며, 브라우저 화면으로 이야기를 나눈다.",
        ),
        "first_mes": say(
            "Hello, I'm {{char}}! How was your day?", "안녕하세요, {{char}}입니다! 오늘은 어떤 하루였나요?"
        ),
        "mes_example": "\n".join(
            f"<START>\n{{{{user}}}}: {said}\n{{{{char}}}}: {told}" for said, told in _SPOKEN[language()]
        ),
        "system_prompt": say(
            "You are {{char}}, the person described below. Answer in one or two sentences, in the language of the message. "
            "Asked whether you are an AI, say so. Say that you do not know what you cannot know now, such as the weather.",
            "너는 {{char}}이다. 아래 설명의 사람으로서 한두 문장으로, 상대가 쓴 언어로 답한다. AI냐고 물으면 솔직히 말한다. "
            "날씨나 뉴스처럼 지금 알 수 없는 것은 모른다고 말한다.",
        ),
        "character_version": "1.0",
        "tags": ["AI"],
    }
    return cards.checked({"spec": "chara_card_v3", "data": texts})


def next_steps(persona: Persona) -> list[tuple[str, str]]:
    """What is left to do for her, as (why, command), in the user's language."""
    called = persona.name if persona.named else str(persona.folder)
    files = persona.files()
    steps = [(say("her words: fill in the card", "말: 카드를 채우세요"), str(persona.card_path))]
    if not persona.has_own_face:
        steps += [
            (
                say(
                    "her face (the shipped one until then): look, then keep one",
                    "얼굴(그때까지는 함께 온 얼굴): 보고 고르기",
                ),
                "ohlora face cast --seed 1 --sheet faces.html",
            ),
            ("", f"ohlora face cast --seed 1 --row N -o {persona.folder}"),
        ]
    if not any(path.suffix == ".jsonl" for path in files["data"]):
        steps.append(
            (
                say(
                    "her dialogues (docs/language.md): what the bundled model shows itself and learns from",
                    "대화 자료(docs/language.md): 함께 온 모델이 본보기로 삼고 배우는 것",
                ),
                str(persona.folder / "dialogue" / "examples.jsonl"),
            )
        )
    if not files["adapters"]:
        run = Path("runs") / persona.name
        steps += [
            (
                say(
                    "then her adapter; until then a larger model with --llm speaks better",
                    "그다음 어댑터. 그때까지는 --llm의 큰 모델이 낫습니다",
                ),
                f"ohlora language train --persona {called} -o {run}",
            ),
            ("", f"cp {run / 'reply.gguf'} {persona.folder / 'adapters'}/"),
        ]
    return [
        *steps,
        (say("whether all of it fits", "모두 맞는지 확인"), f"ohlora persona verify {called}"),
        (say("meet her", "만나기"), f"ohlora serve --persona {called}"),
    ]
