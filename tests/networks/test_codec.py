"""An autoencoder with a small code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.table import check_options

SIZE = {"height": 9, "width": 7}
OPTIONS = {
    "code": 5, **SIZE, "encoder_widths": [4], "encoder_blocks": [1],
    "widths": [4, 8], "blocks": [1, 1], "refine": 0,
}  # fmt: skip


@pytest.fixture
def images() -> np.ndarray:
    rng = np.random.default_rng(0)
    smooth = rng.normal(size=(60, 3, 3, 3)).repeat(3, axis=1).repeat(3, axis=2)
    return np.clip(smooth[:, :9, :7] / 3, -1, 1).astype(np.float16)


def as_tensor(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.astype(np.float32)).permute(0, 3, 1, 2)


def begun(images: np.ndarray, **changes: int):
    network = build_network("codec", 0, OPTIONS | changes)
    network.begin_with(images)
    return network.eval()


def test_before_its_training_it_is_pca_of_the_images_and_their_mirror_images(images):
    both = np.concatenate([images, images[:, :, ::-1]])
    fitted = fit_pca(both, 5)

    with torch.no_grad():
        outputs = begun(images)(as_tensor(images)).permute(0, 2, 3, 1).numpy()

    expected = fitted.decode(fitted.encode(images)).reshape(images.shape)
    np.testing.assert_allclose(outputs, expected.clip(-1, 1), atol=2e-3)


def test_nothing_but_the_code_reaches_the_output(images):
    network = begun(images)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)

    with torch.no_grad():
        codes = network.encode(as_tensor(images))
        whole = network(as_tensor(images))

    assert codes.shape == (60, 5)
    assert (codes == codes.half().float()).all()
    assert torch.equal(network.decode(codes.half().float()), whole)
    assert whole.min() >= -1
    assert whole.max() <= 1


def test_both_networks_learn_through_the_code(images):
    network = begun(images).train()
    for name, parameter in network.named_parameters():
        if name.endswith("tail.weight"):  # it starts at zero
            torch.nn.init.normal_(parameter, std=0.1)

    network(as_tensor(images)).square().mean().backward()

    gradients = {name: p.grad for name, p in network.named_parameters()}
    assert gradients["encoder.network.head.weight"].abs().max() > 0
    assert gradients["decoder.network.head.weight"].abs().max() > 0
    assert not network.basis.requires_grad


def errors_of(images: np.ndarray, std: float, steps: int) -> torch.Tensor:
    """Error of each image with random weights of a standard deviation."""
    network = begun(images, refine=steps)
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=std, generator=generator)
    inputs = as_tensor(images)
    with torch.inference_mode():
        return (network(inputs) - inputs).square().flatten(1).mean(dim=1)


# With the larger weights whole steps are too long for most images.
@pytest.mark.parametrize(("std", "left"), [(0.15, 0.9), (0.3, 0.99)])
def test_refinement_makes_no_image_worse_and_most_better(images, std, left):
    none, one, four = (errors_of(images, std, steps) for steps in (0, 1, 4))

    rounding = 1e-5
    assert (one < none + rounding).all()
    assert (four < one + rounding).all()
    assert four.mean() < left * none.mean()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"code": 189}, "not smaller than an image of 9x7x3 = 189 values"),
        ({"blocks": [1]}, "widths names 2 levels and blocks 1"),
        ({"encoder_blocks": []}, "encoder_widths names 1 levels and encoder_blocks 0"),
    ],
)
def test_impossible_options_are_refused(changes, problem):
    with pytest.raises(ValueError, match=problem):
        check_options("codec", OPTIONS | changes)
    with pytest.raises(ProjectError, match=problem):
        build_network("codec", 0, OPTIONS | changes)


def test_a_linear_code_needs_no_encoder(images):
    linear = {"encoder_widths": [], "encoder_blocks": []}
    network = build_network("codec", 0, OPTIONS | linear)
    network.begin_with(images)

    with torch.no_grad():
        codes = network.eval().encode(as_tensor(images))

    fitted = fit_pca(images, 5)
    np.testing.assert_allclose(codes, fitted.encode(images), atol=2e-3)
