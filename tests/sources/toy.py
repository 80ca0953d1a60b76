"""A source for tests: black images, named by what was asked for."""

import numpy as np

from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each
from denoising_autoencoder.sources.request import Request


def read(request: Request) -> RawImages:
    images = np.zeros((10, 8, 8, 3), np.uint8)
    name = f"{request.seed} of {request.path.name}"
    return RawImages(name, images, images, *one_photograph_each(10, 10))
