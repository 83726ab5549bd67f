"""A whole person as one file, and a person of such a file.

The file is a ZIP archive, its members stored as they are: `manifest.json` first, then every part under the name it has in the
persona's folder, and `LICENCES.txt`. The manifest names each with its size and SHA-256. The same persona gives the same
bytes: names in order, no times, nothing compressed (libraries compress differently).

An archive comes from anywhere, so nothing in it is believed: members are those the manifest names and no others, of names
and kinds that a persona has, within limits, and all of them are read against their digests before anything is put in place.
What the digests do not say is whether its maker means well: they show that it arrived whole.
"""

import hashlib
import json
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ohlora import __version__, personas
from ohlora.errors import InputError, OhLoraError
from ohlora.files import atomic_write, sha256_of, write_asked
from ohlora.language import cards
from ohlora.language.persona import load_card
from ohlora.personas import Persona, placing

FORMAT, VERSION = "ohlora-persona", 1
MANIFEST, LICENCES, CARD = "manifest.json", "LICENCES.txt", "card.json"

MOST_FILES = 256
MOST_BYTES = 3 * 2**30
"""Of all members together, and of the archive: below what makes a ZIP archive one of the large kind."""
_MOST_MANIFEST = 2**20
_MOST_DIRECTORY = 2**18
"""Bytes of the archive's own list of members, which is read before they can be counted."""
_MOST_RATIO = 100
"""A persona is hardly smaller when compressed; what unfolds a hundredfold was made to fill a disk."""
_CHUNK = 2**20

_STEM = r"[^\W_][\w-]*(?:\.[\w-]+)*"
# What a member may be called, and how many bytes it may have.
_MEMBERS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern), most)
    for pattern, most in (
        (r"card\.json", cards.MAX_JSON),
        (r"(?:face|directions|calibration)\.json", 8 * 2**20),
        (r"(?:face|directions|calibration)\.safetensors", 2**28),
        (rf"adapters/{_STEM}\.gguf", 2**31),
        (rf"dialogue/{_STEM}\.(?:jsonl|csv)", 2**28),
        (r"dialogue/vectors\.npz", 2**28),
        (r"(?:LICENCES|LICENSE|NOTICE)(?:\.txt|\.md)?", 2**20),
    )
)
_OWN_NOTICES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt", "NOTICE.md")
_TAKEN = ("import it under another name with --name NAME", "--name NAME으로 다른 이름을 주세요")
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
    KeyError, IndexError, struct.error, OverflowError,
)  # fmt: skip
"""What `zipfile` raises of archives that are broken, or made to break it."""


@dataclass(frozen=True)
class Written:
    """An archive that was written. left_out: files of the folder that are no part of a person."""

    file: Path
    sha256: str
    size: int
    files: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """A person who was taken in. manifest: of the archive, {} for a card; dropped: members of a card left out."""

    persona: Persona
    files: tuple[str, ...]
    manifest: dict[str, Any] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


def parts(persona: Persona) -> tuple[dict[str, Path], list[str]]:
    """Name in an archive → file, in order, of everything that makes the person; and names of other files of the folder."""
    found = {_name(persona, path): path for files in persona.files().values() for path in files}
    found |= {name: persona.folder / name for name in _OWN_NOTICES if (persona.folder / name).is_file()}
    taken = {name: path for name, path in sorted(found.items()) if _most(name) is not None}
    everything = {_inside(persona, path) for path in persona.folder.rglob("*") if path.is_file()}
    others = everything - set(taken) - {MANIFEST, LICENCES, CARD}
    return taken, sorted(name for name in others if not re.search(r"(?:^|/)\.", name))


