"""Filters over many images, in several processes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.processes import map_processes
from denoising_autoencoder.denoisers.filters.build import build_filter
from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.pipelines.baselines.options import Options

Job = tuple[str, Options]
"""A method and its options."""

_IMAGES_A_TASK = 4
"""An interrupt waits for the tasks that have begun: only a few images."""


def filter_images(
    jobs: Sequence[Job],
    images: Float16Images,
    sigmas: npt.NDArray[np.float64],
    processes: int | None,
) -> Generator[UInt8Images]:
    """Apply each of several filters to all images.

    Close the generator if it is not read to its end: work that has not begun is then
    cancelled, for which Ctrl-C would otherwise have to wait.

    Args:
        jobs: The filters.
        images: Noisy images in [-1, 1], NHWC.
        sigmas: Standard deviation of the noise of each image, (n,), on the [-1, 1]
            scale.
        processes: Number of processes; None for `available_cores`.

    Yields:
        The images of each filter, in the order of the filters: uint8, NHWC.
    """
    starts = range(0, len(images), _IMAGES_A_TASK)
    # Copies, since a part of a mapped array would be sent as the whole array.
    ranges = [slice(start, start + _IMAGES_A_TASK) for start in starts]
    parts = [(np.array(images[part]), sigmas[part]) for part in ranges]
    tasks = [(method, options, *part) for method, options in jobs for part in parts]
    shared = map_processes(_filter_part, tasks, processes or available_cores())
    with closing(shared) as results:
        for _ in jobs:
            yield np.concatenate([next(results) for _ in parts])


def _filter_part(
    method: str,
    options: Options,
    images: Float16Images,
    sigmas: npt.NDArray[np.float64],
) -> UInt8Images:
    from denoising_autoencoder.denoisers.apply import reconstruct

    return reconstruct(build_filter(method, **options), images, sigmas)
