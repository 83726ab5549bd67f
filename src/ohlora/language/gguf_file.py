"""Reading the headers of GGUF files in a second instead of half a minute.

The `gguf` library's reader makes several numpy views of every string and number of a vocabulary: a million of them for the
262,144 tokens of Gemma 3, and `transformers` reads the file anew for the configuration, the tokenizer and the weights.
`quick()` puts a reader of the same class in its place whose arrays are read in one go; results are the same.

Needs the extra `train`. Knows nothing of what the fields mean.
"""

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.errors import InputError, MissingError
from ohlora.paths import cache_dir


@contextmanager
def quick() -> Iterator[type]:
    """While inside, `gguf.GGUFReader`, which `transformers` looks up at each call, is the quick one; yields it.

    Raises:
        MissingError: the extra `train` is not installed.
    """
    try:
        import gguf
    except ImportError as error:
        raise MissingError(
            f"GGUF files need {error.name}; run: pip install 'ohlora[train]'",
            f"GGUF 파일에는 {error.name}이(가) 필요합니다. 실행하세요: pip install 'ohlora[train]'",
        ) from None
    plain = gguf.GGUFReader
    quicker = _quicker(plain)
    gguf.GGUFReader = lru_cache(maxsize=1)(quicker)  # one call of `transformers` opens the file several times
    try:
        yield quicker
    finally:
        gguf.GGUFReader = plain


def read(path: Path) -> Any:
    """The quick reader of a file: `.fields`, `.tensors` (shapes as stored, innermost first).

    Raises:
        InputError: no GGUF file, or damaged.
        MissingError: the extra `train` is not installed.
    """
    with quick() as reader:
        try:
            return reader(path)
        except FileNotFoundError:
            raise InputError(f"{path} does not exist", f"{path} 파일이 없습니다") from None
        except (
            OSError,
            ValueError,
            KeyError,
            IndexError,
            TypeError,
            OverflowError,
            struct.error,
            UnicodeDecodeError,
        ) as error:
            raise InputError(
                f"{path} is no GGUF file, or is damaged or cut off ({error}); fetch it again",
                f"{path}은(는) GGUF 파일이 아니거나 손상되었습니다({error}). 다시 받아 주세요",
            ) from None


def config_and_tokenizer(path: Path) -> tuple[Any, Any]:
    """Of transformers, for a GGUF file; kept in the cache under the digest of the header they come from.

    Making a tokenizer of 262,144 tokens anew takes ten seconds of processor time, reading it back one.

    Raises:
        InputError: no GGUF file, damaged, or of a kind `transformers` does not read.
        MissingError: the extra `train` is not installed.
    """
    header = read(path)
    with path.open("rb") as file:
        digest = hashlib.sha256(f"{transformers_version()}".encode() + file.read(int(header.data_offset))).hexdigest()
    kept = cache_dir() / "gguf-tokenizers" / digest
    from transformers import AutoConfig, AutoTokenizer

    if (kept / "config.json").is_file():
        try:
            return AutoConfig.from_pretrained(kept), AutoTokenizer.from_pretrained(kept)
        except (OSError, ValueError, KeyError):
            shutil.rmtree(kept, ignore_errors=True)  # damaged: made again
    try:
        with quick():
            config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
            tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        why = " ".join(str(error).split())[:240]
        raise InputError(
            f"{path} cannot be read by transformers: {why}", f"{path}을(를) transformers가 읽을 수 없습니다: {why}"
        ) from None
    if hasattr(config, "quantization_config"):
        del config.quantization_config  # it is dequantised for training
    _keep(kept, config, tokenizer)
    return config, tokenizer


def _keep(folder: Path, config: Any, tokenizer: Any) -> None:
    """Saved beside and renamed; a cache that cannot be written costs the time again, not the answer."""
    beside = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    try:
        tokenizer.save_pretrained(beside)
        config.save_pretrained(beside)
        # The family's own class would make the vocabulary's merges anew; all there is to know stands in tokenizer.json.
        settings = json.loads((beside / "tokenizer_config.json").read_text(encoding="utf-8"))
        settings["tokenizer_class"] = "PreTrainedTokenizerFast"
        (beside / "tokenizer_config.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
        beside.rename(folder)
    except (OSError, ValueError):
        pass
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def transformers_version() -> str:
    import transformers

    return str(transformers.__version__)


def _quicker(plain: Any) -> type:
    from gguf import GGUFValueType

    class QuickReader(plain):  # type: ignore[misc]
        def _get_field_parts(self, orig_offs: int, raw_type: int) -> tuple[int, list[Any], list[int], list[Any]]:
            if GGUFValueType(raw_type) != GGUFValueType.ARRAY or self.byte_order != "I":
                return super()._get_field_parts(orig_offs, raw_type)
            kind, count = struct.unpack_from("<IQ", self.data, orig_offs)
            item, start = GGUFValueType(kind), orig_offs + 12
            if count > len(self.data):
                raise ValueError(f"an array claims {count:,} entries")
            head = [self.data[orig_offs : orig_offs + 4], self.data[orig_offs + 4 : start]]
            if item == GGUFValueType.STRING:
                size, parts = self._strings(start, count)
            elif (number := self.gguf_scalar_to_np.get(item)) is not None:
                values = self._get(start, number, count).view(np.ndarray)  # views of a memmap cost five times as much
                if len(values) < count:
                    raise ValueError("the file is cut off in an array")
                size, parts = values.nbytes, list(values.reshape(-1, 1))
            else:
                return super()._get_field_parts(orig_offs, raw_type)
            return 12 + size, head + parts, list(range(2, 2 + count)), [GGUFValueType.ARRAY, *([item] if count else [])]

        def _strings(self, start: int, count: int) -> tuple[int, list[memoryview]]:
            view, length, at = memoryview(self.data).cast("B"), struct.Struct("<Q").unpack_from, start
            parts = []
            for _ in range(count):
                (size,) = length(view, at)
                at += 8 + size
                if at > len(view):
                    raise ValueError("the file is cut off in a string")
                parts.append(view[at - size : at])
            return at - start, parts

    return QuickReader
