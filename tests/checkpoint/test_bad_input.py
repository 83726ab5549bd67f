"""Files that lie, explode, hang or want to run something: each is refused with one sentence, quickly and in little memory.

Every file is made on the spot. Bombs are read in a process of their own with 3 GiB of address space above what the
libraries take, and 20 seconds of processor each, so that a bomb fails the test instead of the computer.
"""

import builtins
import copy
import errno
import io
import json
import os
import pickle
import pickletools
import resource
import select
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ohlora.checkpoint import _limits, bundle
from ohlora.checkpoint.freezing import freeze
from ohlora.checkpoint.inspecting import inspect
from ohlora.checkpoint.reader import read
from ohlora.errors import CheckFailed, InputError

from .makers import GOLDEN, nvidia_pickle, settings_of, tensors_of

ZIP_FILE = GOLDEN / "stylegan1_label7_r32.pth"


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        read(Path(path))
    sentence = caught.value.en
    assert str(path) in sentence
    assert "\n" not in sentence
    assert any("가" <= letter <= "힣" for letter in caught.value.ko)
    return sentence


_SMALL_PROCESS = """
import json, resource, sys, time, torch
from pathlib import Path
from ohlora.checkpoint.reader import read
from ohlora.errors import InputError
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 3 * 2**30,) * 2)
for line in sys.stdin:
    start = time.process_time()
    try:
        read(Path(line.rstrip()))
        said = "READ"
    except InputError as error:
        said = error.en
    print(json.dumps([said, time.process_time() - start]), flush=True)
"""


@pytest.fixture(scope="module")
def small_process():
    """A process that reads the files whose names it is given, in 3 GiB more than the libraries take."""
    command = [sys.executable, "-c", _SMALL_PROCESS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()
        process.wait(60)


@pytest.fixture
def refused_in_a_small_process(small_process):
    """As `refusal` for each path, in a small process; at most 20 s of processor each."""

    def refused(*paths: Path) -> list[str]:
        sentences = []
        for path in paths:
            print(path, file=small_process.stdin, flush=True)
            ready, _, _ = select.select([small_process.stdout], [], [], 120)
            assert ready, f"{path} hangs"
            sentence, seconds = json.loads(small_process.stdout.readline())
            assert sentence.startswith(str(path)), sentence
            assert seconds < 20, (path, seconds)
            sentences.append(sentence)
        return sentences

    return refused


class Calls:
    """Pickles as a call of `function(*args)`."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return (self.function, self.args)


# ---- files that want to run something


@pytest.mark.parametrize("form", ["plain", "zip", "legacy"])
@pytest.mark.parametrize(
    ("function", "argument", "name"),
    [
        (os.system, "touch {}", "posix.system"),
        (builtins.eval, "open({!r}, 'w')", "builtins.eval"),
        (shutil.rmtree, "{}", "shutil.rmtree"),
        (np.load, "{}", "numpy.load"),
        (torch.load, "{}", "torch.serialization.load"),
        (getattr, "{}", "builtins.getattr"),
    ],
)
def test_a_pickle_that_calls_something_is_refused_by_name(tmp_path, form, function, argument, name):
    trace = tmp_path / "ran"
    content = {"g_ema": {"a": torch.zeros(2)}, "x": Calls(function, argument.format(str(trace)))}
    path = tmp_path / "evil.pth"
    if form == "plain":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    sentence = refusal(path)
    if name != "numpy.load":
        assert f"asks for `{name}`" in sentence
    assert not trace.exists()


def test_a_global_that_is_only_named_is_refused_too(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"\x80\x02}X\x01\x00\x00\x00acposix\nsystem\ns.")
    assert "asks for `posix.system`" in refusal(tmp_path / "a.pkl")


CALLS = {
    "REDUCE": b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.",
    "INST": b"\x80\x02(X\x04\x00\x00\x00trueiposix\nsystem\n.",
    "OBJ": b"\x80\x02(cposix\nsystem\nX\x04\x00\x00\x00trueo.",
    "NEWOBJ": b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85\x81.",
    "NEWOBJ_EX": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85}\x92.",
    "STACK_GLOBAL": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
    "BUILD": b"\x80\x02cargparse\nNamespace\n)\x81}X\x0c\x00\x00\x00__setstate__cposix\nsystem\nsb.",
}


@pytest.mark.parametrize("operation", CALLS)
def test_every_way_a_pickle_has_to_call_is_refused_by_name(tmp_path, operation):
    (tmp_path / "a.pkl").write_bytes(CALLS[operation])
    assert "asks for `posix.system`" in refusal(tmp_path / "a.pkl")


@pytest.mark.parametrize(
    "name",
    [
        "torch.hub.load",
        "torch.nn.modules.module.os.system",
        "torch._utils._rebuild_tensor_v2.__globals__",
        "os.\x1b[2J",
    ],
)
def test_names_that_only_begin_like_data_are_refused(tmp_path, name):
    module, _, attribute = name.rpartition(".")
    body = b"".join(b"\x8c" + bytes([len(word)]) + word.encode() for word in (module, attribute))
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04" + body + b"\x93.")
    assert f"asks for `{name}`".replace("\x1b", "�") in refusal(tmp_path / "a.pkl")


def test_nvidia_storages_are_read_by_the_same_rules(tmp_path):
    """Inside NVIDIA's pickle torch keeps storages as bytes of a whole file of their own; evil may hide there."""
    inner = io.BytesIO()
    torch.save(Calls(os.system, "true"), inner, _use_new_zipfile_serialization=False)
    outer = {"G_ema": Calls(torch.storage._load_from_bytes, inner.getvalue())}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(outer))
    assert "asks for `posix.system`" in refusal(tmp_path / "a.pkl")


