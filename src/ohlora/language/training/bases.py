"""The model a LoRA is put on: a GGUF file (dequantised: the very weights that will be served) or a folder of transformers.

Families: Gemma 3, LLaMA (KoreanLM, Kanana), Qwen 2 and 3, GPT-NeoX (Polyglot-Ko). Strict: a folder whose weights do not fit
its configuration is refused, never filled up with random numbers. Knows nothing of data and training.
"""

import io
import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ohlora.errors import InputError, MissingError
from ohlora.files import sha256_of
from ohlora.i18n import say
from ohlora.language.gguf_file import config_and_tokenizer, quick

# model_type of transformers → the linear layers of a block.
_SPLIT = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "gemma3_text": _SPLIT, "gemma2": _SPLIT, "gemma": _SPLIT, "llama": _SPLIT, "mistral": _SPLIT, "qwen2": _SPLIT, "qwen3": _SPLIT,
    "gpt_neox": ("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"),
}  # fmt: skip
FIXES = "fixes.json"
"""What `preflight --fix` changed in a folder."""
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True)
class Base:
    """A model to train on.

    Attributes:
        path: the GGUF file or the folder.
        tokenizer, model: of transformers; the model in float32 and evaluation mode.
        digest: SHA-256 of the weights (of the GGUF, or of all weight files' digests).
        new_rows: module → rows of it that are as random as `preflight --fix --resize` made them, and so are trained whole.
    """

    path: Path
    tokenizer: Any
    model: Any
    digest: str
    new_rows: Mapping[str, list[int]] = field(default_factory=dict)

    @property
    def gguf(self) -> bool:
        return self.path.suffix == ".gguf"

    @property
    def targets(self) -> tuple[str, ...]:
        """The linear layers of the family."""
        return FAMILIES[self.model.config.model_type]


def resolve(model: str) -> Path:
    """The GGUF file or folder of `--model`: a name of the catalogue, a file, a folder.

    Raises:
        MissingError: a model of the catalogue that is not pulled. InputError: nothing of that name.
    """
    from ohlora.models import catalogue, locate

    path = Path(model).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return path
    if path.is_dir() and (path / "config.json").is_file():
        return path
    if path.is_dir():
        found = sorted(path.glob("*.gguf"))
        if len(found) == 1:
            return found[0]
        raise InputError(
            f"{path} is no model folder: it has no config.json; name the folder transformers saved, or a .gguf file",
            f"{path}에 config.json이 없어 모델 폴더가 아닙니다. transformers로 저장한 폴더나 .gguf 파일을 지정하세요",
        )
    if model in catalogue():
        found = sorted(locate(model).glob("*.gguf"))
        if found:
            return found[0]
    raise InputError(
        f"there is no model {model}; name a folder of transformers, a .gguf file, or one of: ohlora models list",
        f"모델 {model}이(가) 없습니다. transformers 폴더, .gguf 파일, 또는 ohlora models list의 이름을 지정하세요",
    )


def load(path: Path) -> Base:
    """Tokenizer and model of a GGUF file or a folder (see `resolve`).

    Raises:
        MissingError: the extra `train` is not installed.
        InputError: no tokenizer, weights that do not fit, a family whose layers are not known, not enough memory.
    """
    try:
        import torch  # noqa: F401
        from transformers.utils import logging
    except ImportError as error:
        raise no_train(error) from None
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    # Of their own making: a renamed attribute, and that no config.json lies beside a GGUF.
    warnings.filterwarnings("ignore", message=".*(is_gradient_checkpointing|Could not find a config file).*")
    print(say(f"reading {path.name} …", f"{path.name} 읽는 중 …"), file=sys.stderr)
    _check_memory(path)
    with _refused(path):
        tokenizer = load_tokenizer(path)
        model = _dequantised(path) if path.is_file() else _model(path)
    if model.config.model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise InputError(
            f"{path} is of the family {model.config.model_type}, whose layers are not known here; known: {known}",
            f"{path}의 모델 종류 {model.config.model_type}은(는) 아직 다루지 못합니다. 가능: {known}",
        )
    return Base(path, tokenizer, model.eval(), digest(path), _new_rows(path, model))


