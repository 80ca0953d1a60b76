"""Write the shipped weights and their card, from the artifacts of a training.

    .venv/bin/python docs/tools/model_card.py photo [--data data/photo] [--bits 11]

It takes the newest model of a lane, stores its weights in half precision, compressed,
and writes the card: from the lineage of the model, from the table of the photographs
(their public sources, licences and hashes), and from the scores in
docs/results/<lane>_scores.csv.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from results import render_table

from denoising_autoencoder.artifacts.models import Model, read_model
from denoising_autoencoder.artifacts.packing import pack
from denoising_autoencoder.compute.work import training_tflop
from denoising_autoencoder.networks.build import rebuild_network
from denoising_autoencoder.networks.summary import summarize_network
from denoising_autoencoder.noise.table import read_noise

PROJECT = Path(__file__).parents[2]
WEIGHTS = PROJECT / "src/denoising_autoencoder/weights"
COMMANDS = {
    "photo": "kedro run --pipelines=photo --env=photo --params=images.path=FOLDER",
    "photo_grey": "kedro run --pipelines=photo_grey --env=photo_grey "
    "--params=images.path=FOLDER",
}

CARD = """\
# Model card: {lane}

The weights with which `kedro denoise` removes noise from {kind} photographs. They are
under the project's licence (MIT). Written by docs/tools/model_card.py.

## What it is

A residual U-Net ({options}) with {parameters:,} parameters and {kmacs:.0f} thousand
multiply-accumulates a pixel. It takes the noise level as a further input. It learned
{noise}. The picture has 8 bits and is clamped, as files are. The weights are stored in
float16, with {bits} significant bits.

## Training

{steps:,} steps of {batch_size} tiles of {side}x{side} pixels, which are
{megapixels:,.0f} megapixels or {tflop:,.0f} TFLOP, in {minutes:,.0f} minutes.
Optimizer {optimizer}, learning rate {learning_rate:g}, schedule {schedule}, loss
{loss}, seed {seed}. To train it again, put the photographs below into FOLDER/train and
FOLDER/test:

```console
$ {command}
```

## Scores

On four crops of 256x256 pixels of each of the ten test photographs, which were not
trained on (benchmarks/studies/photographs.py). sigma is in grey levels of 255, and each
method is told it. x8 is the mean of eight passes over flips and transposes.

{scores}

## Limits

- It learned Gaussian noise that is independent from pixel to pixel and of equal
  strength everywhere. Noise of cameras depends on the brightness, and that of a JPEG
  file is correlated: what it takes for texture stays, and blocks stay.
- {train} photographs of outdoor scenes, rooms, animals and food are few. Pictures of
  another kind, such as text, drawings or microscopy, may lose detail.
- A sigma above the true one smooths texture away; one below leaves noise.

## Data

| picture | part | source | licence | SHA-256 |
| --- | --- | --- | --- | --- |
{data}
"""


def find_newest(data: Path, artifact: str) -> Path:
    """The newest version's file of an artifact."""
    return max((data / artifact).iterdir()) / Path(artifact).name


def in_half_precision(model: Model, bits: int) -> bytes:
    """The file of a model whose weights are float16, of so many significant bits."""
    weights, configuration = model
    halves = {name: _rounded(value, bits) for name, value in weights.items()}
    return pack(halves, configuration)


def _rounded(values: np.ndarray, bits: int) -> np.ndarray:
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(mantissa * 2**bits) / 2**bits, exponent).astype(np.float16)


def describe_network(model: Model, side: int) -> dict[str, Any]:
    """What the card says about the network."""
    weights, configuration = model
    options = configuration["options"]
    channels = options["channels"]
    layers = summarize_network(rebuild_network(model), side, side, channels)
    macs = float(layers["macs"].sum())
    return {
        "kind": "colour" if channels == 3 else "grey",
        "options": f"widths {options['widths']}, blocks {options['blocks']}",
        "parameters": sum(value.size for value in weights.values()),
        "macs": macs,
        "kmacs": macs / side**2 / 1e3,
        "noise": read_noise(configuration["noise"]).describe(),
    }


def describe_training(
    folder: Path, lane: str, side: int, macs: float
) -> dict[str, Any]:
    """What the card says about the training.

    Args:
        folder: Folder of the artifacts.
        lane: Name of the lane.
        side: Side of a tile, in pixels.
        macs: Multiply-accumulates of the network for a tile.
    """
    model = find_newest(folder, f"06_models/{lane}/model.safetensors")
    lineage = json.loads((model.parent / "lineage.json").read_text())
    recipe = lineage["parameters"][lane]
    timing = pd.read_csv(find_newest(folder, f"06_models/{lane}/timing.csv"))
    images = recipe["steps"] * recipe["batch_size"]
    return {
        **recipe,
        "side": side,
        "megapixels": images * side**2 / 1e6,
        "tflop": training_tflop(macs, images),
        "minutes": timing["seconds"].max() / 60,
    }


def write_card(lane: str, folder: Path, bits: int) -> None:
    """Write the weights and the card of a lane."""
    model = read_model(find_newest(folder, f"06_models/{lane}/model.safetensors"))
    tiles = np.load(find_newest(folder, "03_primary/train_images.npy"), "r")
    side = tiles.shape[1]
    network = describe_network(model, side)
    with (PROJECT / "docs/photographs.csv").open(newline="") as file:
        _, *pictures = csv.reader(file)
    card = CARD.format(
        **{**describe_training(folder, lane, side, network["macs"]), **network},
        lane=lane,
        bits=bits,
        command=COMMANDS[lane],
        scores=render_table(f"{lane}_scores | 15; 25; 50"),
        train=sum(part == "train" for _, part, *_ in pictures),
        data="\n".join(f"| {' | '.join(cells)} |" for cells in pictures),
    )
    content = lzma.compress(in_half_precision(model, bits), preset=9)
    (WEIGHTS / f"{lane}.safetensors.xz").write_bytes(content)
    (WEIGHTS / f"{lane}.md").write_text(card)


def main() -> None:
    """Write what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lane", choices=sorted(COMMANDS))
    parser.add_argument("--data", type=Path, help="folder of the artifacts")
    parser.add_argument(
        "--bits", type=int, default=11, help="of a weight; half precision has 11"
    )
    given = parser.parse_args()
    write_card(given.lane, given.data or PROJECT / "data" / given.lane, given.bits)


if __name__ == "__main__":
    main()
