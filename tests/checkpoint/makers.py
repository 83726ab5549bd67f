"""Makes weight files for the tests: generators of any settings, in every format, and NVIDIA's pickles byte by byte.

The pickles are written by pickle itself from stand-ins that carry NVIDIA's module and function names, so that they hold
what the real ones hold: persistent objects with embedded source, EasyDict, torch tensors and numpy scalars.
"""

import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ohlora.checkpoint.architectures import by_name, start
from ohlora.face.torch_generator import network

GOLDEN = Path(__file__).parent / "golden"
RAN = "OHLORA_TEST_RAN"  # embedded source would set this environment variable if it were ever executed
SOURCE = f"import os\nos.environ[{RAN!r}] = 'yes'\nos.system('touch {RAN}')\n"


def settings_of(architecture: str, **given: Any) -> dict[str, Any]:
    """All settings of an architecture, small unless given."""
    family = by_name(architecture)
    small = {
        "resolution": 16,
        "channels": [12, 8, 6],
        "z_dim": 24,
        "w_dim": 20,
        "mapping_layers": 3,
        "mapping_fmaps": 20,
    }
    return family.complete({}, small | given)


def tensors_of(architecture: str, settings: dict[str, Any], seed: int = 7) -> dict[str, torch.Tensor]:
    """Every tensor of a generator, none at its first value: biases, noise and means of w are drawn too."""
    stream = np.random.Generator(np.random.PCG64(seed))
    tensors = {}
    for name, wanted in by_name(architecture).expected(settings).items():
        if wanted.init.kind == "mean_w":
            values = stream.normal(0, 0.3, wanted.shape)
        elif name.endswith(("kernel", "resample_filter", "lod")):
            values = start(wanted, name, seed)
        elif wanted.init.kind == "constant":
            values = np.asarray(start(wanted, name, seed)) + stream.normal(0, 0.1, wanted.shape)
        else:
            values = start(wanted, name, seed)
        tensors[name] = torch.tensor(np.asarray(values), dtype=torch.float32)
    return tensors


def images_of(
    architecture: str, settings: dict[str, Any], tensors: dict[str, torch.Tensor], z: torch.Tensor, label: Any = None
) -> np.ndarray:
    """The images of latents, drawn by the network itself without any of the file handling."""
    net = network(architecture, settings)
    net.load_state_dict(tensors, strict=True)
    with torch.inference_mode():
        w = net.eval().mapping(z, label)
        w = (
            w[:, None].repeat(1, net.num_ws, 1)
            if w.shape[1] == settings["w_dim"]
            else w.reshape(len(z), net.num_ws, -1)
        )
        return net.synthesis(w).numpy()


class _Persistent:
    """Pickles as NVIDIA's persistent classes do."""

    def __init__(self, class_name: str, state: dict[str, Any]) -> None:
        self.class_name, self.state = class_name, state

    def __reduce__(self) -> tuple:
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE,
            "class_name": self.class_name,
            "state": self.state,
        }
        return (sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,), None)


@contextmanager
def _nvidia_names() -> Iterator[type]:
    """Modules with the names NVIDIA's pickles ask for, there only while a pickle is being written."""
    persistence = types.ModuleType("torch_utils.persistence")
    exec("def _reconstruct_persistent_obj(meta): raise RuntimeError('ran')", persistence.__dict__)
    persistence._reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    dnnlib = types.ModuleType("dnnlib.util")
    easy = type("EasyDict", (dict,), {"__module__": "dnnlib.util"})
    dnnlib.EasyDict = easy
    names = {
        "torch_utils": types.ModuleType("torch_utils"),
        "torch_utils.persistence": persistence,
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.util": dnnlib,
    }
    sys.modules.update(names)
    try:
        yield easy
    finally:
        for name in names:
            del sys.modules[name]


