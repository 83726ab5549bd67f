"""Verifying a bundle: every digest, every tensor, and the fingerprint drawn again."""

from pathlib import Path
from typing import Any

from ohlora.checkpoint import bundle as bundles
from ohlora.checkpoint.fingerprint import build, compare, here
from ohlora.errors import CheckFailed, InputError
from ohlora.face.openvino_generator import OpenVINOGenerator, exported
from ohlora.i18n import say


def verify(folder: Path) -> dict[str, Any]:
    """Runs every check that can be run and reports each: `{"ok", "fingerprint", "platform", "checks": […]}`.

    The fingerprint must be equal where it was made (same processor, same versions), and elsewhere within its stated
    tolerance.

    Raises:
        InputError: there is no bundle. MissingError: torch is not installed.
    """
    manifest = bundles.read_manifest(folder)
    recorded = manifest["fingerprint"]
    checks = [_check("digests", lambda: bundles.check_digests(folder, manifest))]
    frozen: Any = None

    def tensors() -> None:
        nonlocal frozen
        frozen = bundles.load(folder)

    if checks[0]["ok"]:
        checks.append(_check("tensors", tensors))
    if frozen is not None:
        checks.append(_fingerprint(folder, frozen, recorded))
    if exported(folder):
        checks.append(_check("openvino", lambda: _unused(OpenVINOGenerator(folder, manifest))))
    return {
        "ok": all(check["ok"] for check in checks) and frozen is not None,
        "folder": str(folder),
        "architecture": manifest["architecture"],
        "fingerprint": recorded,
        "platform": here(),
        "checks": checks,
    }


def _unused(value: Any) -> None:
    del value


def _check(name: str, function: Any) -> dict[str, Any]:
    try:
        function()
    except (CheckFailed, InputError) as error:
        return {"name": name, "ok": False, "says": str(error)}
    return {"name": name, "ok": True, "says": say("as recorded", "기록과 같음")}


def _fingerprint(folder: Path, frozen: bundles.Bundle, recorded: dict[str, Any]) -> dict[str, Any]:
    generator = build(frozen.architecture.name, frozen.settings, frozen.tensors, frozen.absent)
    found = compare(generator, recorded, bundles.reference(folder))
    where = recorded.get("platform", {})
    made = f"{recorded.get('precision')}, {where.get('processor')}, {where.get('instructions')}, torch {where.get('torch')}"
    if found.same_platform:
        en = f"{'equal' if found.ok else 'DIFFERENT'} on the platform it was made on ({made})"
        ko = f"만든 곳과 같은 환경에서 {'같음' if found.ok else '다름'}({made})"
    else:
        word = ("within", "허용 범위 안") if found.ok else ("NOT within", "허용 범위를 벗어남")
        en = f"made elsewhere ({made}); largest difference {found.difference:.2g}, {word[0]} {found.allowed:.2g}"
        ko = f"다른 환경에서 만듦({made}). 최대 차이 {found.difference:.2g}, {word[1]}({found.allowed:.2g})"
    return {
        "name": "fingerprint",
        "ok": found.ok,
        "says": say(en, ko),
        "digest": found.digest,
        "exact": found.digest == recorded["digest"],
        "difference": found.difference,
    }
