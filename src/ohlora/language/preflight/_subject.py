"""The model under examination: configuration, tokenizer, the shapes of its weights and a skeleton without numbers.

A folder of `transformers` or a GGUF file is opened without loading weights: only headers are read. What cannot be opened is
either bad input (no such folder, no tokenizer: one sentence) or a finding (a configuration nobody can build).
"""

import inspect
import json
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ohlora.errors import InputError, MissingError
from ohlora.language import gguf_file
from ohlora.language.preflight._report import Finding, Refused

TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "vocab.txt", "tekken.json")  # fmt: skip
WEIGHT_FILES = ("*.safetensors", "pytorch_model*.bin")
_MOST_HEADER = 100_000_000  # bytes, as the format allows
_FIX = ("run again with --fix DIR", "--fix DIR로 다시 실행하세요")
_SOURCE = (
    "take tokenizer and configuration anew from the model's source",
    "모델 배포처의 토크나이저와 설정을 다시 받으세요",
)


@dataclass
class Subject:
    """A model as far as it is known without its weights.

    Attributes:
        path: folder or GGUF file.
        raw: config.json as it stands ({} for GGUF).
        config, tokenizer, skeleton: of transformers; None where they could not be made (then a finding says why).
            The skeleton is the model on the meta device: names and shapes, no numbers.
        shapes: name → shape of the weights in the files (folders only).
        types: name → type of the weights in the files.
        settings: tokenizer_config.json as it stands.
    """

    path: Path
    raw: Mapping[str, Any] = field(default_factory=dict)
    config: Any = None
    tokenizer: Any = None
    skeleton: Any = None
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def gguf(self) -> bool:
        return self.path.is_file()

    @property
    def quantised(self) -> bool:
        """Does the configuration say that tensors are packed? Then they have other names and shapes than the model's."""
        return bool(self.raw.get("quantization_config"))

    @property
    def fixable(self) -> bool:
        """Can `--fix` write its tokenizer anew? Of a GGUF only the data are written, and slow tokenizers stay as they are."""
        return not self.gguf and bool(getattr(self.tokenizer, "is_fast", False))

    @property
    def rows(self) -> int | None:
        """Rows of the input embedding: of the file where it is known, else of the configuration."""
        return self._height(self.skeleton.get_input_embeddings() if self.skeleton is not None else None)

    @property
    def outputs(self) -> int | None:
        """Rows of the output layer; labels must be below."""
        return self._height(self.skeleton.get_output_embeddings() if self.skeleton is not None else None) or self.rows

    @property
    def positions(self) -> int | None:
        """Length of the position table, learned or rotary; None where the configuration tells none."""
        if self.config is None:
            return None
        found = (getattr(self.config, name, None) for name in ("max_position_embeddings", "n_positions", "n_ctx"))
        return next((int(count) for count in found if isinstance(count, int) and count > 0), None)

    @property
    def parameters(self) -> int:
        """Numbers in the model; tied ones count once."""
        return sum(tensor.numel() for tensor in self.skeleton.parameters()) if self.skeleton is not None else 0

    @property
    def arguments(self) -> set[str]:
        """What the model's forward takes."""
        return set(inspect.signature(type(self.skeleton).forward).parameters) if self.skeleton is not None else set()

    def _height(self, module: Any) -> int | None:
        if module is None:
            return None if self.config is None else getattr(self.config, "vocab_size", None)
        name = next((f"{name}.weight" for name, other in self.skeleton.named_modules() if other is module), "")
        stored = self.shapes.get(name) or self.shapes.get(name.split(".", 1)[-1])
        return int(stored[0] if stored else module.weight.shape[0])


def mended(subject: Subject) -> tuple[str, str]:
    """The remedy of what `--fix` corrects in tokenizer and configuration, where it can."""
    return _FIX if subject.fixable else _SOURCE


