"""Who is judged and on what: an engine with the adapter, the persona, the rows. Knows no figures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ohlora.errors import InputError, MissingError
from ohlora.language import data as reading
from ohlora.language.data import Dialogue
from ohlora.language.engines import BUNDLED, Engine, open_engine


@contextmanager
def engine(persona: Any, adapter: Path | None, model: str = "") -> Iterator[Engine]:
    """The engine that serves the persona, or the adapter of a run (its `.gguf`) on its base.

    Raises:
        InputError: the folder holds no exported adapter. MissingError: the base is not there.
    """
    opened = open_engine(model or None, persona=persona) if adapter is None else _with_adapter(adapter, model)
    try:
        yield opened
    finally:
        opened.close()


def _with_adapter(adapter: Path, model: str) -> Engine:
    from ohlora.language.engines.llama_cpp import LlamaCppEngine
    from ohlora.models import locate

    files = [adapter] if adapter.is_file() else sorted(adapter.glob("*.gguf"))
    if not files:
        raise InputError(
            f"{adapter} holds no exported adapter (.gguf); run: ohlora language export {adapter}",
            f"{adapter}에 내보낸 어댑터(.gguf)가 없습니다. 실행하세요: ohlora language export {adapter}",
        )
    base = Path(model) if model.endswith(".gguf") else next(locate(model or BUNDLED).glob("*.gguf"))
    if not base.is_file():
        raise MissingError(f"there is no model file {base}", f"모델 파일 {base}이(가) 없습니다")
    return LlamaCppEngine(base, adapters={"reply": files[0]})


def rows(persona: Any, data: Path | None, limit: int | None) -> tuple[list[Dialogue], list[Dialogue]]:
    """Rows to judge (those marked valid, else all) and rows to learn yardsticks from; at most `limit`, evenly spread.

    Raises:
        InputError: neither a file nor dialogues of the persona.
    """
    files = [data] if data else sorted((persona.folder / "dialogue").glob("*.jsonl"))
    found = [row for file in files for row in reading.read(file).rows]
    if not found:
        raise InputError("give the rows to judge with --data FILE", "평가할 파일을 --data로 주세요")
    valid = [row for row in found if row.split in ("valid", "test")] or found
    train = [row for row in found if row.split == "train"]
    return _spread(valid, limit), train


def _spread(rows: Sequence[Dialogue], limit: int | None) -> list[Dialogue]:
    if not limit or limit >= len(rows):
        return list(rows)
    return [rows[at * len(rows) // limit] for at in range(limit)]
