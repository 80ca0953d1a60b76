"""Principal component analysis: the best linear code of images, without a network.

Of all linear maps to a code and back it has the least squared error on the images that
it is fitted on (Eckart and Young, 1936), so an autoencoder has to beat it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.images import UInt8Images, unnormalize

if TYPE_CHECKING:
    import torch

    from denoising_autoencoder.compute.in_order import InOrder

Images = npt.NDArray[np.floating[Any]]
"""(n, height, width, channels), any float dtype, in [-1, 1]; may be memory-mapped."""

_AT_ONCE = 1024
"""Images that are float32 at once: 12 MB at 32x32 pixels."""

_ROWS = 256
"""Rows of a matrix that one core computes at once. It is the same for any number of
cores, so that the bits are."""

_ITERATIONS = 5
"""With half as many further directions, 512 are so within .001 dB of those of a
complete decomposition, on CIFAR-10, and take half its time."""


@dataclass(frozen=True)
class PCA:
    """A linear code of images of one shape.

    Attributes:
        mean: Mean image, float32, (values,).
        components: Orthonormal rows, float32, (numbers in a code, values), of falling
            variance: the first of them are the PCA with a smaller code.
    """

    mean: torch.Tensor
    components: torch.Tensor

    def encode(self, images: Images) -> npt.NDArray[np.float16]:
        """The codes of images, (n, numbers), float16: a number is two bytes."""
        codes = np.empty((len(images), len(self.components)), np.float16)
        for part in _slices(len(images), _AT_ONCE):
            codes[part] = (
                (_rows(images[part]) - self.mean) @ self.components.T
            ).numpy()
        return codes

    def decode(self, codes: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
        """The images of codes, (n, values); they may leave [-1, 1]."""
        import torch

        single = torch.from_numpy(codes.astype(np.float32))
        images: npt.NDArray[np.float32] = (single @ self.components + self.mean).numpy()
        return images

    def reconstruct(self, images: Images) -> UInt8Images:
        """Encode and decode images, and give what a person would see.

        Args:
            images: Images of the shape that was fitted.

        Returns:
            uint8 of the same shape, rounded and clamped.
        """
        made = np.empty(images.shape, np.uint8)

        def fill(part: slice) -> None:
            decoded = self.decode(self.encode(images[part]))
            made[part] = unnormalize(decoded).reshape(images[part].shape)

        with _on_all_cores() as in_order:
            for _ in in_order(fill, _slices(len(images), _ROWS)):
                pass
        return made


def fit_pca(images: Images, count: int) -> PCA:
    """Find the directions of the largest variance of images and their mirror images.

    A photograph's mirror image could be a photograph as well, so these are twice as
    many images to learn from: on CIFAR-10 they are worth 0.03 dB with 64 numbers and
    0.3 dB with 512.

    They are the first eigenvectors of the covariance matrix, by subspace iteration with
    a Rayleigh-Ritz step (Golub and Van Loan, Matrix Computations, 2013, section 8.2.4):
    all eigenvectors would take minutes at 64x64 pixels. Besides the matrix, only some
    images are in memory. The bits do not depend on the number of cores.

    Args:
        images: Training images of at most `MOST_LINEAR` values each.
        count: Number of directions, less than there are images and values.
    """
    with _on_all_cores() as in_order:
        mean = _mean(images, in_order)
        mirror = np.arange(len(mean)).reshape(images.shape[1:])[:, ::-1].flatten()
        mean = (mean + mean[mirror]) / 2
        covariance = _covariance(images, mean, in_order)
        _add_mirrored(covariance, mirror)
        components = _first_eigenvectors(covariance, count, in_order)
    return PCA(mean, components)


def _on_all_cores() -> Any:
    import torch

    from denoising_autoencoder.compute.threads import on_threads

    return on_threads("auto", torch.device("cpu"))


def _mean(images: Images, in_order: InOrder) -> torch.Tensor:
    import torch

    def add_up(part: slice) -> torch.Tensor:
        return _rows(images[part]).sum(0, dtype=torch.float64)

    total = sum(in_order(add_up, _slices(len(images), _ROWS)), torch.tensor(0.0))
    return (total / len(images)).float()


def _covariance(images: Images, mean: torch.Tensor, in_order: InOrder) -> torch.Tensor:
    """The covariance matrix times the number of images; float32, (values, values)."""
    import torch

    size = len(mean)
    matrix = torch.zeros(size, size)
    for part in _slices(len(images), _AT_ONCE):
        centred = _rows(images[part]) - mean

        def add(rows: slice, centred: torch.Tensor = centred) -> None:
            block = matrix[rows, rows.start :]
            block.addmm_(centred[:, rows].T, centred[:, rows.start :])

        for _ in in_order(add, _slices(size, _ROWS)):
            pass
    for rows in _slices(size, _ROWS):
        matrix[rows.stop :, rows] = matrix[rows, rows.stop :].T
    return matrix


def _add_mirrored(covariance: torch.Tensor, mirror: npt.NDArray[np.intp]) -> None:
    """Add the covariance of the mirror images, in place: the matrix may be large."""
    values = np.arange(len(mirror))
    left = values[values <= mirror]
    for part in _slices(len(left), _ROWS):
        rows = left[part]
        both = covariance[rows] + covariance[mirror[rows]][:, mirror]
        covariance[rows], covariance[mirror[rows]] = both, both[:, mirror]


def _first_eigenvectors(
    matrix: torch.Tensor, count: int, in_order: InOrder
) -> torch.Tensor:
    """Rows: the eigenvectors of the largest eigenvalues of a symmetric matrix."""
    import torch

    def times(basis: torch.Tensor) -> torch.Tensor:
        parts = _slices(len(matrix), _ROWS)
        return torch.cat(list(in_order(lambda rows: matrix[rows] @ basis, parts)))

    # The last directions of a subspace converge slowly.
    width = min(count + count // 2 + 32, len(matrix))
    start = torch.Generator().manual_seed(0)
    basis = torch.randn(len(matrix), width, generator=start)
    for _ in range(_ITERATIONS):
        basis, _ = torch.linalg.qr(times(basis))
    _, turn = torch.linalg.eigh(basis.T @ times(basis))
    vectors: torch.Tensor = (basis @ turn).T.flip(0)[:count]
    return vectors.contiguous()


def _rows(images: Images) -> torch.Tensor:
    """Images as rows of float32."""
    import torch

    return torch.from_numpy(images.astype(np.float32).reshape(len(images), -1))


def _slices(count: int, size: int) -> Iterator[slice]:
    """Slices that cover a number of rows."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
