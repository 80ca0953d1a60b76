"""What every classical filter states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from denoising_autoencoder.validation import Block

Image = npt.NDArray[np.float32]
"""One image in [0, 1], (height, width, 1 or 3)."""

Factor = Annotated[float, Field(gt=0, le=20)]
"""A multiple of the noise's standard deviation, so that a grid fits any noise."""

Pixels = Annotated[float, Field(gt=0, le=20)]
"""A length in pixels."""


def values(description: str) -> Any:
    """A field of a grid: the values of one option that are tried.

    Args:
        description: Meaning of the option.
    """
    return Field(min_length=1, description=description)


@dataclass(frozen=True)
class FilterKind:
    """A classical filter.

    Attributes:
        label: What figures call the filter.
        grid: Options of the filter, with the bounds of the values that may be tried.
        denoise: Function from an image in [0, 1], the noise's standard deviation on
            that scale, and the options by keyword, to the denoised image.
    """

    label: str
    grid: type[Block]
    denoise: Callable[..., Image]


def float32(image: npt.NDArray[Any]) -> Image:
    """An array in single precision; the array itself if it is that already."""
    single: Image = image.astype(np.float32, copy=False)
    return single