def write(persona: Persona, out: Path) -> Written:
    """Writes a persona as one file; of her card the one that holds.

    Raises:
        InputError: a part cannot be read, is too large or changes meanwhile, the card is broken, or `out` cannot be written.
    """
    files, left_out = parts(persona)
    cards.load(persona.card_path)
    sizes = {name: path.stat().st_size for name, path in files.items()}
    for name, size in sizes.items():
        if size > (_most(name) or 0) or sum(sizes.values()) > MOST_BYTES:
            raise _refused(f"{files[name]} makes it too large", f"{files[name]}이(가) 너무 커서 담을 수 없습니다")
    told = licences(persona, files)
    notice = _notice(persona, told).encode()
    digests: dict[str, dict[str, Any]] = {
        name: {"sha256": sha256_of(path), "size": sizes[name]} for name, path in files.items()
    }
    digests[LICENCES] = {"sha256": hashlib.sha256(notice).hexdigest(), "size": len(notice)}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "name": persona.name,
        "title": persona.card.char,
        "made_with": {"ohlora": __version__},
        "needs": _needs(persona, files),
        "licences": told,
        "files": dict(sorted(digests.items())),
    }
    body = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    try:
        with atomic_write(out) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
            archive.writestr(_member(MANIFEST), body)
            for name in sorted(digests):
                if name == LICENCES:
                    archive.writestr(_member(name), notice)
                    continue
                with files[name].open("rb") as source, archive.open(_member(name, sizes[name]), "w") as target:
                    if _copied(source, target, sizes[name]) != digests[name]["sha256"]:
                        raise _refused(
                            f"{files[name]} changed while it was read; export again",
                            f"{files[name]}이(가) 읽는 사이 바뀌었습니다. 다시 내보내세요",
                        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {out}: {reason}", f"{out}을(를) 쓸 수 없습니다: {reason}") from error
    return Written(out, sha256_of(out), out.stat().st_size, tuple(sorted(digests)), tuple(left_out))


def write_card(persona: Persona, out: Path, version: int = 3) -> Written:
    """Writes her card alone by the ending of `out`: `.json` of version 2 or 3, or `.png`, her picture that carries both.

    Raises:
        InputError: another ending, or the file cannot be written. MissingError: the picture needs a model that is not here.
    """
    ending = out.suffix.lower()
    if ending not in (".json", ".png"):
        raise InputError(
            f"{out}: a card is written as .json or .png; a whole persona, without --card, as .zip",
            f"{out}: 카드는 .json이나 .png로, 페르소나 전체는 --card 없이 .zip으로 씁니다",
        )
    card = cards.load(persona.card_path)
    if ending == ".json":
        body = cards.to_json(card, version).encode()
    else:
        from ohlora.face.persona_face import portrait

        body = cards.to_png(card, portrait(personas.face_folder(persona.folder), persona.name))
    return Written(out, write_asked(out, body), len(body), (CARD,))


def card_in(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The card in a JSON or PNG file in the form of `cards.checked`, and names of what is left out of it.

    Raises:
        InputError: no such file, an archive, or no card.
    """
    if _is_archive(path):
        raise InputError(
            f"{path} holds more than a card; take it in with: ohlora persona import {path}",
            f"{path}에는 카드 말고도 들어 있습니다. 들여오기: ohlora persona import {path}",
        )
    raw = _bytes(path)
    return cards.read(raw), cards.dropped(cards.parsed(raw))


def read(path: Path, name: str | None = None, directory: Path | None = None) -> Taken:
    """Takes a person in: from an archive of `write`, or from a card (JSON or PNG).

    Args:
        name: by default the one in the archive, or made of what the card is called.
        directory: where the folder goes; by default where personas are found by name.

    Raises:
        InputError: no such file; the archive or card is broken, unsafe or too large; a name that cannot be or is taken.
    """
    directory = directory.expanduser() if directory is not None else placing.own_shelf()
    if _is_archive(path):
        return _read_archive(path, name, directory)
    if path.suffix.lower() == ".zip":
        raise _bad(path, "it is no ZIP archive, or is cut off", "ZIP 파일이 아니거나 잘렸습니다")
    card, dropped = card_in(path)
    name = name or placing.name_from(card["data"]["nickname"] or card["data"]["name"])
    if not name:
        raise _bad(
            path,
            "no name can be made of what its card is called; give --name NAME",
            "카드의 이름으로 페르소나 이름을 지을 수 없습니다. --name NAME을 주세요",
        )
    name = placing.checked_name(name)
    placing.refuse_taken(name, directory, _TAKEN)
    with placing.placed(name, directory) as folder:
        (folder / CARD).write_text(cards.to_json(card), encoding="utf-8")
    return Taken(Persona(name, directory / name), (CARD,), dropped=tuple(dropped))


def terms(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The licences a manifest tells, as `licences` made them; what has another form is left out."""
    told = manifest.get("licences")
    return [
        {"files": one["files"], "licence": one["licence"]}
        for one in (told if isinstance(told, list) else [])
        if isinstance(one, dict) and isinstance(one.get("files"), list) and isinstance(one.get("licence"), str)
    ]


def record(folder: Path) -> dict[str, Any] | None:
    """The manifest that an imported persona keeps; None where there is none.

    Raises:
        InputError: it is broken.
    """
    path = folder / MANIFEST
    return _manifest(path, _bytes(path, _MOST_MANIFEST)) if path.is_file() else None


def vectors_sane(path: Path) -> bool:
    """Whether a file of vectors is what NumPy writes and unfolds to about its own size: talking reads all of it into memory."""
    try:
        with path.open("rb") as file:
            if _directory_size(file) is None:
                return False
            with zipfile.ZipFile(file) as archive:
                infos = archive.infolist()
                return sum(info.file_size for info in infos) <= 8 * sum(info.compress_size for info in infos) + 2**16
    except _UNREADABLE:
        return False


def licences(persona: Persona, files: Mapping[str, Path]) -> list[dict[str, Any]]:
    """Under which terms the parts are, as far as they or the catalogue say: `[{"files": […], "licence"}]`."""
    from ohlora import models

    told: list[dict[str, Any]] = []
    data = cards.load(persona.card_path)["data"]
    own = [name for name in files if name in _OWN_NOTICES]
    words = [name for name in files if name == CARD or name.startswith("dialogue/")]
    by = f"by {_line(data['creator'])}" if data["creator"].strip() else "its card names no creator"
    notes = f"; {_line(data['creator_notes'])}" if data["creator_notes"].strip() else ""
    terms = f"see {', '.join(own)}" if own else "no licence file; ask whoever made it"
    told.append({"files": words, "licence": f"{by}{notes}; {terms}"})
    face = [name for name in files if name.partition(".")[0] in ("face", "directions", "calibration")]
    if face:
        generator = _described(files, "generator")
        known = models.catalogue().get(generator)
        terms = known.licence if known else "terms not known to this version"
        told.append(
            {"files": face, "licence": f"drawn by {_line(known.title if known else generator)}: {_line(terms)}"}
        )
    for name in files:
        if name.startswith("adapters/"):
            noted = _noted(files[name])
            base = f"made for {_line(noted['base'])}: " if "base" in noted else ""
            terms = noted.get("licence") or "a derivative of its base model, whose terms hold"
            told.append({"files": [name], "licence": f"{base}{_line(terms)}"})
    return told


# ── inside: writing ──────────────────────────────────────────────────────────


def _name(persona: Persona, path: Path) -> str:
    return CARD if path == persona.card_path else _inside(persona, path)


def _inside(persona: Persona, path: Path) -> str:
    return unicodedata.normalize("NFC", path.relative_to(persona.folder).as_posix())


def _member(name: str, size: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.file_size = 3, (stat.S_IFREG | 0o644) << 16, size
    return info


def _needs(persona: Persona, files: Mapping[str, Path]) -> dict[str, Any]:
    """What must be there where she goes: the face network, by its fingerprint, and the adapters' base models."""
    needs: dict[str, Any] = {}
    if "face.json" in files:
        needs["generator"] = {key: _described(files, key) for key in ("generator", "fingerprint")}
    bases = {name: _noted(path).get("base", "") for name, path in files.items() if name.startswith("adapters/")}
    return {**needs, **({"adapters": {name: _line(base) for name, base in bases.items()}} if bases else {})}


def _described(files: Mapping[str, Path], key: str) -> str:
    """What the files of a face say of their generator."""
    for name in ("face.json", "directions.json", "calibration.json"):
        if name in files:
            try:
                return _line(json.loads(files[name].read_text("utf-8"))[key])
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                return "unknown"
    return "unknown"


def _noted(adapter: Path) -> dict[str, str]:
    """What an adapter says of its base and licence; {} where it cannot be read."""
    from ohlora.language.importing import metadata

    try:
        return metadata(adapter)
    except OhLoraError:
        return {}


def _line(text: object) -> str:
    return " ".join(cards.plain(str(text)).split())[:500]


def _notice(persona: Persona, told: list[dict[str, Any]]) -> str:
    lines = [f"Terms of the parts of this persona ({_line(persona.card.char)}), as far as they are known:", ""]
    for one in told:
        lines += [*one["files"], f"    {one['licence']}", ""]
    return "\n".join(lines)


# ── inside: reading ──────────────────────────────────────────────────────────


def _read_archive(path: Path, name: str | None, directory: Path) -> Taken:
    with path.open("rb") as file:
        _check_end(path, file)
        try:
            archive = zipfile.ZipFile(file)
        except _UNREADABLE as error:
            raise _bad(path, "it is no ZIP archive, or is cut off", "ZIP 파일이 아니거나 잘렸습니다") from error
        with archive:
            members = _members(path, archive)
            raw = _content(path, archive, members.pop(MANIFEST), _MOST_MANIFEST)
            manifest = _manifest(path, raw)
            _agree(path, members, manifest["files"])
            name = placing.checked_name(name or manifest["name"])
            placing.refuse_taken(name, directory, _TAKEN)
            with placing.placed(name, directory) as folder:
                for member in sorted(members):
                    _extract(path, archive, members[member], folder / member, manifest["files"][member])
                (folder / MANIFEST).write_bytes(raw)
                _check_parts(path, folder)
    return Taken(Persona(name, directory / name), tuple(sorted(manifest["files"])), manifest)


def _directory_size(file: IO[bytes]) -> int | None:
    """Bytes of an archive's list of members, told before `zipfile` reads all of it; None where the end is no plain one."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 42))
    locator, end = (tail := file.read())[:-22], tail[-22:]
    file.seek(0)
    # Without a comment, and not of the large kind.
    if len(end) < 22 or not end.startswith(b"PK\5\6") or not end.endswith(b"\0\0") or locator.startswith(b"PK\6\7"):
        return None
    directory = int(struct.unpack("<4s4H2LH", end)[5])
    return directory if directory <= _MOST_DIRECTORY else None


def _check_end(path: Path, file: IO[bytes]) -> None:
    if _directory_size(file) is None or path.stat().st_size > MOST_BYTES + _MOST_DIRECTORY:
        raise _bad(
            path,
            "it is cut off, too large, or has too many members; get it anew",
            "잘렸거나, 너무 크거나, 항목이 너무 많습니다. 다시 받으세요",
        )


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name, each of a kind and name that a persona can have, none twice."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise _bad(
            path,
            f"it has {len(infos)} members, at most {MOST_FILES} are taken",
            f"항목이 {len(infos)}개로 너무 많습니다",
        )
    found: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for info in infos:
        name = info.filename
        shown = ascii(name[:100])
        most = _MOST_MANIFEST if name == MANIFEST else _most(name)
        if most is None or info.orig_filename != name or unicodedata.normalize("NFC", name) != name:
            raise _bad(path, f"{shown} is no part of a persona", f"{shown}은(는) 페르소나의 부분이 아닙니다")
        if name.casefold() in folded:
            raise _bad(path, f"{shown} is in it twice", f"{shown}이(가) 두 번 들어 있습니다")
        folded.add(name.casefold())
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.is_dir() or info.flag_bits & 0x1:
            raise _bad(
                path, f"{shown} is a link, a folder or encrypted", f"{shown}이(가) 링크나 폴더이거나 암호화되었습니다"
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _bad(path, f"{shown} is compressed in an unknown way", f"{shown}의 압축 방식을 모릅니다")
        if info.file_size > most:
            raise _bad(
                path,
                f"{shown} has {info.file_size:,} bytes, at most {most:,} are taken",
                f"{shown}이(가) {info.file_size:,}바이트로 너무 큽니다",
            )
        found[name] = info
    if MANIFEST not in found:
        raise _bad(path, f"it has no {MANIFEST}", f"{MANIFEST}이(가) 없습니다")
    total, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if total > MOST_BYTES or total > _MOST_RATIO * packed + 2**20:
        raise _bad(path, f"it would unfold to {total:,} bytes", f"풀면 {total:,}바이트가 됩니다")
    return found


def _manifest(path: Path, raw: bytes) -> dict[str, Any]:
    """A manifest, with the fields every one has.

    Raises:
        InputError: it is broken, or of a newer version.
    """
    try:
        told = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_twins)
        if told["format"] != FORMAT or type(told["version"]) is not int:
            raise ValueError("format")
        if told["version"] > VERSION:
            raise InputError(
                f"{path} was made by a newer Oh-LoRA (version {told['version']} of the form); run: pip install -U ohlora",
                f"{path}은(는) 더 새로운 Oh-LoRA가 만들었습니다(형식 {told['version']}). 실행하세요: pip install -U ohlora",
            )
        files = told["files"]
        if not isinstance(told["name"], str) or CARD not in files:
            raise ValueError("name")
        for name, one in files.items():
            sound = re.fullmatch(r"[0-9a-f]{64}", one["sha256"]) and type(one["size"]) is int and one["size"] >= 0
            if not sound or _most(name) is None:
                raise ValueError("files")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _bad(path, f"{MANIFEST} is broken", f"{MANIFEST}이(가) 잘못되었습니다") from error
    return dict(told)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def _agree(path: Path, members: Mapping[str, zipfile.ZipInfo], files: Mapping[str, Any]) -> None:
    for name in sorted(members.keys() ^ files.keys()):
        shown = ascii(name[:100])
        if name in files:
            raise _bad(path, f"{shown} is missing from it", f"{shown}이(가) 빠져 있습니다")
        raise _bad(path, f"{shown} is not named in its {MANIFEST}", f"{shown}이(가) {MANIFEST}에 없습니다")
    for name, info in members.items():
        if info.file_size != files[name]["size"]:
            raise _changed(path, name)


def _content(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(info) as source:
            return source.read(most + 1)
    except _UNREADABLE as error:
        raise _bad(path, f"{info.filename} cannot be read", f"{info.filename}을(를) 읽을 수 없습니다") from error


def _extract(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, told: Mapping[str, Any]
) -> None:
    target.parent.mkdir(exist_ok=True)
    with target.open("xb") as file:
        try:
            with archive.open(info) as source:
                digest = _copied(source, file, told["size"])
        except OSError:
            raise  # the disk, not the archive
        except _UNREADABLE as error:
            raise _changed(path, info.filename) from error
    if digest != told["sha256"]:
        raise _changed(path, info.filename)


def _copied(source: IO[bytes], target: IO[bytes], size: int) -> str:
    """Copies so many bytes and no more; the SHA-256 of what was copied, "" where there is more or less."""
    digest, left = hashlib.sha256(), size
    while left and (chunk := source.read(min(_CHUNK, left))):
        digest.update(chunk)
        target.write(chunk)
        left -= len(chunk)
    return "" if left or source.read(1) else digest.hexdigest()


def _check_parts(path: Path, folder: Path) -> None:
    """What would do harm or keep her from being loaded is not put in place, whatever its digest."""
    try:
        cards.load(folder / CARD)
        load_card(folder / CARD)
    except InputError as error:
        place = str(folder / CARD)
        raise _bad(path, error.en.replace(place, CARD), error.ko.replace(place, CARD)) from error
    for file in folder.glob("dialogue/*.npz"):
        if not vectors_sane(file):
            raise _bad(
                path,
                f"dialogue/{file.name} holds no vectors, or unfolds to many times its size",
                f"dialogue/{file.name}에 벡터가 없거나, 지나치게 크게 풀립니다",
            )


def _most(name: str) -> int | None:
    """How many bytes a member of this name may have; None where a persona has no such part."""
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        return None
    return next((most for pattern, most in _MEMBERS if pattern.fullmatch(name)), None)


def _regular(path: Path) -> Path:
    """The path, if it is a file that can be read to its end: a pipe or a device is none."""
    if not path.is_file():
        what = ("is a folder", "폴더입니다") if path.is_dir() else ("does not exist", "없는 파일입니다")
        raise InputError(
            f"{path} {what[0]}; name a persona's .zip, or a card (.json, .png)",
            f"{path}: {what[1]}. 페르소나의 .zip이나 카드(.json, .png)를 지정하세요",
        )
    return path


def _is_archive(path: Path) -> bool:
    return _bytes(_regular(path), 2).startswith(b"PK")


def _bytes(path: Path, most: int = cards.MAX_PICTURE) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be read: {reason}", f"{path}을(를) 읽을 수 없습니다: {reason}") from error


def _changed(path: Path, name: str) -> InputError:
    return _bad(
        path, f"{name} is not what its {MANIFEST} says (damaged or changed); get it anew",
        f"{name}이(가) {MANIFEST}의 기록과 다릅니다(손상되었거나 바뀜). 다시 받으세요",
    )  # fmt: skip


def _bad(path: Path, en: str, ko: str) -> InputError:
    return InputError(f"{path} cannot be taken in: {en}", f"{path}을(를) 들여올 수 없습니다: {ko}")


def _refused(en: str, ko: str) -> InputError:
    return InputError(f"this persona cannot be exported: {en}", f"이 페르소나를 내보낼 수 없습니다: {ko}")