def test_a_tensorflow_pickle_says_what_to_do(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"\x80\x02cdnnlib.tflib.network\nNetwork\n)\x81.")
    assert "convert it to PyTorch" in refusal(tmp_path / "a.pkl")


def test_a_whole_model_is_refused_and_the_sentence_says_what_to_save(tmp_path):
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2)), tmp_path / "model.pth")
    sentence = refusal(tmp_path / "model.pth")
    assert "asks for `torch.nn.modules.container.Sequential`" in sentence
    assert "torch.save(model.state_dict(), …)" in sentence


def test_torchscript_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}.")
        archive.writestr("a/constants.pkl", b"\x80\x02).")
    assert "TorchScript" in refusal(tmp_path / "a.pt")


# ---- bombs


def doubling(levels: int) -> bytes:
    """Nested tuples of two references each: 2^levels paths, as a dictionary key whose hash visits them all."""
    body = b"\x80\x02}" + b"K\x01K\x02\x86q\x00"
    for n in range(levels):
        body += bytes([0x68, n, 0x68, n, 0x86, 0x71, n + 1])
    return body + b"K\x05s."


def nested_dicts(levels: int) -> bytes:
    """Dicts that hold the dict before twice: 2^levels paths to one tensor-free leaf."""
    body = b"\x80\x02}q\x00"
    for n in range(levels):
        body += b"}q" + bytes([n + 1]) + b"(U\x01ah" + bytes([n]) + b"U\x01bh" + bytes([n]) + b"u"
    return body + b"."


BOMBS = {
    "hash of nested tuples": doubling(60),
    "shared dicts": nested_dicts(60),
    "memo index": b"\x80\x02]r\xff\xff\xff\x7f.",
    "a billion bytes claimed": b"\x80\x04\x8e" + struct.pack("<Q", 10**12) + b"x.",
    "a bytearray claimed": b"\x80\x05\x96" + struct.pack("<Q", 10**12) + b"x.",
    "a long claimed": b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"x.",
    "a huge frame": b"\x80\x04\x95" + struct.pack("<Q", 10**12) + b"}.",
    "bytearray(10**12) called": b"\x80\x02cbuiltins\nbytearray\n\x8a\x05\x00\x10\xa5\xd4\xe8\x85R.",
    "deep nesting": b"\x80\x02" + b"](" * 50_000 + b".",
    "many operations": b"\x80\x02]" + b"N0" * 520_000 + b".",
    "extension": b"\x80\x02\x82\x01.",
    "out-of-band buffer": b"\x80\x05\x97.",
}


