"""Writing a corrected copy of model and data: beside the original, never over it, saying what was changed.

A folder gets corrected tokenizer, config.json and data.jsonl; weights are copied as they are. Missing or mis-shaped weights
are never filled up. Only on request (`resize`) the embedding grows, so that tokens without a row get one: the mean of the
other rows with a little noise from a seed. Which rows are new stands in fixes.json, and that they must be trained.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ohlora import __version__
from ohlora.errors import InputError
from ohlora.files import atomic_write
from ohlora.i18n import say
from ohlora.language.data import Data, Dialogue
from ohlora.language.encoding import Row
from ohlora.language.preflight._report import Finding, rows_text
from ohlora.language.preflight._rows import _context, _plain
from ohlora.language.preflight._subject import Subject, weight_files
from ohlora.language.preflight._tokens import CONTROL
from ohlora.language.prompt import clean
from ohlora.language.training.bases import FIXES
from ohlora.progress import bar

DATA = "data.jsonl"
_ENDS = ("</s>", "<|endoftext|>", "<eos>", "<|end_of_text|>", "<|im_end|>", "[EOS]", "[SEP]")
_PADS = ("<pad>", "<|pad|>", "[PAD]", "<|padding|>", "<|finetune_right_pad_id|>")
_OTHERS = {"bos_token": ("<s>", "<bos>", "<|begin_of_text|>", "[BOS]"), "unk_token": ("<unk>", "[UNK]", "<|unk|>")}
_SENTENCE = re.compile(r"[.!?…~][\"')]*(?=\s|$)")


@dataclass
class Copy:
    """What a corrected copy changed.

    Attributes:
        changes: (English, Korean) sentences.
        trainable: module → new rows that must be trained.
    """

    changes: list[tuple[str, str]] = field(default_factory=list)
    trainable: dict[str, list[int]] = field(default_factory=dict)

    def say(self, en: str, ko: str) -> None:
        self.changes.append((en, ko))


def check_target(out: Path, model: Path) -> None:
    """Refuses a folder that holds something, or lies in the model's.

    Raises:
        InputError: as said.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"{out} exists already and is not empty; name a new folder for --fix",
            f"{out}이(가) 이미 있고 비어 있지 않습니다. --fix에 새 폴더를 지정하세요",
        )
    home = model if model.is_dir() else model.parent
    if out.resolve().is_relative_to(home.resolve()) and model.is_dir():
        raise InputError(
            f"{out} lies inside the model's folder; name one beside it",
            f"{out}이(가) 모델 폴더 안입니다. 바깥 폴더를 지정하세요",
        )


def write(
    subject: Subject,
    data: Data,
    findings: Sequence[Finding],
    out: Path,
    encode: Callable[[Dialogue], Row],
    *,
    resize: bool,
    seed: int,
    command: Sequence[str],
) -> Copy:
    """Writes the corrected copy into `out` (new), whole or not at all.

    Args:
        encode: what training sees of a row.
        resize: give tokens without a row one, drawn from `seed`.

    Raises:
        InputError: the folder cannot be written, or the weights cannot be resized.
    """
    codes = {finding.code for finding in findings}
    done = Copy()
    beside = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        beside.mkdir(parents=True)
        if not subject.gguf:
            _copy(subject.path, beside, done)
            grown = _grown(subject, beside, seed, done) if resize else 0
            rows = max(subject.rows or 0, grown)
            tokenizer = _tokenizer(subject, beside, rows, codes, done)
            _configuration(subject, beside, rows, tokenizer, grown, done)
        _data(data, beside / DATA, encode, done)
        notes = {
            "ohlora": __version__, "command": list(command), "model": str(subject.path), "data": str(data.path),
            "changes": [en for en, _ in done.changes], "trainable_token_indices": done.trainable,
        }  # fmt: skip
        with atomic_write(beside / FIXES, "w") as file:
            json.dump(notes, file, ensure_ascii=False, indent=2)
        if out.is_dir():
            out.rmdir()
        beside.rename(out)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror or error}", f"{out}에 쓸 수 없습니다: {error.strerror or error}"
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return done


