"""A trained model as it is kept: weights by name, and what rebuilds the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Weights = dict[str, npt.NDArray[np.float32]]
"""The module's state dict as arrays."""

Model = tuple[Weights, dict[str, Any]]
"""Weights, and the configuration: `network`, its `options`, and the `noise` that the
network learned to remove."""