def resolve(model: str) -> Path:
    """The folder or GGUF file that `--model` means: a path, or a name of the catalogue.

    Raises:
        InputError: there is nothing, or it is no model. MissingError: a model of the catalogue that is not pulled.
    """
    path = Path(model).expanduser()
    if not path.exists():
        from ohlora.models import catalogue, locate

        if model not in catalogue():
            raise Refused(
                "input", (f"there is no model {model}", f"모델 {model}이(가) 없습니다"),
                ("name a folder of transformers, a .gguf file, or one of `ohlora models list`",
                 "transformers 폴더, .gguf 파일 또는 `ohlora models list`의 이름을 지정하세요"),
            )  # fmt: skip
        path = locate(model)
    if path.is_file():
        if path.suffix.lower() == ".gguf":
            return path
        raise Refused(
            "input", (f"{path} is no GGUF file", f"{path}은(는) GGUF 파일이 아닙니다"),
            ("name the folder that holds config.json", "config.json이 있는 폴더를 지정하세요"),
        )  # fmt: skip
    if (path / "config.json").is_file():
        return path
    files = sorted(path.glob("*.gguf"))
    if len(files) == 1:
        return files[0]
    if (path / "adapter_config.json").is_file():
        raise Refused(
            "input", (f"{path} is an adapter, not a model", f"{path}은(는) 모델이 아니라 어댑터입니다"),
            ("name its base with --model and the adapter with --adapter", "--model에 기반 모델을, --adapter에 어댑터를 지정하세요"),
        )  # fmt: skip
    raise Refused(
        "input",
        (f"{path} holds no config.json and {'several' if files else 'no'} .gguf files",
         f"{path}에 config.json이 없고 .gguf도 {'여럿입니다' if files else '없습니다'}"),
        ("name the model's folder or one .gguf", "모델 폴더나 .gguf 하나를 지정하세요"),
    )  # fmt: skip


def open_subject(path: Path) -> tuple[Subject, list[Finding]]:
    """Opens a model (see `resolve`) and says what about its configuration, tokenizer and weight files is wrong.

    Raises:
        InputError: no tokenizer, config.json that is no JSON, a damaged GGUF.
        MissingError: the extra `train` is not installed.
    """
    with _quiet():
        return _open_gguf(path) if path.is_file() else _open_folder(path)


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        import torch  # noqa: F401
        from transformers.utils import logging
    except ImportError as error:
        raise MissingError(
            f"preflight needs {error.name}; run: pip install 'ohlora[train]'",
            f"사전 점검에는 {error.name}이(가) 필요합니다. 실행하세요: pip install 'ohlora[train]'",
        ) from None
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _open_gguf(path: Path) -> tuple[Subject, list[Finding]]:
    header = gguf_file.read(path)
    subject = Subject(path)
    try:
        subject.config, subject.tokenizer = gguf_file.config_and_tokenizer(path)
    except InputError as error:
        return subject, [_invalid(path.name, error)]
    found = _build(subject)
    embedding = next((tensor for tensor in header.tensors if tensor.name == "token_embd.weight"), None)
    if embedding is not None and subject.skeleton is not None:
        name = next(n for n, m in subject.skeleton.named_modules() if m is subject.skeleton.get_input_embeddings())
        subject.shapes[f"{name}.weight"] = tuple(int(size) for size in embedding.shape[::-1])
    return subject, found


def _open_folder(path: Path) -> tuple[Subject, list[Finding]]:
    from transformers import AutoConfig

    raw = _json(path / "config.json")
    if not any((path / name).is_file() for name in TOKENIZER_FILES):
        raise Refused(
            "tokenizer-missing",
            (f"{path} holds no tokenizer (tokenizer.json, tokenizer.model or vocab.json)",
             f"{path}에 토크나이저(tokenizer.json, tokenizer.model 또는 vocab.json)가 없습니다"),
            ("copy the model's own into it", "모델의 것을 복사해 넣으세요"), str(path),
        )  # fmt: skip
    subject, found = Subject(path, raw), []
    try:
        subject.config = AutoConfig.from_pretrained(path)
    except Exception as error:  # validation of dozens of model types: whatever it raises, the configuration is at fault
        found.append(_invalid("config.json", error))
    found += _read_tokenizer(subject)
    if subject.config is not None:
        found += _build(subject)
    found += _weights(subject)
    return subject, found


