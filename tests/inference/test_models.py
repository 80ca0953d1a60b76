"""The models for pictures, and the noise that they have learned."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from denoising_autoencoder.artifacts.models import parse_model
from denoising_autoencoder.artifacts.packing import pack
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.denoise import Denoised, Recipe, _ForOtherChannels
from denoising_autoencoder.inference.models import NamedModel
from denoising_autoencoder.networks.build import build_network
from tests.inference.models import RANGE, brightening_model

ONE = {"kind": "gaussian", "std": 40 / 127.5, "clamp": True}


@pytest.mark.parametrize(
    ("noise", "sigma", "words"),
    [
        (RANGE, 0, None),
        (RANGE, 80, None),
        (RANGE, 100, "has learned noise of sigma 0 to 75, but is given 100"),
        (ONE, 40, None),
        (ONE, 35, None),
        (ONE, 15, "has learned noise of sigma 40, but is given 15"),
        ({"kind": "none"}, 15, "has learned noise of sigma 0, but is"),
        (ONE | {"clamp": False}, 40, "has learned noise without clamping"),
    ],
)
def test_a_model_warns_of_noise_that_it_has_not_learned(noise, sigma, words):
    model = NamedModel("m", "", brightening_model(**noise))

    warning = model.warning(sigma)

    assert (warning is None) if words is None else (words in warning)


@pytest.mark.parametrize(
    ("takes_sigma", "channels", "told"),
    [(True, 3, 50), (False, 3, 25), (True, 1, 50 * 3**0.5), (False, 1, 25)],
)
def test_strength_and_grey_raise_what_a_model_that_takes_sigma_is_given(
    takes_sigma, channels, told
):
    weights, configuration = brightening_model(**RANGE)
    options = configuration["options"] | {"sigma_map": takes_sigma}
    model = NamedModel("m", "", (weights, configuration | {"options": options}))
    workshop = SimpleNamespace(
        tools={channels: SimpleNamespace(model=model)},
        recipe=Recipe({channels: model}, strength=2),
    )

    denoised = Denoised(workshop, SimpleNamespace(channels=channels), None, 25, print)

    assert denoised.told == pytest.approx(told)


def test_weights_of_half_precision_are_given_as_floats():
    weights, configuration = brightening_model(**RANGE)
    half = {name: value.astype(np.float16) for name, value in weights.items()}

    read, _ = parse_model(pack(half, configuration))

    assert {value.dtype for value in read.values()} == {np.dtype(np.float32)}


def test_a_model_serves_pictures_of_other_channels():
    def mean_of_channels(images, sigma):
        assert images.shape[1] == 3
        assert sigma == pytest.approx(0.1 * 3**0.5)
        return images + torch.tensor([0.0, 0.3, 0.6]).reshape(1, 3, 1, 1)

    def brighter(images, sigma):
        assert images.shape[1] == 1
        return images + sigma

    grey, colour = torch.rand(2, 1, 4, 5), torch.rand(2, 3, 4, 5)

    of_grey = _ForOtherChannels(mean_of_channels, 3)(grey, 0.1)
    of_colour = _ForOtherChannels(brighter, 1)(colour, 0.1)

    assert torch.allclose(of_grey, grey + 0.3)
    assert torch.allclose(of_colour, colour + 0.1)


def test_a_model_for_images_of_one_size_is_refused():
    options = {"code": 5, "height": 8, "width": 12, "widths": [4], "blocks": [1]}
    network = build_network("codec", 0, options)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    model = NamedModel("c", "", (weights, {"network": "codec", "options": options}))

    with (
        pytest.raises(ProjectError, match="model c takes images of 12x8 pixels only"),
        Recipe({3: model}).workshop({3}),
    ):
        pass
