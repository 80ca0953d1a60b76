"""Grey images for a denoiser of colour images."""

from __future__ import annotations

import torch

from denoising_autoencoder.denoisers.grey import on_grey


def test_three_equal_channels_are_denoised_and_averaged():
    seen = []

    def denoise(images: torch.Tensor, sigma: float) -> torch.Tensor:
        seen.append((images.clone(), sigma))
        return images * torch.tensor([0.0, 0.5, 1.0]).reshape(1, 3, 1, 1)

    images = torch.rand((2, 1, 4, 5), generator=torch.manual_seed(0))
    outputs = on_grey(denoise)(images, 0.3)

    ((channels, sigma),) = seen
    assert sigma == 0.3
    assert torch.equal(channels, images.repeat(1, 3, 1, 1))
    torch.testing.assert_close(outputs, images / 2)
