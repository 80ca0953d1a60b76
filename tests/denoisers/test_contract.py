"""What every denoiser keeps to, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.denoisers.filters.build import build_filter
from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.denoisers.self_ensemble import self_ensemble
from denoising_autoencoder.denoisers.wiener import WienerFilter
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.table import NETWORKS
from denoising_autoencoder.noise.gaussian_range import GaussianRange
from tests.denoisers.test_filters import OPTIONS

SIGMA = 0.3

Make = Callable[[], Denoiser]


def network(name: str, precision: str = "float32", **options: object) -> Denoiser:
    """A network whose layers all have random weights, those that start at zero too."""
    module = build_network(name, seed=0, options=options).eval()
    generator = torch.Generator().manual_seed(1)
    for weight in module.parameters():
        weight.data += 0.1 * torch.randn(weight.shape, generator=generator)
    return NetworkDenoiser(module, "cpu", precision)


TOLD = ("resunet", "ffdnet")
"""Networks that can take the noise level."""


def sigma_map(name: str) -> Denoiser:
    return network(name, sigma_map=True)


def wiener() -> Denoiser:
    judged = [0.05, 0.3, 0.6]
    noise = GaussianRange(
        kind="gaussian_range", std=0.6, low=0, judged=judged, clamp=True
    )
    shape = (len(judged), 3 * 5 * 5 + 1, 3)
    weights = np.random.default_rng(0).normal(0, 0.1, shape)
    return WienerFilter(weights.astype(np.float32), noise)


DENOISERS: dict[str, Make] = {
    **{name: lambda name=name: network(name) for name in NETWORKS if name != "codec"},
    "codec": lambda: network("codec", height=13, width=18),
    **{f"{name} with a sigma map": lambda name=name: sigma_map(name) for name in TOLD},
    "resunet in bfloat16": lambda: network("resunet", "bfloat16"),
    **{name: lambda name=name: build_filter(name, **OPTIONS[name]) for name in FILTERS},
    "wiener": wiener,
    "network x8": lambda: self_ensemble(network("report")),
    "filter x8": lambda: self_ensemble(build_filter("median", size=3)),
}


@pytest.fixture(params=DENOISERS, scope="module")
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def denoiser(name: str) -> Denoiser:
    return DENOISERS[name]()


@pytest.fixture(scope="module")
def tolerance(name: str) -> float:
    """Another number of images may be convolved by another algorithm.

    An eighth of a grey level; in bfloat16 three levels.
    """
    return 2e-2 if "bfloat16" in name else 1e-3


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Noise up to the ends of the range, of an odd height: float32, (3, 3, 13, 18)."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(3, 3, 13, 18, generator=generator).clamp(-1, 1)


def test_shape_type_and_range_stay_and_so_does_the_input(denoiser, images):
    before = images.clone()

    denoised = denoiser(images, SIGMA)

    assert denoised.shape == images.shape
    assert denoised.dtype == torch.float32
    assert -1 <= denoised.min() < denoised.max() <= 1
    assert not torch.equal(denoised, images)
    assert torch.equal(images, before)
    assert not denoised.requires_grad
    denoised.add_(0)  # tiles blend in place


def test_an_image_does_not_depend_on_the_others_of_its_batch(
    denoiser, images, tolerance
):
    together = denoiser(images, SIGMA)

    alone = denoiser(images[1:2], SIGMA)

    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=tolerance)


def test_channels_last_images_give_the_same(denoiser, images, tolerance):
    as_it_lies = denoiser(images, SIGMA)

    channels_last = denoiser(
        images.contiguous(memory_format=torch.channels_last), SIGMA
    )

    torch.testing.assert_close(channels_last, as_it_lies, rtol=0, atol=2e-2)


def test_each_image_may_have_a_sigma_of_its_own(denoiser, images, tolerance):
    sigmas = (0.05, 0.3, 0.6)

    together = denoiser(images, torch.tensor(sigmas))

    for index, sigma in enumerate(sigmas):
        alone = denoiser(images[index : index + 1], sigma)
        torch.testing.assert_close(
            together[index : index + 1], alone, rtol=0, atol=5 * tolerance
        )


@pytest.mark.parametrize("which", TOLD)
def test_a_network_with_a_sigma_map_has_to_be_told_and_listens(which, images):
    denoiser = sigma_map(which)

    with pytest.raises(ProjectError, match="give sigma"):
        denoiser(images)
    assert not torch.equal(denoiser(images, 0.1), denoiser(images, 0.2))


@pytest.mark.parametrize("which", NETWORKS)
def test_a_network_is_blind(which, images):
    denoiser = DENOISERS[which]()

    assert torch.equal(denoiser(images), denoiser(images, SIGMA))