def test_pickle_bombs_alone_and_inside_a_torch_zip(tmp_path, refused_in_a_small_process):
    paths = []
    for number, (name, bomb) in enumerate(BOMBS.items()):
        if name == "many operations":  # the limit is the reader's own, the same inside a zip
            paths.append(tmp_path / f"{number}.pkl")
            paths[-1].write_bytes(bomb)
            continue
        paths += [tmp_path / f"{number}.pkl", tmp_path / f"{number}.pt"]
        paths[-2].write_bytes(bomb)
        with zipfile.ZipFile(paths[-1], "w") as archive:
            archive.writestr("bomb/data.pkl", bomb)
            archive.writestr("bomb/version", b"3\n")
    refused_in_a_small_process(*paths)


def test_modules_that_share_modules_are_not_walked_for_ever(tmp_path, refused_in_a_small_process):
    make = b"\x8c\x17torch_utils.persistence\x8c\x1b_reconstruct_persistent_obj\x93"
    body = b"\x80\x04" + make + b"}\x8c\x05state}s\x85Rq\x00"
    for n in range(50):
        inner = b"}(\x8c\x01ah" + bytes([n]) + b"\x8c\x01bh" + bytes([n]) + b"u"
        body += b"0" + make + b"}\x8c\x05state}\x8c\x08_modules" + inner + b"ss\x85Rq" + bytes([n + 1])
    pickletools.dis(body + b".", out=io.StringIO())
    (tmp_path / "bomb.pkl").write_bytes(body + b".")
    refused_in_a_small_process(tmp_path / "bomb.pkl")


def text(word: str) -> bytes:
    """A pickled text."""
    return b"X" + struct.pack("<I", len(word)) + word.encode()


def storage_bytes(body: bytes) -> bytes:
    """A call of `torch.storage._load_from_bytes`, as NVIDIA's pickles hold it."""
    return b"\x8c\x0dtorch.storage\x8c\x10_load_from_bytes\x93B" + struct.pack("<I", len(body)) + body + b"\x85R"


def test_storages_and_networks_that_are_named_again_and_again(tmp_path, refused_in_a_small_process):
    """A few bytes name a large thing once more: reading it each time would take hours and all memory."""
    inner = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    inner += b"\x80\x02]" + b"N0" * 50_000 + b"." + b"\x80\x02]."
    again = b"\x80\x04\x8c\x0dtorch.storage\x8c\x10_load_from_bytes\x93q\x00B" + struct.pack("<I", len(inner)) + inner
    (tmp_path / "storages.pkl").write_bytes(again + b"q\x01" + b"0h\x00h\x01\x85R" * 100_000 + b".")

    one = torch.zeros(1).untyped_storage()
    one = torch.storage.TypedStorage(wrap_storage=one, dtype=torch.float32, _internal=True).__reduce__()[1][0]
    tensor = b"\x8c\x0ctorch._utils\x8c\x12_rebuild_tensor_v2\x93(" + storage_bytes(one) + b"K\x00))\x89}tR"
    tensors = b"".join(text(f"t{n}") + b"h\x05" for n in range(20_000))
    make = b"\x8c\x17torch_utils.persistence\x8c\x1b_reconstruct_persistent_obj\x93"
    module = make + b"}\x8c\x05state}\x8c\x0b_parameters}(" + tensors + b"uss\x85R"
    keys = b"".join(text(f"G{n}") + b"h\x06" for n in range(20_000))
    start = b"\x80\x04" + tensor + b"q\x05"
    (tmp_path / "networks.pkl").write_bytes(start + b"0" + module + b"q\x060}(" + keys + b"u.")

    folders = b"".join(text(f"c{n}") + b"}" + text("t") + b"h\x05s" for n in range(20_000))
    (tmp_path / "names.pkl").write_bytes(start + b"0}" + text("k" * 2_000_000) + b"}(" + folders + b"us.")
    said = refused_in_a_small_process(*(tmp_path / f"{name}.pkl" for name in ("storages", "networks", "names")))
    assert "damaged in its pickle" in said[0]
    assert "tensors or more" in said[1]
    assert "over 500 characters" in said[2]


