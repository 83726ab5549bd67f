"""A persona's folder: which files make a person, where they lie, and their digests.

A persona is a folder with `card.json`, `face.json`, `face.safetensors`, `directions.safetensors` and `dialogue/`. Those
that ship lie beside this file; the user's own lie in the data folder or anywhere (given as a path). This module knows
where files are, not what they mean: the card is read by `language.persona`, the face by `face.persona_face`. `making`
begins a person, `archive` makes one file of her and a person of such a file, `verifying` looks whether all of her fits.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ohlora.errors import InputError
from ohlora.files import sha256_of
from ohlora.language.persona import Card, load_card
from ohlora.paths import data_dir

__all__ = ["DEFAULT", "Persona", "face_folder", "find", "load", "names"]

DEFAULT = "ohlora"

# Part of a persona → glob patterns inside its folder. `card` is the only part that must be there.
PARTS: Mapping[str, tuple[str, ...]] = {
    "card": ("card.json",),
    "face": ("face.json", "face.safetensors"),
    "directions": ("directions.json", "directions.safetensors"),
    "calibration": ("calibration.json", "calibration.safetensors"),
    "adapters": ("adapters/*",),
    "data": ("dialogue/*",),
}
_FACE = ("face", "directions", "calibration")
_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Persona:
    """A person as files: `name` is the folder's name; the card is read when asked for.

    Raises (from `card`):
        InputError: the card is broken; the sentence names the file and the place in it.
    """

    name: str
    folder: Path

    @property
    def named(self) -> bool:
        """Whether she is found by her name; else by her folder alone."""
        return self.folder.parent in shelves()

    @property
    def own_card(self) -> Path:
        """Where the user's own version of the card lies, or would; it stands before the one in the folder."""
        where = "" if self.named else f".{hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]}"
        return data_dir() / "cards" / f"{self.name}{where}.json"

    @property
    def card_path(self) -> Path:
        """The card that holds."""
        return self.own_card if self.own_card.is_file() else self.folder / "card.json"

    def again(self) -> "Persona":
        """The same person, her card read anew. Raises as `load`."""
        return load(self.name if self.named else str(self.folder))

    @cached_property
    def card(self) -> Card:
        return load_card(self.card_path)

    def files(self) -> dict[str, list[Path]]:
        """Part → its files that exist, sorted."""
        found = {
            part: sorted(path for glob in globs for path in self.folder.glob(glob) if path.is_file())
            for part, globs in PARTS.items()
        }
        return {**found, "card": [self.card_path]}

    @property
    def has_own_face(self) -> bool:
        """Whether the folder holds any file of a face; see `face_folder`."""
        return face_folder(self.folder) == self.folder

    def digests(self) -> dict[str, list[dict[str, str | int]]]:
        """Part → path, SHA-256 and size in bytes of each of its files."""
        return {
            part: [{"path": str(p), "sha256": sha256_of(p), "size": p.stat().st_size} for p in paths]
            for part, paths in self.files().items()
        }


def shelves() -> list[Path]:
    """Folders whose subfolders are personas; the user's own come first and may shadow a shipped one."""
    return [data_dir() / "personas", Path(__file__).parent]


def names() -> list[str]:
    """Names of all personas that `load` finds by name."""
    found = {card.parent.name for shelf in shelves() if shelf.is_dir() for card in shelf.glob("*/card.json")}
    return sorted(name for name in found if _NAME.fullmatch(name))


def face_folder(folder: Path) -> Path:
    """Where the face of a persona's folder lies: there, or where it holds none yet, that of the shipped persona.

    A folder with some of a face's files counts as having one: what is missing is then said, not made up for.
    """
    own = any(path.is_file() for part in _FACE for glob in PARTS[part] for path in folder.glob(glob))
    return folder if own else Path(__file__).parent / DEFAULT


PATTERN = Path(__file__).parent / DEFAULT / "card.json"
"""A card to begin one's own from."""


def find(name_or_folder: str) -> Path:
    """The folder of a persona given by name, or as a path (anything with a path separator, or an existing folder).

    Raises:
        InputError: there is no such persona, or the folder has no card.
    """
    if _NAME.fullmatch(name_or_folder):
        for shelf in shelves():
            if (shelf / name_or_folder / "card.json").is_file():
                return shelf / name_or_folder
    folder = Path(name_or_folder).expanduser()
    if (folder / "card.json").is_file():
        return folder.resolve()
    if folder.is_dir():
        raise InputError(
            f"the persona folder {folder} has no card.json; put a character card (V2 or V3) there, such as {PATTERN}",
            f"페르소나 폴더 {folder}에 card.json이 없습니다. 캐릭터 카드(V2나 V3)를 두세요. 본보기: {PATTERN}",
        )
    known = ", ".join(names())
    raise InputError(
        f"there is no persona named {name_or_folder!r}; there are: {known} (see: ohlora persona list)",
        f"{name_or_folder!r}(이)라는 페르소나가 없습니다. 있는 페르소나: {known} (보기: ohlora persona list)",
    )


def load(name_or_folder: str = DEFAULT) -> Persona:
    """Finds a persona and reads its card, so that a broken one is refused here and not in mid-conversation.

    Raises:
        InputError: unknown persona or broken card.
    """
    folder = find(name_or_folder)
    persona = Persona(folder.name, folder)
    _ = persona.card
    return persona
