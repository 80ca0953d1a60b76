"""A training that is shared by several processes, here by threads with queues."""

from __future__ import annotations

import pickle
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.compute.torchrun import Group
from denoising_autoencoder.denoisers import batches
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.gaussian_range import GaussianRange
from denoising_autoencoder.trainer import TrainingData, sharing, train
from denoising_autoencoder.trainer.pairs import Pair
from tests.trainer.trainings import recipe, some_images

SMALL = {"widths": [8, 12], "blocks": [1, 1], "sigma_map": True}
STEPS = 12
HOW = {"steps": STEPS, "validation_interval": 4, "batch_size": 10, "micro_batch": 2}
NOISE = GaussianRange(kind="gaussian_range", low=0.0, std=0.5, clamp=True, judged=[0.2])


class Threads(Group):
    """A group whose processes are threads."""

    queues: dict[tuple[int, int], Queue[Any]]

    def send(self, values: torch.Tensor, to: int) -> None:
        assert values.is_contiguous()
        self.queues[self.rank, to].put(values.clone())

    def receive(self, values: torch.Tensor, source: int) -> None:
        assert values.is_contiguous()
        values.copy_(self.queues[source, self.rank].get(timeout=60))

    def share(self, values: torch.Tensor, *_: object) -> None:
        if self.rank:
            self.receive(values, 0)
        for rank in range(1, self.size) if not self.rank else ():
            self.send(values, rank)

    def send_object(self, what: object, to: int) -> None:
        self.queues[self.rank, to].put(pickle.dumps(what))

    def receive_object(self, source: int) -> Any:
        return pickle.loads(self.queues[source, self.rank].get(timeout=60))


def shared(size: int, function: Callable[[], Any]) -> Any:
    """Call a function in rank 0 of several processes, and help it in the others."""
    queues = defaultdict(Queue)
    groups = [Threads(rank, size) for rank in range(size)]
    for group in groups:
        object.__setattr__(group, "queues", queues)

    def help_once(group: Group) -> None:
        sharing.help_with(group.receive_object(0), group)

    with ThreadPoolExecutor(size) as pool, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "joined_group", lambda: groups[0])
        helpers = [pool.submit(help_once, group) for group in groups[1:]]
        try:
            return function()
        finally:
            for helper in helpers:
                helper.result()


@pytest.fixture(autouse=True)
def passes_of_sixteen_images(monkeypatch):
    monkeypatch.setattr(batches, "PIXELS", 16 * 8 * 8)


def trained(
    optimizer: str = "muon", store: Checkpoints | None = None
) -> tuple[dict[str, torch.Tensor], pd.DataFrame]:
    network = build_network("resunet", 0, SMALL)
    how = recipe(
        **HOW,
        optimizer=optimizer,
        loss="psnr",
        l1_penalty=1e-5,
        precision="bfloat16",
        augmentation="dihedral",
    )
    images = some_images(37)  # three passes of the validation set, the last one smaller
    data = TrainingData(images, images + np.float32(0.1), images, NOISE)
    history = train(network, data, how, "x", store)
    return network.state_dict(), history.drop(columns="seconds")


@pytest.mark.parametrize(("optimizer", "sizes"), [("muon", (2, 4)), ("adam", (3,))])
def test_the_number_of_processes_changes_no_bit(optimizer, sizes):
    weights, history = trained(optimizer)
    for size in sizes:
        other, other_history = shared(size, lambda: trained(optimizer))
        assert all(torch.equal(other[name], weights[name]) for name in weights)
        pd.testing.assert_frame_equal(other_history, history, check_exact=True)


def test_a_training_resumes_with_another_number_of_processes(tmp_path, caplog):
    caplog.set_level("INFO")
    weights, history = trained()
    store = Checkpoints(tmp_path)
    store.stop()
    with pytest.raises(KeyboardInterrupt):
        shared(2, lambda: trained(store=store))

    other, other_history = shared(3, lambda: trained(store=Checkpoints(tmp_path)))

    assert "resumes from its checkpoint of step 1" in caplog.text
    assert all(torch.equal(other[name], weights[name]) for name in weights)
    pd.testing.assert_frame_equal(other_history, history, check_exact=True)


