"""What all tests share: one thread per process, the project, and a small .npz."""

from __future__ import annotations

import gc
import os

# Before PyTorch is imported: the tests run in several processes, and the threads of one
# would wait for those of another.
os.environ["OMP_NUM_THREADS"] = "1"

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from tests.processes import processes_end_with_their_test  # noqa: F401, a fixture

PROJECT = Path(__file__).parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Modules and tests live for ever: no garbage is sought among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def photograph() -> np.ndarray:
    """A photograph of scikit-image, uint8, (512, 512, 3)."""
    import skimage.data

    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def small_npz(shared_folder: Path, photograph: np.ndarray) -> Path:
    """A .npz of 200 training and 24 test crops of the photograph, 32x32."""
    crops = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    path = shared_folder / "small.npz"
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            np.savez(path, train_images=crops[:200], test_images=crops[200:224])
    return path