def _read_tokenizer(subject: Subject) -> list[Finding]:
    from transformers import AutoTokenizer

    file = subject.path / "tokenizer_config.json"
    try:
        subject.settings = _json(file) if file.is_file() else {}
        subject.tokenizer = AutoTokenizer.from_pretrained(subject.path)
    except Exception as error:  # files of a dozen kinds, each with errors of its own
        en, ko = error.what if isinstance(error, Refused) else (_one_line(error), _one_line(error))
        return [Finding(
            "tokenizer-unreadable", "error",
            (f"the tokenizer cannot be loaded: {en}", f"토크나이저를 읽을 수 없습니다: {ko}"),
            ("copy the tokenizer's files anew from the model's source", "모델 배포처에서 토크나이저 파일을 다시 복사하세요"),
            str(subject.path),
        )]  # fmt: skip
    return []


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(
            "config-unreadable",
            (f"{path} cannot be read as JSON: {_one_line(error)}", f"{path}을(를) JSON으로 읽을 수 없습니다: {_one_line(error)}"),
            (f"copy {path.name} anew from the model's source", f"모델 배포처에서 {path.name}을(를) 다시 복사하세요"), path.name,
        ) from None  # fmt: skip
    return content


def _one_line(error: BaseException, most: int = 240) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else f"{text[:most]}…"


def _invalid(where: str, error: BaseException) -> Finding:
    why = _one_line(error)
    return Finding(
        "config-invalid", "error",
        (f"no model can be built from {where}: {why}", f"{where}(으)로 모델을 만들 수 없습니다: {why}"),
        ("take the config.json of the model's source, or correct the named field",
         "모델 배포처의 config.json을 쓰거나 해당 항목을 고치세요"),
        where,
    )  # fmt: skip


def _build(subject: Subject) -> list[Finding]:
    """The skeleton. A padding id beyond the rows, or a type nobody computes in, keeps `transformers` from building it: those
    are findings of their own."""
    import torch
    from transformers import AutoModelForCausalLM

    if not _causal(subject.config):
        return [_not_causal(subject)]
    pad, subject.config.pad_token_id = subject.config.pad_token_id, None
    try:
        with torch.device("meta"):
            subject.skeleton = AutoModelForCausalLM.from_config(subject.config, dtype=torch.float32)
    except Exception as error:
        return [_invalid("config.json", error)]
    finally:
        subject.config.pad_token_id = pad
    subject.skeleton.tie_weights()
    return _family(subject)


def _causal(config: Any) -> bool:
    """Does the model see only what stands before? An encoder (BERT) has a class for it too, which is told by `is_decoder`."""
    from transformers.models.auto import modeling_auto as auto

    kind = getattr(config, "model_type", "")
    if kind not in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return False
    return kind not in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES or bool(getattr(config, "is_decoder", False))


def _not_causal(subject: Subject) -> Finding:
    kind = getattr(subject.config, "model_type", "")
    listed = subject.raw.get("architectures")
    named = ", ".join(map(str, listed)) if isinstance(listed, list) and listed else kind
    return Finding(
        "architecture", "error",
        (f"{named} is no causal language model: it cannot continue a text", f"{named}은(는) 글을 이어 쓰는 인과 언어 모델이 아닙니다"),
        _choose(), "config.json",
    )  # fmt: skip


