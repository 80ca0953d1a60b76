"""The classical filters by name, the simplest first."""

from __future__ import annotations

from denoising_autoencoder.denoisers.filters import (
    bilateral,
    bm3d,
    gaussian,
    median,
    nlm,
    tv,
    wavelet,
)
from denoising_autoencoder.denoisers.filters.kind import FilterKind

FILTERS: dict[str, FilterKind] = {
    "gaussian": gaussian.FILTER,
    "median": median.FILTER,
    "bilateral": bilateral.FILTER,
    "nlm": nlm.FILTER,
    "tv": tv.FILTER,
    "wavelet": wavelet.FILTER,
    "bm3d": bm3d.FILTER,
}
