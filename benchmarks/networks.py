"""The networks side by side: what each is made of, and what an image costs.

    .venv/bin/python benchmarks/networks.py

For one image of 32x32; milliseconds are those of batches of 500 on all cores, the least
of five passes, in float32 and as `precision: auto` has it. The table is Markdown.
"""

from __future__ import annotations

import time

import numpy as np

from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.summary import summarize_network

SIDE = 32
PASSES = 5
NETWORKS = {
    "report": ("report", {}),
    "report, 4 layers a side": ("report", {"layers": 4}),
    "ffdnet": ("ffdnet", {}),
    "resunet": ("resunet", {}),
    "resunet of `--env=long`": ("resunet", {"widths": [64, 128]}),
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
    """The least time an image of a batch of 500."""
    network = build_network(name, seed=0, **options).eval()
    images = np.zeros((500, SIDE, SIDE, 3), dtype=np.float16)
    times = []
    for _ in range(PASSES):
        start = time.perf_counter()
        reconstruct(NetworkDenoiser(network, "cpu", precision), images)
        times.append(time.perf_counter() - start)
    return 1000 * min(times) / len(images)


def main() -> None:
    """Print the table."""
    print(
        "| network | parameters | MACs | activations | receptive field | ms/image, "
        "float32 | auto |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for title, (name, options) in NETWORKS.items():
        layers = summarize_network(build_network(name, 0, **options), SIDE, SIDE)
        totals = layers[["parameters", "macs", "activations"]].sum()
        cells = [title, f"{totals['parameters']:,}", f"{totals['macs'] / 1e6:.1f} M"]
        cells += [f"{totals['activations'] / 1e3:.0f} k"]
        cells += [f"{layers['receptive_field'].iloc[-1]} px"]
        for precision in ("float32", "auto"):
            cells.append(f"{milliseconds(name, options, precision):.2f}")
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