def test_a_zip_directory_of_millions_of_entries(tmp_path, refused_in_a_small_process):
    one = b"PK\x01\x02" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4H2IH", 0, 0, 65535, 65535, len(one) * 1_000_000, 30, 0)
    (tmp_path / "a.pt").write_bytes(b"PK\x03\x04" + bytes(26) + one * 1_000_000 + b"PK\x05\x06" + end)
    refused_in_a_small_process(tmp_path / "a.pt")


@pytest.mark.parametrize("fault", ["data", "name length", "extra length", "offset", "twice"])
def test_a_zip_whose_parts_contradict_each_other(tmp_path, fault):
    """torch maps storages into memory and checks neither their headers nor their checksums."""
    data = bytearray(ZIP_FILE.read_bytes())
    with zipfile.ZipFile(ZIP_FILE) as archive:
        entry = next(info for info in archive.infolist() if info.filename.endswith("/data/0"))
        content = archive.read(entry)
    header = entry.header_offset
    if fault == "data":
        data[data.index(content) + 5] ^= 1
    elif fault == "name length":
        data[header + 26 : header + 28] = b"\xff\xff"
    elif fault == "extra length":
        data[header + 28 : header + 30] = b"\x00\x10"
    elif fault == "offset":
        at = data.index(entry.filename.encode(), data.index(b"PK\x01\x02")) - 46
        data[at + 42 : at + 46] = struct.pack("<I", len(data) - 10)
    path = tmp_path / "a.pt"
    path.write_bytes(bytes(data))
    if fault == "twice":
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(entry.filename, content)
    sentence = refusal(path)
    assert "checksum" in sentence if fault == "data" else "damaged" in sentence or "twice" in sentence


BEYOND = {
    "stride": (0, (2, 2), (100, 1)),
    "negative offset": (-1, (1,), (1,)),
    "offset": (4, (1,), (1,)),
    "negative stride": (3, (4,), (-1,)),
    "stride of 2^62": (0, (2,), (2**62,)),
    "offset of 2^63": (2**63, (1,), (1,)),
    "2^100 numbers in one": (0, (2**100,), (0,)),
}


@pytest.mark.parametrize("name", BEYOND)
def test_tensors_that_reach_beyond_their_storage(tmp_path, name):
    def long(number):
        data = pickle.encode_long(number)
        return b"\x8a" + bytes([len(data)]) + data

    offset, shape, stride = BEYOND[name]
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x04tQ"
    lengths = b"".join(b"(" + b"".join(map(long, row)) + b"t" for row in (shape, stride))
    body = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + long(offset) + lengths + b"\x89}tR"
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}" + text("a") + body + b"s.")
        archive.writestr("a/data/0", bytes(16))
    sentence = refusal(tmp_path / "a.pt")
    assert "set weights_only to False" not in sentence


def test_a_zip_bomb(tmp_path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\x80\x02}.")
        with archive.open("bomb/data/0", "w", force_zip64=True) as entry:
            for _ in range(60):
                entry.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 17
    assert "is a compressed zip" in refusal(path)


def test_a_zip_whose_entries_overlap(tmp_path):
    path = tmp_path / "overlap.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}.")
        archive.writestr("a/data/0", bytes(5000))
        first = archive.getinfo("a/data/0")
        for n in range(1, 60):
            archive.filelist.append(copy.copy(first))
            archive.filelist[-1].filename = f"a/data/{n}"
    assert "overlap" in refusal(path)


