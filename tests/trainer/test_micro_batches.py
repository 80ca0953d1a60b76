"""Gradients of a batch from its parts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.trainer import train
from denoising_autoencoder.trainer.micro_batches import BatchGradients, part_size
from denoising_autoencoder.trainer.objective import objective, sum_of_weights
from denoising_autoencoder.trainer.pairs import Pair
from tests.trainer.trainings import NOISE, Recorder, autoencoding, recipe, some_images

CPU = torch.device("cpu")
SMALL = {"widths": [8, 12], "blocks": [1, 1]}
HOW = {"optimizer": "muon", "loss": "psnr", "batch_size": 10, "micro_batch": 3}


def some_pair(count: int = 7) -> Pair:
    generator = torch.Generator().manual_seed(0)
    contrast = torch.linspace(0.1, 1, count).reshape(-1, 1, 1, 1)
    clean = contrast * torch.rand(count, 3, 8, 8, generator=generator)
    noisy = clean + torch.randn(clean.shape, generator=generator)
    return Pair(clean, noisy, torch.ones(len(clean)))


def small_resunet() -> nn.Module:
    network = build_network("resunet", 0, SMALL)
    with torch.no_grad():  # some layers start at zero, and would have no gradient
        for number, parameter in enumerate(network.parameters()):
            generator = torch.Generator().manual_seed(number)
            parameter.normal_(0, 0.1, generator=generator)
    return network


@pytest.mark.parametrize("loss", ["mse", "l1", "psnr"])
@pytest.mark.parametrize("micro_batch", [None, 1, 3, 7, 50])
def test_the_gradients_of_the_parts_are_those_of_the_batch(loss, micro_batch):
    pair, network = some_pair(), small_resunet()
    whole, expected_mse = objective(network(pair.noisy), pair.clean, loss)
    (whole + 0.01 * sum_of_weights(network)).backward()
    expected = [parameter.grad.clone() for parameter in network.parameters()]
    how = recipe(loss=loss, l1_penalty=0.01, micro_batch=micro_batch)

    mse = BatchGradients(network, how, map).compute(pair)

    assert mse.item() == pytest.approx(expected_mse.item(), rel=1e-5)
    for parameter, gradient in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-5)


def test_parts_have_the_size_of_the_recipe_and_the_last_may_be_smaller():
    network = Recorder()
    pair = some_pair(7)

    BatchGradients(network, recipe(micro_batch=3), map).compute(pair)

    assert [len(batch) for batch in network.batches()] == [3, 3, 1]
    assert torch.equal(torch.cat(network.batches()), pair.noisy)


def test_each_image_goes_with_its_own_noise_level():
    network = build_network("resunet", 0, {**SMALL, "sigma_map": True})
    levels = torch.arange(7) / 10
    pair = some_pair(7)._replace(sigma=levels)
    seen: list[torch.Tensor] = []
    network.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))

    BatchGradients(network, recipe(micro_batch=3), map).compute(pair)

    assert torch.equal(torch.cat(seen)[:, :3], pair.noisy)
    assert torch.equal(torch.cat(seen)[:, 3, 0, 0], levels)


def test_parts_are_computed_at_the_same_time():
    both, threads = threading.Barrier(2, timeout=20), set()
    network = small_resunet()

    def wait(*_: object) -> None:
        threads.add(threading.get_ident())
        both.wait()  # until both parts are here

    network.register_forward_hook(wait)

    with on_threads(2, CPU) as in_order:
        BatchGradients(network, recipe(micro_batch=4), in_order).compute(some_pair(8))

    assert len(threads) == 2


def test_an_error_in_a_part_is_the_trainings_and_leaves_no_thread_behind():
    network = small_resunet()
    before = set(threading.enumerate())

    def fail(*_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError("in a part")

    network.network.head.register_forward_hook(fail)
    data = autoencoding(some_images(8), NOISE)

    with pytest.raises(ZeroDivisionError, match="in a part"):
        train(network, data, recipe(micro_batch=4, threads=2, batch_size=8), "x")

    assert set(threading.enumerate()) == before


class SharedGradient(nn.Module):
    """Adds two parameters, so that both have one tensor as their gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = (
            nn.Parameter(torch.full((3, 1, 1), value)) for value in (0.1, 0.2)
        )
        self.frozen = nn.Parameter(torch.ones(()), requires_grad=False)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch * self.frozen + (self.first + self.second)


def test_parameters_that_share_a_gradient_or_are_frozen_are_trained_as_ever():
    pair, network = some_pair(8), SharedGradient()
    objective(network(pair.noisy), pair.clean, "mse").loss.backward()
    expected = network.first.grad.clone()
    network.zero_grad()

    BatchGradients(network, recipe(micro_batch=2), map).compute(pair)

    torch.testing.assert_close(network.first.grad, expected)
    torch.testing.assert_close(network.second.grad, expected)
    assert network.frozen.grad is None


def test_batch_normalization_gets_whole_batches():
    network, sizes = build_network("resunet", 0, {**SMALL, "batch_norm": True}), []
    network.register_forward_hook(lambda *given: sizes.append(len(given[2])))

    BatchGradients(network, recipe(micro_batch=3), map).compute(some_pair(7))

    assert sizes == [7]


def test_a_parameter_that_is_not_used_keeps_no_gradient():
    network = Recorder()
    network.unused = nn.Parameter(torch.ones(()))

    BatchGradients(network, recipe(micro_batch=3), map).compute(some_pair())

    assert network.unused.grad is None
    assert network.weight.grad is not None


def test_on_another_device_a_batch_stays_whole():
    network = build_network("resunet", 0, SMALL).to("meta")

    assert part_size(network, recipe(batch_size=10, micro_batch=3)) == 10


@pytest.fixture(
    scope="module", params=["float32", pytest.param("bfloat16", marks=pytest.mark.slow)]
)
def precision(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def on_one_thread(precision) -> tuple[nn.Module, list[float]]:
    return trained(1, precision)


def trained(
    threads: int, precision: str, store: Checkpoints | None = None
) -> tuple[nn.Module, list[float]]:
    network = build_network("resunet", 0, SMALL)
    how = recipe(
        **HOW, steps=24, validation_interval=8, threads=threads, precision=precision
    )
    history = train(network, autoencoding(some_images(40), NOISE), how, "x", store)
    return network, history["mse"].tolist()


@pytest.mark.parametrize("threads", [2, 8])
def test_the_number_of_threads_changes_no_bit(threads, precision, on_one_thread):
    network, losses = trained(threads, precision)

    assert losses == on_one_thread[1]
    assert_same_weights(network, on_one_thread[0])


def test_trainings_at_the_same_time_change_no_bit(precision, on_one_thread):
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(trained, threads, precision) for threads in (2, 3)]

    for training in both:
        network, losses = training.result()
        assert losses == on_one_thread[1]
        assert_same_weights(network, on_one_thread[0])


def test_a_training_resumes_with_another_number_of_threads(
    tmp_path, caplog, precision, on_one_thread
):
    caplog.set_level("INFO")
    store = Checkpoints(tmp_path)
    store.stop()
    with pytest.raises(KeyboardInterrupt):
        trained(3, precision, store)

    network, losses = trained(2, precision, Checkpoints(tmp_path))

    assert "resumes from its checkpoint of step 1" in caplog.text
    assert losses == on_one_thread[1]
    assert_same_weights(network, on_one_thread[0])


def assert_same_weights(network: nn.Module, expected: nn.Module) -> None:
    pairs = zip(network.parameters(), expected.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
