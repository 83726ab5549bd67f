"""Does a label that was taught move its attribute? Fine-tuning at 32² on the processor, killed once on the way.

Renders faces with the default generator, averages them down to 32×32, labels them by measuring the pixels, fine-tunes a
small StyleGAN 1 on them (`ohlora face finetune`, killed with SIGKILL half-way and started again), and measures on
held-out latents how each label correlates with each attribute of the images, before and after. Prints one JSON object.

    python benchmarks/finetune_small.py WORK --checkpoint tests/checkpoint/golden/stylegan1_label3_r32.pth
"""

import argparse
import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ohlora.checkpoint.freezing import freeze
from ohlora.face import mobile_stylegan
from ohlora.face.bundle import load_bundle
from ohlora.face.finetune import relabelled
from ohlora.face.torch_generator import TorchGenerator

NAMES = ("background_mean", "warmth")
SIZE = 32


def attributes(image: NDArray) -> NDArray[np.float64]:
    """(N, 3, 32, 32) in 0…255 → (N, 2): brightness of the two upper corners (8×8), and red minus blue of the whole."""
    corners = np.concatenate((image[:, :, :8, :8], image[:, :, :8, -8:]), axis=3)
    return np.stack((corners.mean((1, 2, 3)), image[:, 0].mean((1, 2)) - image[:, 2].mean((1, 2))), axis=1)


def render(work: Path, count: int) -> None:
    """Faces as PNG and their labels as CSV; faces already there are kept."""
    folder = work / "images"
    folder.mkdir(parents=True, exist_ok=True)
    generator = mobile_stylegan.load(size=256)
    for n in range(count):
        path = folder / f"{n:05d}.png"
        if path.is_file():
            continue
        z = np.random.Generator(np.random.PCG64([11, n])).standard_normal((1, 512)).astype(np.float32)
        image = generator.synthesis(generator.truncate(generator.mapping(z), 0.8))
        small = image.reshape(3, SIZE, 256 // SIZE, SIZE, 256 // SIZE).mean((2, 4))
        Image.fromarray(((small.clip(-1, 1) + 1) * 127.5).round().astype(np.uint8).transpose(1, 2, 0)).save(path)
    paths = sorted(folder.glob("*.png"))[:count]
    pixels = np.stack([np.asarray(Image.open(path)).transpose(2, 0, 1) for path in paths]).astype(np.float64)
    with (work / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *NAMES])
        writer.writerows([path.name, *row] for path, row in zip(paths, attributes(pixels).tolist(), strict=True))


def correlations(generator: TorchGenerator, count: int = 400) -> dict[str, dict[str, float]]:
    """Correlation of each label with each attribute over latents that training never saw."""
    stream = np.random.Generator(np.random.PCG64(987))
    z, label = stream.standard_normal((count, generator.latent_dim)), stream.standard_normal((count, 2))
    image = generator.synthesis(generator.mapping(z, label))
    found = attributes((image.clip(-1, 1) + 1) * 127.5)
    return {
        name: {other: round(float(np.corrcoef(label[:, a], found[:, b])[0, 1]), 3) for b, other in enumerate(NAMES)}
        for a, name in enumerate(NAMES)
    }


def train(work: Path, steps: int) -> tuple[float, int]:
    """Runs the command, kills it once half-way, runs it again. Returns seconds and the step it was killed after."""
    command = [
        sys.executable,
        "-m",
        "ohlora",
        "face",
        "finetune",
        str(work / "start"),
        "--images",
        str(work / "images"),
    ]
    command += ["--labels", str(work / "labels.csv"), "--label-size", "2", "-o", str(work / "tuned")]
    command += ["--steps", str(steps), "--save-every", "100"]
    begin = time.perf_counter()
    first = subprocess.Popen(command)
    metrics = work / "tuned" / "metrics.csv"
    last = 0
    while first.poll() is None and last < steps // 2:
        time.sleep(1)
        if metrics.is_file():
            rows = metrics.read_text().split("\n")[1:-1]
            last = int(rows[-1].split(",")[0]) if rows else 0
    first.send_signal(signal.SIGKILL)
    first.wait()
    subprocess.run(command, check=True)
    return time.perf_counter() - begin, last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--steps", type=int, default=2000)
    asked = parser.parse_args()
    render(asked.work, asked.images)
    if not (asked.work / "start").exists():
        freeze(asked.checkpoint, "stylegan1", asked.work / "start")
    start = load_bundle(asked.work / "start")
    tensors = {name: tensor.numpy() for name, tensor in start.network.state_dict().items()}
    settings, tensors, _ = relabelled(start.settings, tensors, 2, 0)
    before = correlations(TorchGenerator("stylegan1", settings, tensors))
    seconds, killed = train(asked.work, asked.steps)
    after = correlations(load_bundle(asked.work / "tuned" / "bundle"))
    result = {"images": asked.images, "steps": asked.steps, "killed_after_step": killed, "seconds": round(seconds)}
    print(json.dumps(result | {"held_out": 400, "before": before, "after": after}, indent=2))


if __name__ == "__main__":
    main()
