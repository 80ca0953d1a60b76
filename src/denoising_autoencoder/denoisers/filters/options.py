"""Which filters are judged, and which values of their options are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import create_model

from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.validation import Block

_GRIDS: dict[str, Any] = {
    name: (kind.grid | None, None) for name, kind in FILTERS.items()
}

if TYPE_CHECKING:
    FilterGrids = Block
else:
    FilterGrids = create_model("FilterGrids", __base__=Block, **_GRIDS)
    """A grid for each filter; a filter without one is left out."""
