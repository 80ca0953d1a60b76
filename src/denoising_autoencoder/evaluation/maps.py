"""Maps of codes: points in two dimensions, alike ones near each other.

scikit-learn, an extra, is imported inside the functions that use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FEWEST = 5
"""Codes that a map needs: fewer stand in a row."""

_PERPLEXITY = 30.0
"""About how many neighbours t-SNE tries to keep: the usual value."""

_SPREAD = 1e-4
"""Standard deviation of the places that t-SNE starts from: the usual value."""

Codes = npt.NDArray[np.floating[Any]]
"""(n, numbers), any float dtype."""

Places = npt.NDArray[np.float64]
"""(n, 2): x to the right and y upwards."""


def linear_map(codes: Codes) -> Places:
    """The two directions in which codes vary most, by PCA.

    Args:
        codes: Codes; if they are of one number, every y is 0.
    """
    from sklearn.decomposition import PCA

    if len(codes) < FEWEST:
        return _row(len(codes))
    places = np.zeros((len(codes), 2))
    directions = min(2, codes.shape[1])
    pca = PCA(directions, svd_solver="full")
    places[:, :directions] = pca.fit_transform(codes.astype(np.float64))
    return places


def neighbour_map(codes: Codes, seed: int) -> Places:
    """A map that keeps neighbours together, by t-SNE (van der Maaten and Hinton, 2008).

    It begins with the linear map. Distances between groups and their sizes say nothing.

    Args:
        codes: Codes. A thousand take some seconds.
        seed: Seed of scikit-learn.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if len(codes) < FEWEST:
        return _row(len(codes))
    start = linear_map(codes)
    start *= _SPREAD / (start[:, 0].std() or 1)
    perplexity = min(_PERPLEXITY, (len(codes) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init=start, random_state=seed)
    # More threads would wait for one another, for minutes beside another program.
    with threadpool_limits(1):
        places: Places = tsne.fit_transform(codes.astype(np.float64))
    return places.astype(np.float64)


def _row(count: int) -> Places:
    return np.column_stack([np.arange(float(count)), np.zeros(count)])