def _family(subject: Subject) -> list[Finding]:
    """Judged as training does, by the model that is built, not by the file."""
    from ohlora.language.training.bases import FAMILIES

    kind = subject.skeleton.config.model_type
    if kind in FAMILIES:
        return []
    en, ko = _choose()
    return [Finding(
        "family", "error",
        (f"`ohlora language train` does not know the layers of {kind} models and refuses them",
         f"`ohlora language train`은 {kind} 모델의 층을 몰라 학습하지 않습니다"),
        (f"{en}, or train this one with another program", f"{ko}. 이 모델은 다른 프로그램으로 학습하세요"), "config.json: model_type",
    )]  # fmt: skip


def _choose() -> tuple[str, str]:
    from ohlora.language.training.bases import FAMILIES

    known = ", ".join(FAMILIES)
    return f"choose a model of one of the families {known}", f"다음 종류의 모델을 쓰세요: {known}"


# ---- weight files


def weight_files(folder: Path) -> list[Path]:
    """The files `transformers` would load: safetensors where there are any."""
    for pattern in WEIGHT_FILES:
        if files := sorted(folder.glob(pattern)):
            return [file for file in files if not file.name.startswith("adapter_")]
    return []


def _weights(subject: Subject) -> list[Finding]:
    from ohlora.checkpoint.reader import header

    folder = subject.path
    found, absent = _index(folder)
    files = weight_files(folder)
    if not files and not absent:
        found.append(Finding(
            "weights-file", "error",
            (f"{folder} holds no weights (*.safetensors, pytorch_model.bin)", f"{folder}에 가중치(*.safetensors, pytorch_model.bin)가 없습니다"),
            ("copy the model's weight files into the folder", "모델의 가중치 파일을 폴더에 복사하세요"), str(folder),
        ))  # fmt: skip
    for file in files:
        try:
            tensors = header(file)
        except (InputError, MissingError) as error:
            found.append(Finding(
                "weights-file", "error", _cut_off(file) or (error.en, error.ko),
                ("fetch the file again", "파일을 다시 받으세요"), file.name,
            ))  # fmt: skip
            continue
        subject.shapes.update({name: tensor.shape for name, tensor in tensors.items()})
        subject.types.update({name: tensor.dtype for name, tensor in tensors.items()})
    if not found and subject.skeleton is not None and not subject.quantised:
        found += _compared(subject)
    return found


