"""Networks whose initial weights come from the training images."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn


class FromImages(nn.Module):
    """A network that looks at the training images before its first step."""

    @abstractmethod
    def begin_with(self, images: npt.NDArray[np.floating[Any]]) -> None:
        """Set the initial weights.

        Args:
            images: Clean training images: (n, height, width, channels), in [-1, 1]; may
                be memory-mapped.
        """
