"""What an image costs."""

from __future__ import annotations

import time

from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.images import Float16Images


def milliseconds_per_image(
    denoiser: Denoiser, images: Float16Images, sigma: float | None, seconds: float
) -> float:
    """Time a denoiser on one core of the CPU.

    One pass goes first, untimed: it imports, plans and fills caches.

    Args:
        denoiser: Denoiser that computes on the CPU.
        images: Images in [-1, 1], NHWC; a pass is over all of them.
        sigma: Standard deviation of the noise on the [-1, 1] scale.
        seconds: Passes are repeated until these are over; at least one is timed.

    Returns:
        Milliseconds of wall time for an image, from float16 images in memory to uint8
        images.
    """
    reconstruct(denoiser, images, sigma)
    start = time.perf_counter()
    passes, elapsed = 0, 0.0
    while passes == 0 or elapsed < seconds:
        reconstruct(denoiser, images, sigma)
        passes, elapsed = passes + 1, time.perf_counter() - start
    return 1000 * elapsed / (passes * len(images))