def _module(
    class_name: str, tensors: dict[str, torch.Tensor], attributes: dict[str, Any], path: str = ""
) -> _Persistent:
    """A tree of persistent modules whose state dict is `tensors`."""
    own = {name: value for name, value in tensors.items() if "." not in name}
    inner: dict[str, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if "." in name:
            head, rest = name.split(".", 1)
            inner.setdefault(head, {})[rest] = value
    buffers = {"noise_const", "resample_filter", "w_avg"}
    state: dict[str, Any] = {
        "training": False,
        "_parameters": OrderedDict((n, torch.nn.Parameter(v)) for n, v in own.items() if n not in buffers),
        "_buffers": OrderedDict((n, v) for n, v in own.items() if n in buffers),
        "_non_persistent_buffers_set": set(),
        "_backward_hooks": OrderedDict(),
        "_is_full_backward_hook": None,
        "_forward_hooks": OrderedDict(),
        "_modules": OrderedDict(
            (name, _module("Layer", part, attributes, f"{path}{name}.")) for name, part in inner.items()
        ),
        "weight_gain": np.float64(0.25),
        **attributes.get(path.rstrip("."), {}),
        "_init_args": (),
        "_init_kwargs": {},
    }
    return _Persistent(class_name, state)


def nvidia_pickle(
    path: Path,
    networks: dict[str, dict[str, torch.Tensor]],
    attributes: dict[str, Any] | None = None,
    protocol: int = 4,
) -> Path:
    """Writes `networks` (G, D, G_ema, …) as NVIDIA's training loop does.

    Args:
        attributes: plain values by the name of the module that holds them, e.g. {"synthesis.b4.conv1": {"conv_clamp": 256}}.
    """
    with _nvidia_names() as easy:
        data: dict[str, Any] = {name: _module("Generator", part, attributes or {}) for name, part in networks.items()}
        data["training_set_kwargs"] = easy(
            class_name="training.dataset.ImageFolderDataset", path="faces.zip", max_size=7
        )
        data["augment_pipe"] = None
        path.write_bytes(pickle.dumps(data, protocol=protocol))
    return path


_CLASSES = {
    "StyleGAN2ADA": "Generator",
    "Linear": "FullyConnectedLayer",
    "_Conv3": "SynthesisLayer",
    "_RGB3": "ToRGBLayer",
    "_Block3": "SynthesisBlock",
    "_Skip3": "Conv2dLayer",
}


class _Snapshot(pickle.Pickler):
    """Pickles torch modules with all of their own `__dict__`, as NVIDIA's `persistent_class` makes them do."""

    def reducer_override(self, thing: Any) -> Any:
        if not isinstance(thing, torch.nn.Module):
            return NotImplemented
        state = {name: value for name, value in thing.__dict__.items() if name != "o"}
        state = {"_init_args": (), "_init_kwargs": sys.modules["dnnlib.util"].EasyDict(), **state}
        name = type(thing).__name__
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE,
            "class_name": _CLASSES.get(name, name),
            "state": state,
        }
        return (sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,), None)


def _dressed(net: Any, conv_clamp: float | None) -> Any:
    """The twin with the attributes NVIDIA's modules have beside their tensors."""
    for name, module in net.named_modules():
        kind = type(module).__name__
        if kind == "Linear":
            module.activation = "lrelu" if ".fc" in name else "linear"
            module.weight_gain, module.bias_gain = np.float64(module.gain), module.lr
        if kind in ("_Conv3", "_RGB3"):
            module.conv_clamp, module.act_gain = conv_clamp, np.sqrt(2)
        if kind == "_Conv3":
            module.activation, module.padding = "lrelu", 1
        if kind == "_Block3":
            module.architecture, module.use_fp16, module.channels_last = net.o["structure"], True, True
    easy = sys.modules["dnnlib.util"].EasyDict
    kwargs = easy(channel_base=net.o["base"], channel_max=net.o["most"], num_fp16_res=4, conv_clamp=conv_clamp)
    net._init_kwargs = easy(z_dim=net.o["z"], c_dim=net.o["c"], w_dim=net.o["w"], synthesis_kwargs=kwargs)
    return net


def nvidia_snapshot(path: Path, networks: dict[str, Any], conv_clamp: float | None = 256, protocol: int = 4) -> Path:
    """A snapshot of twins (`twins.StyleGAN2ADA`) as NVIDIA's training loop pickles its networks, module by module.

    Some convolutions lie in memory with their channels last, as they do for half precision.
    """
    augment = torch.nn.Module()
    augment.register_buffer("p", torch.ones([]))
    augment.imgfilter_bands = [1, 1, 1, 1]
    with _nvidia_names() as easy:
        for net in networks.values():
            if hasattr(net, "o"):
                _dressed(net, conv_clamp)
            for parameter in net.parameters():
                if parameter.dim() == 4:
                    parameter.data = parameter.data.to(memory_format=torch.channels_last)
        data = {
            "training_set_kwargs": easy(class_name="training.dataset.ImageFolderDataset", path="x.zip", max_size=7),
            **networks,
            "augment_pipe": augment,
        }
        with path.open("wb") as file:
            _Snapshot(file, protocol).dump(data)
    return path