def _new_rows(path: Path, model: Any) -> dict[str, list[int]]:
    """What `fixes.json` says must be trained.

    Raises:
        InputError: it names what the model does not have.
    """
    if not (path / FIXES).is_file():
        return {}
    try:
        told = json.loads((path / FIXES).read_text("utf-8")).get("trainable_token_indices", {})
        rows = {str(name): [int(row) for row in wanted] for name, wanted in told.items()}
        modules = dict(model.named_modules())
        fit = all(0 <= row < len(modules[name].weight) for name, wanted in rows.items() for row in wanted)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        rows, fit = {}, False
    if not fit:
        raise InputError(
            f"{path / FIXES}: trainable_token_indices names rows that the model does not have; "
            "write the copy anew: ohlora language preflight --fix DIR --resize",
            f"{path / FIXES}: trainable_token_indices가 모델에 없는 행을 가리킵니다. "
            "다시 만드세요: ohlora language preflight --fix DIR --resize",
        )
    return rows


def load_tokenizer(path: Path) -> Any:
    """The tokenizer of a folder or a GGUF.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    from transformers import AutoTokenizer

    if path.is_file():
        return config_and_tokenizer(path)[1]
    with _refused(path):
        if not any((path / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
            raise InputError(
                f"{path} has no tokenizer (tokenizer.json, tokenizer.model); copy it there from the model's source",
                f"{path}에 토크나이저(tokenizer.json, tokenizer.model)가 없습니다. 모델 배포처에서 복사하세요",
            )
        return AutoTokenizer.from_pretrained(path)


def _dequantised(path: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    # Its bar of dequantising cannot be turned off.
    with quick(), redirect_stderr(io.StringIO()):
        model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    # Dequantised: it is a plain float32 model now, and may be saved as one.
    model.config.__dict__.pop("quantization_config", None)
    model.__dict__.pop("hf_quantizer", None)
    model.is_quantized = False
    return model


def _model(path: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    model, told = AutoModelForCausalLM.from_pretrained(
        path, dtype=torch.float32, output_loading_info=True, use_safetensors=any(path.glob("*.safetensors"))
    )
    wrong = {
        kind: sorted(map(str, told.get(kind) or ())) for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")
    }
    if any(wrong.values()):
        named = "; ".join(f"{kind.split('_')[0]}: {', '.join(names[:5])}" for kind, names in wrong.items() if names)
        raise InputError(
            f"the weights in {path} do not fit its config.json ({named}); ask: ohlora language preflight --model {path}",
            f"{path}의 가중치가 config.json과 맞지 않습니다({named}). 확인: ohlora language preflight --model {path}",
        )
    return model


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """What transformers raises, as one sentence."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError, TypeError) as error:
        why = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{path} cannot be read for training: {why}", f"{path}을(를) 학습용으로 읽을 수 없습니다: {why}"
        ) from None


def digest(path: Path) -> str:
    """SHA-256 of a GGUF, or of the digests of a folder's weight files in order of name."""
    import hashlib

    if path.is_file():
        return sha256_of(path)
    files = sorted(file for pattern in _WEIGHTS for file in path.glob(pattern))
    return hashlib.sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()


def _check_memory(path: Path) -> None:
    """Refuses at once what would be killed minutes later: float32 weights and a little more must fit.

    The size of the files is all that is looked at: two bytes a number in a folder, at most two in a GGUF.
    """
    files = [path] if path.is_file() else [file for pattern in _WEIGHTS for file in path.glob(pattern)]
    numbers = sum(file.stat().st_size for file in files) // 2
    needed, free = numbers * 4 + 700_000_000, available_memory()
    if free is not None and needed > free:
        raise InputError(
            f"training on {path.name} needs about {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free; "
            "close programs or take a smaller model",
            f"{path.name} 학습에는 메모리가 약 {needed / 1e9:.1f} GB 필요한데 {free / 1e9:.1f} GB가 비어 있습니다. "
            "다른 프로그램을 닫거나 더 작은 모델을 쓰세요",
        )


def available_memory() -> int | None:
    """Bytes that can still be had, None where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None


def no_train(error: ImportError) -> MissingError:
    return MissingError(
        f"this needs {error.name}; run: pip install 'ohlora[train]'",
        f"{error.name}이(가) 필요합니다. 실행하세요: pip install 'ohlora[train]'",
    )
