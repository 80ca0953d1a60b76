"""Size and speed of the networks, for one image of 32x32.

    .venv/bin/python benchmarks/networks.py [--csv FILE]

Milliseconds are the least of five times for 500 images on all cores, in float32 and
with `precision: auto`. The table is Markdown; `--csv` writes it as docs/results/
has it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from table import Table

from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.summary import summarize_network

SIDE = 32
PASSES = 5
SIZE = ("network", "parameters", "MACs", "activations", "receptive field")
COLUMNS = (*SIZE, "ms/image, float32", "ms/image, auto")
NETWORKS = {
    "report": ("report", {}),
    "report, 4 layers a side": ("report", {"layers": 4}),
    "ffdnet": ("ffdnet", {}),
    "resunet, 24/48 (the default)": ("resunet", {"widths": [24, 48]}),
    "resunet, 32/64 (`--env=long`)": ("resunet", {}),
    "resunet, 64/128": ("resunet", {"widths": [64, 128]}),
    "resunet, half resolution": (
        "resunet",
        {"widths": [64, 128], "blocks": [4, 4], "unshuffle": 2},
    ),
    "resunet, three levels": (
        "resunet",
        {"widths": [32, 64, 128], "blocks": [1, 3, 3]},
    ),
}


def milliseconds(name: str, options: dict, precision: str) -> float:
    """Measure the time for one of 500 images: the least of some times."""
    network = build_network(name, seed=0, options=options).eval()
    images = np.zeros((500, SIDE, SIDE, 3), dtype=np.float16)
    times = []
    for _ in range(PASSES):
        start = time.perf_counter()
        denoiser = NetworkDenoiser(network, "cpu", precision)
        with on_threads("auto", denoiser.device) as in_order:
            reconstruct(denoiser, images, in_order=in_order)
        times.append(time.perf_counter() - start)
    return 1000 * min(times) / len(images)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    table = Table(*COLUMNS)
    for title, (name, options) in NETWORKS.items():
        layers = summarize_network(build_network(name, 0, options), SIDE, SIDE)
        totals = layers[["parameters", "macs", "activations"]].sum()
        cells = [title, f"{totals['parameters']:,}", f"{totals['macs'] / 1e6:.1f} M"]
        cells += [f"{totals['activations'] / 1e3:.0f} k"]
        cells += [f"{layers['receptive_field'].iloc[-1]} px"]
        for precision in ("float32", "auto"):
            cells.append(f"{milliseconds(name, options, precision):.2f}")
        table.add(cells)
    if given.csv:
        table.save(given.csv)


if __name__ == "__main__":
    main()
