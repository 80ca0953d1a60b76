"""Filters over many images, in several processes, and what an image costs.

Both go through `trainer.reconstruct`, as a network does.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from denoising_autoencoder.compute.processes import available_cores, map_processes
from denoising_autoencoder.denoisers.filters.methods import as_denoiser, build_filter
from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.pipelines.baselines.options import Options

Job = tuple[str, Options]
"""A method and its options."""

_IMAGES_A_TASK = 4
"""An interrupt waits for what has been started: no more than a few images."""


def filter_images(
    jobs: Sequence[Job],
    images: Float16Images,
    noise_std: float,
    processes: int | None,
) -> Generator[UInt8Images]:
    """Apply each of several filters to all images.

    Close it where it is not read to its end: what was not begun is then called off,
    which Ctrl-C would otherwise have to wait for.

    Args:
        jobs: The filters.
        images: In [-1, 1], NHWC.
        noise_std: What the filters are told of the noise, on the [-1, 1] scale.
        processes: Side by side; None: `available_cores`.

    Yields:
        For each filter, in their order, its images: uint8, NHWC.
    """
    starts = range(0, len(images), _IMAGES_A_TASK)
    # Copies, since a part of a mapped array would travel as the whole of it.
    parts = [np.array(images[start : start + _IMAGES_A_TASK]) for start in starts]
    tasks = [
        (method, options, part, noise_std) for method, options in jobs for part in parts
    ]
    shared = map_processes(_filter_part, tasks, processes or available_cores())
    with closing(shared) as results:
        for _ in jobs:
            yield np.concatenate([next(results) for _ in parts])


def _filter_part(
    method: str, options: Options, images: Float16Images, noise_std: float
) -> UInt8Images:
    from denoising_autoencoder.denoisers.apply import reconstruct

    denoiser = as_denoiser(build_filter(method, noise_std, **options))
    return reconstruct(denoiser, images, "cpu")


def milliseconds_per_image(
    denoiser: Any, images: Float16Images, seconds: float
) -> float:
    """Time a denoiser on one core of the CPU.

    One pass goes first, untimed: it imports, plans and fills caches.

    Args:
        denoiser: A network or a filter, by the contract of `trainer.reconstruct`.
        images: In [-1, 1], NHWC; a pass is over all of them.
        seconds: Passes are repeated until these are over, but one is made anyhow.

    Returns:
        Milliseconds of wall time, from float16 images in memory to uint8 images.
    """
    from denoising_autoencoder.compute.device import cpu_threads
    from denoising_autoencoder.denoisers.apply import reconstruct

    with cpu_threads(1):
        reconstruct(denoiser, images, "cpu")
        start = time.perf_counter()
        passes, elapsed = 0, 0.0
        while passes == 0 or elapsed < seconds:
            reconstruct(denoiser, images, "cpu")
            passes, elapsed = passes + 1, time.perf_counter() - start
    return 1000 * elapsed / (passes * len(images))