def _copy(source: Path, target: Path, done: Copy) -> None:
    files = [file for file in source.iterdir() if file.is_file() and file.name != FIXES]
    with bar(say("copy", "복사"), sum(file.stat().st_size for file in files), "B") as progress:
        for file in files:
            shutil.copyfile(file, target / file.name)
            progress.update(file.stat().st_size)


# ---- tokenizer


def _tokenizer(subject: Subject, folder: Path, rows: int, codes: set[str], done: Copy) -> Any:
    """The tokenizer of the copy: roles within the vocabulary, added tokens without a row gone."""
    old = subject.tokenizer
    wrong = {"token-id", "tokenizer-larger", "pad-id", "pad-missing", "end-missing", "token-type-ids", "chat-template"}
    if old is None or not old.is_fast or not codes & wrong:
        return old
    vocabulary = {name: number for name, number in old.get_vocab().items() if 0 <= number < rows}
    gone = {name: number for name, number in old.get_added_vocab().items() if number >= rows}
    end = _first(_inside(old.eos_token, vocabulary), _configured(subject, old, rows), *_ENDS, vocabulary=vocabulary)
    roles: dict[str, str | None] = {"eos_token": end}
    roles["pad_token"] = _first(_inside(old.pad_token, vocabulary), *_PADS, end, vocabulary=vocabulary)
    for role, names in _OTHERS.items():
        roles[role] = (
            _first(_inside(getattr(old, role), vocabulary), *names, vocabulary=vocabulary)
            if getattr(old, role)
            else None
        )
    for role, name in roles.items():
        before = getattr(old, role)
        if name != before:
            done.say(f"tokenizer: {role} {before!r} → {name!r}", f"토크나이저: {role} {before!r} → {name!r}")
    for name, number in sorted(gone.items(), key=lambda pair: pair[1]):
        done.say(
            f"tokenizer: {name!r} (id {number:,}, no row) removed",
            f"토크나이저: {name!r}(번호 {number:,}, 행 없음) 제거",
        )
    if "token-type-ids" in codes:
        done.say("tokenizer: returns input_ids and attention_mask only", "토크나이저: input_ids와 attention_mask만 냄")
    if "chat-template" in codes:
        done.say("tokenizer_config.json: its chat template removed, chat_template.jinja kept",
                 "tokenizer_config.json의 대화 템플릿을 지우고 chat_template.jinja를 남김")  # fmt: skip
    return _rebuilt(old, folder, set(gone), roles)


def _rebuilt(old: Any, folder: Path, gone: set[str], roles: Mapping[str, str | None]) -> Any:
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    backend = json.loads(old.backend_tokenizer.to_str())
    backend["added_tokens"] = [token for token in backend["added_tokens"] if token["content"] not in gone]
    backend["truncation"] = backend["padding"] = None
    end = roles["eos_token"]
    _without(backend.get("post_processor"), gone, end, next((n for t, n in old.get_vocab().items() if t == end), None))
    template = folder / "chat_template.jinja"
    told = template.read_text(encoding="utf-8") if template.is_file() else old.chat_template
    for name in ("special_tokens_map.json", "added_tokens.json", "tokenizer_config.json", "tokenizer.json"):
        (folder / name).unlink(missing_ok=True)
    new = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(backend)), padding_side=old.padding_side,
        model_max_length=old.model_max_length, clean_up_tokenization_spaces=False, chat_template=told,
        model_input_names=["input_ids", "attention_mask"], **{role: name for role, name in roles.items() if name},
    )  # fmt: skip
    new.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def _without(processor: Any, gone: set[str], end: str | None, number: int | None) -> None:
    """A template that adds a removed token adds the end instead."""
    if isinstance(processor, list):
        for part in processor:
            _without(part, gone, end, number)
    elif isinstance(processor, dict):
        for key in [key for key in processor if key in gone and end]:
            processor[end] = {"id": end, "ids": [number], "tokens": [end]}
            del processor[key]
        if processor.get("id") in gone and end:
            processor["id"] = end
        for part in list(processor.values()):
            _without(part, gone, end, number)