def with_pickle_changed(path: Path, old: bytes, new: bytes) -> Path:
    """The torch file with every `old` in its pickle replaced; a zip gets new checksums."""
    data = path.read_bytes()
    if not data.startswith(b"PK"):
        assert old in data
        path.write_bytes(data.replace(old, new))
        return path
    changed = path.with_suffix(".changed.pt")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("data.pkl"):
                assert old in content
                content = content.replace(old, new)
            target.writestr(entry.filename, content)
    return changed


def test_claims_of_billions_of_numbers(tmp_path, refused_in_a_small_process):
    paths = []
    for name, legacy in (("zip.pt", False), ("legacy.pt", True)):
        (tmp_path / name).mkdir()
        tensor, storage = tmp_path / name / "tensor.pt", tmp_path / name / "storage.pt"
        torch.save({"a": torch.zeros(1000, 7)}, tensor, _use_new_zipfile_serialization=not legacy)
        torch.save({"a": torch.zeros(70_000)}, storage, _use_new_zipfile_serialization=not legacy)
        paths.append(with_pickle_changed(tensor, b"M\xe8\x03K\x07\x86", b"J\xff\xff\xff\x7fK\x07\x86"))
        paths.append(with_pickle_changed(storage, b"J" + struct.pack("<i", 70_000), b"J\xff\xff\xff\x7f"))
    base = torch.zeros(2_000_000)
    paths += [tmp_path / "views.pt", tmp_path / "repeated.pt"]
    torch.save({f"t{n}": base.view(1000, 2000) for n in range(200)}, paths[-2])
    torch.save({"a": torch.zeros(1).expand(10**6, 10**6)}, paths[-1])
    said = refused_in_a_small_process(*paths)
    wanted = ["describes a tensor", "claims", "describes a tensor", "is cut off", "would unfold", "would unfold"]
    assert all(words in sentence for words, sentence in zip(wanted, said, strict=True)), said


# ---- safetensors whose header lies


