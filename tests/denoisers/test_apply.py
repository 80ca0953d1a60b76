"""Denoisers over many images, and a network's error."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers import batches
from denoising_autoencoder.denoisers.apply import mean_squared_error, reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.images import normalize
from denoising_autoencoder.networks.build import build_network


def identity(batch: torch.Tensor, sigma=None) -> torch.Tensor:
    return batch


def levels(count: int, height: int = 5, width: int = 7) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (count, height, width, 3), dtype=np.uint8)


# Reconstruction


def test_a_denoiser_sees_float32_nchw_from_minus_1_to_1_and_the_noise_level():
    seen = []

    def record(batch: torch.Tensor, sigma: float | None) -> torch.Tensor:
        seen.append((batch, sigma))
        return batch

    images = levels(2)
    reconstruct(record, normalize(images), 0.25)

    ((batch, sigma),) = seen
    assert sigma == 0.25
    assert batch.dtype == torch.float32
    assert batch.shape == (2, 3, 5, 7)
    assert float(batch[1, 2, 3, 4]) == pytest.approx(
        images[1, 3, 4, 2] / 127.5 - 1, abs=2**-11
    )


def test_a_corner_and_a_channel_stay_where_the_denoiser_put_them():
    def mark(batch: torch.Tensor, sigma=None) -> torch.Tensor:
        outputs = torch.full_like(batch, -1)
        outputs[:, 1, 0, -1] = 1  # green, top right
        return outputs

    reconstructions = reconstruct(mark, normalize(levels(2)))

    expected = np.zeros((2, 5, 7, 3), np.uint8)
    expected[:, 0, 6, 1] = 255
    np.testing.assert_array_equal(reconstructions, expected)


def test_outputs_beyond_the_range_are_clamped_and_others_rounded():
    def stretch(batch: torch.Tensor, sigma=None) -> torch.Tensor:
        outputs = torch.full_like(batch, 100.4 / 127.5 - 1)
        outputs[:, 0], outputs[:, 1] = -1.5, 1.5
        return outputs

    reconstructions = reconstruct(stretch, normalize(levels(1)))

    assert reconstructions[0, 0, 0].tolist() == [0, 255, 100]
    assert np.unique(reconstructions[..., 2]).tolist() == [100]


def test_many_images_go_in_batches_and_keep_their_order(monkeypatch):
    monkeypatch.setattr(batches, "PIXELS", 4 * 5 * 7)
    sizes = []

    def record(batch: torch.Tensor, sigma=None) -> torch.Tensor:
        sizes.append(len(batch))
        return -batch  # a level u becomes 255 - u

    images = levels(10)
    reconstructions = reconstruct(record, normalize(images))

    assert sizes == [4, 4, 2]
    np.testing.assert_array_equal(reconstructions, 255 - images)


def test_reconstruction_records_no_gradients_and_leaves_the_inputs():
    network = nn.Conv2d(3, 3, 1)
    outputs = []
    network.register_forward_hook(lambda *arguments: outputs.append(arguments[2]))
    inputs = normalize(levels(2))
    before = inputs.copy()

    reconstruct(NetworkDenoiser(network, "cpu"), inputs)

    assert not outputs[0].requires_grad
    np.testing.assert_array_equal(inputs, before)


def test_a_pass_computes_on_one_core_so_that_its_bits_do_not_depend_on_their_number():
    seen = []

    def count(batch: torch.Tensor, sigma=None) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return batch

    torch.set_num_threads(3)
    try:
        reconstruct(count, normalize(levels(1)))
        after = torch.get_num_threads()
    finally:
        torch.set_num_threads(1)

    assert (seen, after) == ([1], 3)


@pytest.mark.parametrize("threads", [1, 3])
def test_passes_on_several_threads_give_the_same_images_and_the_same_error(
    threads, monkeypatch
):
    monkeypatch.setattr(batches, "PIXELS", 2 * 8 * 8)
    inputs = normalize(levels(9, 8, 8))
    network = build_network("resunet", 0, {"widths": [4], "blocks": [1]}).eval()
    nn.init.normal_(network.network.tail.weight)
    denoiser = NetworkDenoiser(network, "cpu")
    images = reconstruct(denoiser, inputs)
    mse = mean_squared_error(denoiser, inputs, inputs)

    with on_threads(threads, denoiser.device) as in_order:
        again = reconstruct(denoiser, inputs, in_order=in_order)
        same = mean_squared_error(denoiser, inputs, inputs, in_order)

    np.testing.assert_array_equal(again, images)
    assert same == mse > 0


# Mean squared error


def test_outputs_and_targets_are_compared_pixel_by_pixel():
    generator = np.random.default_rng(0)
    inputs, targets = generator.uniform(-1, 1, (2, 3, 4, 5, 3)).astype(np.float16)

    mse = mean_squared_error(lambda batch, _=None: batch * 0.5, inputs, targets)

    expected = np.mean((inputs.astype(np.float64) / 2 - targets) ** 2)
    assert mse == pytest.approx(expected, rel=1e-6)


def test_every_image_weighs_the_same_also_in_a_smaller_last_batch(monkeypatch):
    monkeypatch.setattr(batches, "PIXELS", 4 * 2 * 2)
    inputs = np.zeros((5, 2, 2, 3), np.float32)
    targets = inputs.copy()
    targets[4] = 1

    mse = mean_squared_error(identity, inputs, targets)

    assert mse == pytest.approx(1 / 5)


def test_sums_beyond_the_digits_of_single_precision_are_exact():
    # Three million equal errors, whose square has many binary digits.
    inputs = np.zeros((1000, 32, 32, 3), np.float16)
    error = np.float16(0.1)

    mse = mean_squared_error(identity, inputs, np.broadcast_to(error, inputs.shape))

    assert mse == pytest.approx(float(np.float32(error) ** 2), rel=1e-12)


def test_inputs_and_targets_of_different_numbers_are_refused(monkeypatch):
    monkeypatch.setattr(batches, "PIXELS", 2 * 2 * 2)
    inputs = np.zeros((5, 2, 2, 3), np.float32)

    with pytest.raises(ValueError):
        mean_squared_error(identity, inputs, inputs[:2])


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("float32", torch.float32), ("bfloat16", torch.bfloat16)],
)
def test_the_denoiser_computes_in_the_precision_that_is_asked_for(precision, expected):
    kinds = []

    class Network(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            outputs = nn.functional.conv2d(batch, torch.eye(3)[..., None, None])
            kinds.append(outputs.dtype)
            return outputs

    denoiser = NetworkDenoiser(Network(), "cpu", precision)
    images = reconstruct(denoiser, np.zeros((1, 4, 4, 3), np.float16))

    assert kinds == [expected]
    assert images.dtype == np.uint8