def _inside(token: Any, vocabulary: Mapping[str, int]) -> str | None:
    return str(token) if token is not None and str(token) in vocabulary else None


def _configured(subject: Subject, tokenizer: Any, rows: int) -> str | None:
    """The end token that the configuration names."""
    named = getattr(subject.config, "eos_token_id", None)
    for token in named if isinstance(named, list) else [named]:
        if isinstance(token, int) and 0 <= token < rows:
            return str(tokenizer.convert_ids_to_tokens(token))
    return None


def _first(*names: str | None, vocabulary: Mapping[str, int]) -> str | None:
    return next((name for name in names if name and name in vocabulary), None)


# ---- configuration


def _configuration(subject: Subject, folder: Path, rows: int, tokenizer: Any, grown: int, done: Copy) -> None:
    if tokenizer is None:
        return
    pad, end = tokenizer.pad_token_id, tokenizer.eos_token_id
    for name in ("config.json", "generation_config.json"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        changed: dict[str, Any] = {}
        if _bad(settings.get("pad_token_id"), rows) and pad is not None:
            changed["pad_token_id"] = pad
        stops = settings.get("eos_token_id")
        listed = [stop for stop in (stops if isinstance(stops, list) else [stops]) if stop is not None]
        if end is not None and listed and (end not in listed or any(_bad(stop, rows) for stop in listed)):
            changed["eos_token_id"] = end
        if _bad(settings.get("bos_token_id"), rows):
            changed["bos_token_id"] = tokenizer.bos_token_id
        if name == "config.json":
            if not settings.get("architectures") and subject.skeleton is not None:
                changed["architectures"] = [type(subject.skeleton).__name__]
            if grown:
                changed["vocab_size"] = grown
        for key, value in changed.items():
            done.say(
                f"{name}: {key} {settings.get(key)!r} → {value!r}", f"{name}: {key} {settings.get(key)!r} → {value!r}"
            )
        if changed:
            with atomic_write(path, "w") as file:
                json.dump({**settings, **changed}, file, ensure_ascii=False, indent=2)


def _bad(token: Any, rows: int) -> bool:
    return isinstance(token, int) and not 0 <= token < rows


# ---- new rows


def _grown(subject: Subject, folder: Path, seed: int, done: Copy) -> int:
    """Grows input embedding and output layer to the tokenizer; returns the new height, 0 where nothing was to be done."""
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    vocabulary = subject.tokenizer.get_vocab() if subject.tokenizer is not None else {}
    size, rows = max(vocabulary.values(), default=-1) + 1, subject.rows or 0
    if size <= rows or subject.skeleton is None:
        return 0
    modules = {"input": subject.skeleton.get_input_embeddings(), "output": subject.skeleton.get_output_embeddings()}
    names = [
        name for name, module in subject.skeleton.named_modules() if any(module is other for other in modules.values())
    ]
    done_any = False
    for file in weight_files(folder):
        if file.suffix != ".safetensors":
            raise InputError(
                f"{file.name} is no safetensors file: only those can be resized; save the model as safetensors first",
                f"{file.name}은(는) safetensors가 아니라 크기를 바꿀 수 없습니다. 먼저 safetensors로 저장하세요",
            )
        with safe_open(file, "pt") as opened:
            stored = list(opened.keys())
            held = [
                key for key in stored if any(key == f"{n}.weight" or f"{n}.weight".endswith(f".{key}") for n in names)
            ]
            if not held:
                continue
            tensors = {key: opened.get_tensor(key) for key in stored}
            metadata = opened.metadata()
        for key in held:
            old = tensors[key]
            generator = torch.Generator().manual_seed(seed)
            mean, spread = old.float().mean(0), old.float().std(0)
            fresh = mean + 0.1 * spread * torch.randn(size - len(old), old.shape[1], generator=generator)
            tensors[key] = torch.cat([old, fresh.to(old.dtype)])
            done.trainable[key.removesuffix(".weight")] = list(range(len(old), size))
            done_any = True
        save_file(tensors, file, metadata=metadata or {"format": "pt"})
    if not done_any:
        return 0
    tokens = [name for name, number in sorted(vocabulary.items(), key=lambda pair: pair[1]) if number >= rows]
    listed = ", ".join(map(repr, tokens[:8]))
    done.say(
        f"weights: rows {rows:,}–{size - 1:,} added to {', '.join(done.trainable)} for {listed}: mean of the others and noise of seed {seed}; "
        "they must be trained (fixes.json: trainable_token_indices)",
        f"가중치: {', '.join(done.trainable)}에 {listed}의 행 {rows:,}–{size - 1:,} 추가(평균과 시드 {seed}의 잡음). 학습해야 합니다",
    )
    return size


# ---- data


def _data(data: Data, path: Path, encode: Callable[[Dialogue], Row], done: Copy) -> None:
    """data.jsonl: UTF-8, no control tokens, no validation row from training, no answer that would be cut off."""
    if data.encoding != "utf-8":
        done.say(f"data: {data.encoding} → UTF-8", f"데이터: {data.encoding} → UTF-8")
    cleaned, shortened, dropped, leaked = [], [], [], []
    rows: list[Dialogue] = []
    seen = {(_plain(row.input), _plain(row.reply), _context(row)) for row in data.rows if row.split == "train"}
    for row in data.rows:
        new = replace(row, input=_bare(row.input), reply=_bare(row.reply), summary=_bare(row.summary))
        if not new.input or not new.reply:
            dropped.append(row.number)
            continue
        if new != row:
            cleaned.append(row.number)
        if row.split == "valid" and (_plain(row.input), _plain(row.reply), _context(row)) in seen:
            leaked.append(row.number)
            continue
        fitting = _fitting(new, encode)
        if fitting is None:
            dropped.append(row.number)
            continue
        if fitting.reply != new.reply:
            shortened.append(row.number)
        rows.append(fitting)
    if not any(row.split == "train" for row in rows):
        rows, shortened, dropped = list(data.rows), [], []  # nothing would be left: not for this program to decide
    said = [
        (cleaned, "control tokens taken out of", "제어 토큰을 지운 행"), (leaked, "left out of validation, being training rows:", "학습에도 있어 검증에서 뺀 행"),
        (shortened, "replies shortened to the last whole sentence that fits in", "한도에 맞게 온전한 문장까지 줄인 대답"),
        (dropped, "left out, too long for the limit or empty:", "한도를 넘거나 비어 뺀 행"),
    ]  # fmt: skip
    for numbers, en, ko in said:
        if numbers:
            listed = rows_text(numbers, data.unit)
            done.say(f"data: {en} {listed}", f"데이터: {ko}: {listed}")
    with atomic_write(path, "w") as file:
        file.writelines(json.dumps(_record(row), ensure_ascii=False) + "\n" for row in rows)


def _bare(text: str) -> str:
    return clean(CONTROL.sub(" ", text)) if CONTROL.search(text) else text


def _fitting(row: Dialogue, encode: Callable[[Dialogue], Row]) -> Dialogue | None:
    """The row, its reply cut after the last whole sentence with which it fits; None where none does."""
    if not encode(row).lost:
        return row
    for end in reversed([match.end() for match in _SENTENCE.finditer(row.reply)][:-1]):
        shorter = replace(row, reply=row.reply[:end].strip())
        if not encode(shorter).lost:
            return shorter
    return None


def _record(row: Dialogue) -> dict[str, Any]:
    """A row in our own form."""
    record: dict[str, Any] = {"input": row.input, "reply": row.reply, **row.labels}
    if row.memory is not None:
        record["memory"] = " ".join(map(str, row.memory))
    optional: dict[str, Any] = {
        "summary": row.summary, "topic": row.topic, "history": [[turn.message, turn.reply] for turn in row.history],
        "now": row.now, "recalled": [str(fact) for fact in row.recalled], "previous": row.previous,
    }  # fmt: skip
    record.update({key: value for key, value in optional.items() if value})
    return {**record, "split": row.split}
