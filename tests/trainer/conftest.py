from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.images import normalize


@pytest.fixture
def crops(photograph: np.ndarray) -> np.ndarray:
    """256 crops of a photograph in a drawn order: float16, (256, 32, 32, 3)."""
    tiles = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    return normalize(tiles[np.random.default_rng(0).permutation(256)])
