"""What every denoiser keeps to: networks, filters, ensembles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import torch

Sigma: TypeAlias = "float | torch.Tensor"
"""The noise's standard deviation: of all images, or of each image."""


class Denoiser(Protocol):
    """Removes noise from images, whatever it does so by.

    One evaluation judges everything that keeps this contract, on the same noisy images.
    """

    def __call__(
        self, images: torch.Tensor, sigma: Sigma | None = None
    ) -> torch.Tensor:
        """Denoise a batch of images.

        Args:
            images: float32, (n, 1 or 3, height, width), in [-1, 1], of any height and
                width that the denoiser takes, on any device. They are left as they are.
            sigma: Standard deviation of the noise on the [-1, 1] scale: a number, or
                one for each image, (n,). A blind denoiser does not use it; any other
                raises `ProjectError` if it is None.

        Returns:
            New float32 tensor of the same shape, in [-1, 1], on the same device. What
            an image becomes does not depend on the others in its batch.
        """
        ...
