"""Which store a place of artifacts is in."""

from __future__ import annotations

from denoising_autoencoder.addresses import is_address, what_is_wrong
from denoising_autoencoder.artifacts.local_folder import LocalFolder
from denoising_autoencoder.artifacts.object_store import ObjectStore
from denoising_autoencoder.artifacts.store import Store
from denoising_autoencoder.errors import DatasetFileError


def store_of(place: str) -> Store:
    """The store of a place.

    Args:
        place: Folder, file or address.

    Raises:
        DatasetFileError: No artifacts can be kept at such an address.
    """
    wrong = what_is_wrong(place)
    if wrong:
        raise DatasetFileError(f"data_root {wrong}.")
    return ObjectStore() if is_address(place) else LocalFolder()
