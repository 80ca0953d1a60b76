"""Maps of codes: points in two dimensions, alike ones near each other.

scikit-learn, an extra, is imported inside the functions that use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FEWEST = 5
"""Codes that a map needs."""

_PERPLEXITY = 30.0
"""About how many neighbours t-SNE tries to keep: the usual value."""

Codes = npt.NDArray[np.floating[Any]]
"""(n, numbers), any float dtype."""

Places = npt.NDArray[np.float64]
"""(n, 2): x to the right and y upwards."""


def linear_map(codes: Codes) -> Places:
    """The two directions in which codes vary most, by PCA.

    Args:
        codes: `FEWEST` codes at least.
    """
    from sklearn.decomposition import PCA

    places: Places = PCA(2, svd_solver="full").fit_transform(codes.astype(np.float64))
    return places


def neighbour_map(codes: Codes, seed: int) -> Places:
    """A map that keeps neighbours together, by t-SNE (van der Maaten and Hinton, 2008).

    It begins with the linear map. Distances between groups and their sizes say nothing.

    Args:
        codes: `FEWEST` codes at least. A thousand take some seconds.
        seed: Seed of scikit-learn.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(_PERPLEXITY, (len(codes) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    # More threads would wait for one another, for minutes beside another program.
    with threadpool_limits(1):
        places: Places = tsne.fit_transform(codes.astype(np.float64))
    return places.astype(np.float64)