def _cut_off(file: Path) -> tuple[str, str] | None:
    """Of a safetensors file that ends before its header says so: what is there and what should be."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            start = 8 + int.from_bytes(stream.read(8), "little")
            if file.suffix != ".safetensors" or start > min(size, _MOST_HEADER):
                return None
            entries = json.loads(stream.read(start - 8))
        ends = [entry["data_offsets"][1] for name, entry in entries.items() if name != "__metadata__"]
        promised = start + max(end for end in ends if type(end) is int)
    except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError, IndexError):
        return None
    if promised <= size:
        return None
    return (
        f"{file.name} is cut off: it holds {size:,} bytes, its header promises {promised:,}",
        f"{file.name}이(가) 중간에 끊겼습니다. {size:,}바이트뿐인데 헤더에는 {promised:,}바이트라고 되어 있습니다",
    )


def _index(folder: Path) -> tuple[list[Finding], list[str]]:
    """What an index file promises and the folder does not hold."""
    found, absent = [], []
    for index in (folder / "model.safetensors.index.json", folder / "pytorch_model.bin.index.json"):
        if not index.is_file():
            continue
        try:
            promised = _json(index).get("weight_map")
        except Refused as error:
            found.append(Finding("weights-file", "error", error.what, error.remedy, index.name))
            continue
        names = sorted(set(map(str, promised.values()))) if isinstance(promised, dict) else []
        if gone := [name for name in names if not (folder / name).is_file()]:
            absent += gone
            found.append(Finding(
                "weights-file", "error",
                (f"{index.name} names {', '.join(gone)}, which the folder does not hold",
                 f"{index.name}에 적힌 {', '.join(gone)}이(가) 폴더에 없습니다"),
                (f"fetch {', '.join(gone)} from the model's source", f"모델 배포처에서 {', '.join(gone)}을(를) 받으세요"),
                ", ".join(gone),
            ))  # fmt: skip
    return found, absent


def _compared(subject: Subject) -> list[Finding]:
    """Names and shapes in the files against the skeleton, by the loader that training uses, on the meta device."""
    import torch
    from transformers import AutoModelForCausalLM

    with linked(subject) as folder:
        try:
            _, told = AutoModelForCausalLM.from_pretrained(
                folder, dtype=torch.float32, device_map="meta", output_loading_info=True, ignore_mismatched_sizes=True
            )
        except Exception as error:
            why = _one_line(error)
            return [Finding(
                "weights-file", "error", (f"the weights cannot be loaded: {why}", f"가중치를 읽을 수 없습니다: {why}"),
                ("fetch the model's files again", "모델 파일을 다시 받으세요"), str(subject.path),
            )]  # fmt: skip
    found = []
    if missing := sorted(told.get("missing_keys") or ()):
        found.append(Finding(
            "weights-missing", "error",
            (f"{len(missing)} tensors of the model are in no file and would stay random: {_listed(missing)}",
             f"모델의 텐서 {len(missing)}개가 어느 파일에도 없어 난수로 남습니다: {_listed(missing)}"),
            ("fetch the complete weights; nothing is filled up with random numbers", "빠짐없는 가중치를 받으세요. 난수로 채우지 않습니다"),
            missing[0],
        ))  # fmt: skip
    if extra := sorted(name for name in told.get("unexpected_keys") or () if not _known_buffer(name)):
        found.append(Finding(
            "weights-unexpected", "error",
            (f"{len(extra)} tensors in the files belong to no part of the model and would be dropped: {_listed(extra)}",
             f"파일의 텐서 {len(extra)}개가 모델 어디에도 속하지 않아 버려집니다: {_listed(extra)}"),
            ("check that config.json (layers, architecture) is the one of these weights",
             "config.json(층 수, 구조)이 이 가중치의 것인지 확인하세요"),
            extra[0],
        ))  # fmt: skip
    wrong = sorted((str(name), tuple(file), tuple(model)) for name, file, model in told.get("mismatched_keys") or ())
    if wrong:
        listed = _listed([f"{name} {file} in the file, {model} in the model" for name, file, model in wrong])
        gelistet = _listed([f"{name} 파일 {file}, 모델 {model}" for name, file, model in wrong])
        found.append(Finding(
            "weights-shape", "error",
            (f"{len(wrong)} tensors have another shape than the model: {listed}", f"텐서 {len(wrong)}개의 모양이 모델과 다릅니다: {gelistet}"),
            ("correct config.json (vocab_size, hidden_size, max_position_embeddings …) or fetch the weights it belongs to",
             "config.json(vocab_size, hidden_size, max_position_embeddings …)을 고치거나 맞는 가중치를 받으세요"),
            wrong[0][0],
        ))  # fmt: skip
    return found


@contextmanager
def linked(subject: Subject) -> Iterator[Path]:
    """A passing folder of configuration and weights alone: an adapter or code in the model's must not be loaded along.

    Its configuration names no padding id, since one that is out of range keeps the model from being built at all.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.json").write_text(json.dumps({**subject.raw, "pad_token_id": None}), encoding="utf-8")
        for file in (*weight_files(subject.path), *subject.path.glob("*.index.json")):
            _linked(file, folder / file.name)
        yield folder


def _linked(file: Path, target: Path) -> None:
    try:
        target.symlink_to(file.resolve())
    except OSError:  # Windows without the right to make links
        shutil.copyfile(file, target)


def _known_buffer(name: str) -> bool:
    """Tables that older versions of transformers saved along and every model computes itself."""
    return name.endswith(
        ("rotary_emb.inv_freq", "attention.bias", "attention.masked_bias", "attn.bias", "attn.masked_bias")
    )


def _listed(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" … ({len(names)})" if len(names) > most else "")