def safetensors(path, header, data=b"", length=None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


LIES = {
    "a trillion elements": ({"a": entry([10**6, 10**6], 0, 4 * 10**12)}, b"1234", "lies about `a`"),
    "overflowing shape": ({"a": entry([2**62, 4], 0, 0)}, b"", "without a proper shape"),
    "offsets outside": ({"a": entry([4], 100, 116)}, bytes(16), "lies about `a`"),
    "offsets swapped": ({"a": entry([1], 8, 4)}, bytes(8), "lies about `a`"),
    "shape and offsets disagree": ({"a": entry([3], 0, 16)}, bytes(16), "lies about `a`"),
    "overlap": ({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12), "overlap or hole"),
    "hole": ({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, bytes(12), "overlap or hole"),
    "data left over": ({"a": entry([1], 0, 4)}, bytes(12), "accounts for 4"),
    "negative": ({"a": entry([-1], 0, 4)}, bytes(4), "without a proper shape"),
    "not numbers": ({"a": entry(["x"], 0, 4)}, bytes(4), "without a proper shape"),
    "true as a length": ({"a": entry([True], 0, 4)}, bytes(4), "without a proper shape"),
    "unknown type": ({"a": entry([1], 0, 4, "F33")}, bytes(4), "unknown type"),
    "no entry": ({"a": None}, b"", "unknown type"),
    "twice": (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4), "names `a` twice"),
    "not json": (b"{nothing", b"", "damaged safetensors header"),
    "deep json": (b'{"a":' + b"[" * 100_000, b"", "damaged safetensors header"),
    "a number of a million digits": (b'{"a":' + b"9" * 1_000_000 + b"}", b"", "damaged safetensors header"),
    "no tensors": ({}, b"", "holds no tensors"),
    "a name that moves the cursor": ({"a\x1b[2Jb": entry([1], 0, 4)}, bytes(4), "no name"),
    "half a character": (b'{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4), "no name"),
    "a name of 600 letters": ({"a" * 600: entry([1], 0, 4)}, bytes(4), "no name"),
    "a length of 4000 digits": (b'{"a":{"dtype":"F32","shape":[1' + b"0" * 4000 + b'],"data_offsets":[0,4]}}', bytes(4), "without a proper shape"),
    "sixteen lengths of 2^62": ({"a": entry([2**62] * 16, 0, 4)}, bytes(4), "without a proper shape"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_safetensors_headers_that_lie(tmp_path, name):
    header, data, says = LIES[name]
    assert says in refusal(safetensors(tmp_path / "a.safetensors", header, data))


@pytest.mark.parametrize("length", [100, 100 * 2**30, 2**64 - 1])
def test_safetensors_header_longer_than_the_file(tmp_path, length):
    assert "claims" in refusal(safetensors(tmp_path / "a.safetensors", b'{"a":1}', length=length))


def test_files_too_large_to_be_a_generator(tmp_path, monkeypatch):
    with (tmp_path / "header.safetensors").open("wb") as file:  # with a hole: it takes no room on the disk
        file.write(struct.pack("<Q", 100 * 2**30) + b"{")
        file.truncate(100 * 2**30 + 8)
    assert "more than the" in refusal(tmp_path / "header.safetensors")
    monkeypatch.setattr(_limits, "MAX_TENSOR_BYTES", 10_000)
    with pytest.raises(InputError, match=r"more than any generator's tensor; it was not read"):
        freeze(ZIP_FILE, "stylegan1", tmp_path / "bundle")
    with pytest.raises(InputError, match=r"more than any generator's tensor; it was not read"):
        inspect(read(ZIP_FILE))
    assert not (tmp_path / "bundle").exists()


# ---- damaged, mistaken, out of reach


@pytest.mark.parametrize("form", ["zip", "legacy", "safetensors", "nvidia"])
def test_truncated_files(tmp_path, form):
    tensors = tensors_of("stylegan2-ada", settings_of("stylegan2-ada"))
    path = tmp_path / "whole"
    if form == "safetensors":
        save_file(tensors, path)
    elif form == "nvidia":
        nvidia_pickle(path, {"G_ema": tensors})
    else:
        torch.save(tensors, path, _use_new_zipfile_serialization=form == "zip")
    data = path.read_bytes()
    for share in (0.001, 0.01, 0.2, 0.5, 0.9, 0.999):
        cut = tmp_path / f"cut-{share}"
        cut.write_bytes(data[: int(len(data) * share)])
        refusal(cut)
    cut.write_bytes(data[:-1])
    refusal(cut)


@pytest.mark.parametrize("form", ["zip", "legacy", "safetensors", "nvidia"])
def test_flipped_bytes_give_a_sentence_or_the_file(tmp_path, form):
    tensors = {"a": torch.randn(3), "b": torch.randn(2, 2)}
    path = tmp_path / "whole"
    if form == "safetensors":
        save_file(tensors, path)
    elif form == "nvidia":
        nvidia_pickle(path, {"G_ema": tensors})
    else:
        torch.save(tensors, path, _use_new_zipfile_serialization=form == "zip")
    data = path.read_bytes()
    stream = np.random.Generator(np.random.PCG64(5))
    outcomes = set()
    for _ in range(300):
        broken = bytearray(data)
        for at in stream.integers(0, len(data), 3):
            broken[at] = stream.integers(0, 256)
        path.write_bytes(bytes(broken))
        try:
            read(path)
            outcomes.add("read")
        except InputError:
            outcomes.add("refused")
    assert "refused" in outcomes


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"hello\nworld\n", "is a text file"),
        (b"<!DOCTYPE html><html>Google Drive - Virus scan warning", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 5\n", "Git LFS pointer"),
        (b"\x1f\x8b\x08\x00gzip", "is a compressed archive; unpack it"),
        (b"\x00\x01\x02\x03", "is none of safetensors"),
        (b"\x93NUMPY\x01\x00v\x00", "is none of safetensors"),
        (b"PK\x03\x04garbage", "damaged or cut-off zip"),
        (b"\x80\x02", "is cut off or damaged"),
        (b"\x80\x04N.", "holds no tensors"),
    ],
)
def test_files_that_are_something_else(tmp_path, content, says):
    (tmp_path / "model.pth").write_bytes(content)
    assert says in refusal(tmp_path / "model.pth")


def test_a_zip_that_is_no_torch_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "has no data.pkl" in refusal(tmp_path / "a.pth")


def test_a_tar_archive(tmp_path):
    with tarfile.open(tmp_path / "model.pth.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("storages"), io.BytesIO())
    assert "is a tar archive; unpack it" in refusal(tmp_path / "model.pth.tar")


def test_a_folder_and_a_file_that_is_not_there(tmp_path):
    assert "is a folder" in refusal(tmp_path)
    assert "does not exist" in refusal(tmp_path / "nothing.pth")


def test_pipes_devices_and_links_that_lead_nowhere(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")
    (tmp_path / "loop.pth").symlink_to(tmp_path / "loop.pth")
    assert "is a pipe, a socket or a device" in refusal(tmp_path / "pipe.pth")
    assert "is a pipe, a socket or a device" in refusal(Path("/dev/zero"))
    assert "symbolic links" in refusal(tmp_path / "loop.pth")
    assert "too long" in refusal(tmp_path / ("x" * 5000))


def test_no_permission(tmp_path):
    path = tmp_path / "model.pth"
    shutil.copy(ZIP_FILE, path)
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # nothing is forbidden to root
    try:
        sentence = refusal(path)
    finally:
        if root:
            os.seteuid(0)
    assert "chmod u+r" in sentence


def test_names_that_come_twice_in_a_pickle(tmp_path):
    (tmp_path / "twice.pkl").write_bytes(b"\x80\x02}(U\x01aK\x01U\x01aK\x02u.")
    assert "names `a` twice" in refusal(tmp_path / "twice.pkl")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_leave_no_bundle(tmp_path, bad):
    tensors = tensors_of("stylegan1", settings_of("stylegan1"))
    tensors["synthesis.layer3.weight"][0, 0, 0, 0] = bad
    torch.save(tensors, tmp_path / "model.pth")
    with pytest.raises(CheckFailed, match=r"`synthesis.layer3.weight` holds 1 NaN or infinite numbers"):
        freeze(tmp_path / "model.pth", "stylegan1", tmp_path / "out" / "bundle")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.pth"]


# ---- where a bundle cannot be written


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        InputError, match=r"No space left on device\); nothing was left behind. Free some space first\."
    ):
        freeze(ZIP_FILE, "stylegan1", tmp_path / "bundle")
    assert leftovers(tmp_path) == []


def test_a_limit_on_file_sizes_leaves_nothing_behind(tmp_path):
    """The same with a real refusal of the operating system half-way through the weights."""
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))\n"
        "from ohlora.cli import main\n"
        "main(['checkpoint', 'freeze', sys.argv[1], '-a', 'stylegan1', '-o', sys.argv[2]])\n"
    )
    assert resource.RLIMIT_FSIZE is not None
    run = subprocess.run(
        [sys.executable, "-c", code, str(ZIP_FILE), str(tmp_path / "bundle")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 2
    assert "nothing was left behind" in run.stderr
    assert leftovers(tmp_path) == []


def test_ctrl_c_while_writing_leaves_nothing_behind(tmp_path, monkeypatch):
    def stopped(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises(KeyboardInterrupt):
        freeze(ZIP_FILE, "stylegan1", tmp_path / "bundle")
    assert leftovers(tmp_path) == []


def test_a_bundle_is_never_overwritten(tmp_path):
    (tmp_path / "bundle").mkdir()
    with pytest.raises(InputError, match="exists already and is not overwritten"):
        freeze(ZIP_FILE, "stylegan1", tmp_path / "bundle")
    assert leftovers(tmp_path / "bundle") == []
    with pytest.raises(InputError, match="cannot be written"):
        bundle.save(ZIP_FILE / "below-a-file", {}, {"a": np.zeros(2)}, {"b": np.zeros(2)})
