"""How a reader refuses a file: the reason is raised where it is found, the file's name is put before it once.

Readers work on streams and do not know file names, so they raise `refuse(...)`; `naming(path)` completes the sentence
and turns errors of the operating system into one too.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ohlora.errors import InputError


class Refusal(InputError):
    """A reason without its subject: "is cut off"."""


def refuse(en: str, ko: str) -> Refusal:
    """A refusal to be completed by `naming`. `en` continues "FILE …", `ko` stands after "FILE: "."""
    return Refusal(en, ko)


def shown(text: str, most: int = 600) -> str:
    """Text from a stranger's file as it may be printed: one line, no control characters, not endless."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)
    return plain if len(plain) <= most else f"{plain[:most]}…"


def refuse_special(path: Path) -> None:
    """Refuses what is no regular file: opening a pipe waits for ever, a device has no end.

    Raises:
        Refusal: a pipe, a socket or a device; OSError: as the operating system says (inside `naming`).
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    if not stat.S_ISREG(mode):
        raise refuse(
            "is a pipe, a socket or a device, not a file; save it to a file first",
            "파일이 아니라 파이프, 소켓 또는 장치입니다. 먼저 파일로 저장해 주세요",
        )


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Every refusal and file error raised inside becomes one sentence that names `path`."""
    try:
        yield
    except Refusal as reason:
        raise InputError(f"{path} {shown(reason.en)}.", f"{path}: {shown(reason.ko)}.") from reason
    except FileNotFoundError as e:
        raise InputError(
            f"{path} does not exist; name the weight file itself.", f"{path} 파일이 없습니다. 가중치 파일을 지정하세요."
        ) from e
    except IsADirectoryError as e:
        raise InputError(
            f"{path} is a folder; name the weight file inside it.", f"{path}은(는) 폴더입니다. 안의 파일을 지정하세요."
        ) from e
    except PermissionError as e:
        raise InputError(
            f"{path} may not be read by you; change its permissions (chmod u+r).",
            f"{path}을(를) 읽을 권한이 없습니다. 권한을 바꿔 주세요(chmod u+r).",
        ) from e
    except MemoryError as e:
        raise InputError(
            f"{path} does not fit into this computer's memory.", f"{path}이(가) 이 컴퓨터의 메모리에 들어가지 않습니다."
        ) from e
    except OSError as e:
        raise InputError(
            f"{path} cannot be read ({e.strerror or e}).", f"{path}을(를) 읽을 수 없습니다({e.strerror or e})."
        ) from e