def test_every_process_computes_its_own_micro_batches(monkeypatch):
    computed, compute = defaultdict(int), sharing.SharedGradients._part

    def note(self, part):
        computed[self.group.rank] += 1
        return compute(self, part)

    monkeypatch.setattr(sharing.SharedGradients, "_part", note)

    shared(3, trained)

    assert computed == {0: STEPS, 1: 2 * STEPS, 2: 2 * STEPS}


@pytest.mark.parametrize("changes", [{"micro_batch": 5}, {"micro_batch": None}])
def test_fewer_micro_batches_than_processes_are_refused(changes, monkeypatch):
    monkeypatch.setattr(sharing, "joined_group", lambda: Group(0, 3))
    images = some_images(20)
    data = TrainingData(images, images, images, NOISE)
    how = recipe(**{**HOW, **changes})

    with pytest.raises(ParameterError, match="too few for 3 processes: start fewer"):
        train(build_network("resunet", 0, SMALL), data, how, "x")


def test_batch_normalization_is_refused(monkeypatch):
    """Its statistics would be those of a part."""
    monkeypatch.setattr(sharing, "joined_group", lambda: Group(0, 2))
    images = some_images(20)
    network = build_network("resunet", 0, {**SMALL, "batch_norm": True})

    with pytest.raises(ParameterError, match="x has 1 micro-batch in a step, too few"):
        train(network, TrainingData(images, images, images, NOISE), recipe(**HOW), "x")


@pytest.mark.parametrize(("images", "together"), [(24, 6), (25, 6), (10, 2), (3, 8)])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_parts_of_all_processes_are_the_batch_in_order(images, together, size):
    parts = [sharing._part_of(rank, size, images, together) for rank in range(size)]

    rows = [row for part in reversed(parts) for row in range(images)[part]]
    assert rows == list(range(images))
    assert all(part.start % together == 0 for part in parts)
    lengths = [len(range(images)[part]) for part in parts]
    assert lengths[0] == min(lengths)


def test_images_arrive_in_the_memory_layout_that_they_were_cut_from():
    nhwc = torch.randn(4, 5, 6, 3)
    pair = Pair(nhwc.permute(0, 3, 1, 2), -nhwc.permute(0, 3, 1, 2), torch.rand(4))
    part = Pair(*(values[1:3] for values in pair))

    arrived = sharing._unpacked(sharing._packed(part), (5, 6, 3))

    for sent, received in zip(part, arrived, strict=True):
        assert torch.equal(sent, received)
        assert sent.stride() == received.stride()


def test_a_parameter_that_is_not_used_arrives_without_a_gradient():
    filters = torch.randn(4, 3, 2, 2).to(memory_format=torch.channels_last)
    trained_ones = [nn.Parameter(filters), nn.Parameter(torch.ones(2))]
    total = sharing.Sum([2 * filters, None], torch.tensor(0.5))

    packed = sharing._packed_sum(total, trained_ones)
    arrived = sharing._unpacked_sum(packed, trained_ones)

    assert arrived.gradients[0] is not None
    assert torch.equal(arrived.gradients[0], 2 * filters)
    assert arrived.gradients[0].stride() == filters.stride()
    assert arrived.gradients[1] is None
    assert arrived.mse == 0.5


def test_the_processes_wait_for_the_next_task_when_a_training_has_failed():
    """`help_with` returns, or `shared` would not."""
    before = threading.active_count()

    def fail() -> None:
        images = some_images(20)
        data = TrainingData(images, images, images, NOISE)

        def on_record(*_: object) -> None:
            raise ZeroDivisionError

        train(
            build_network("resunet", 0, SMALL),
            data,
            recipe(**HOW),
            "x",
            on_record=on_record,
        )

    with pytest.raises(ZeroDivisionError):
        shared(2, fail)

    assert threading.active_count() == before
