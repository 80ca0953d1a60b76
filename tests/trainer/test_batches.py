from __future__ import annotations

import threading
from itertools import islice

import numpy as np
import pytest
import torch

from denoising_autoencoder.compute import reading
from denoising_autoencoder.denoisers import batches as passes
from denoising_autoencoder.denoisers.batches import (
    as_network_input,
    consecutive_batches,
)
from denoising_autoencoder.trainer.batches import Batch, shuffled_batches


def numbered(count: int, dtype: type = np.float32) -> np.ndarray:
    """Images that carry their own index in every value but one."""
    images = np.empty((count, 4, 5, 3), dtype)
    images[:] = np.arange(count).reshape(-1, 1, 1, 1)
    images[:, 0, 0, 0] = 0.5
    return images


def indices(batches: list[Batch]) -> list[int]:
    return [int(value) for batch in batches for value in batch.images[:, 3, 4, 2]]


@pytest.mark.parametrize(("count", "batch_size"), [(10, 4), (3, 7), (7, 1)])
def test_every_image_comes_once_before_any_comes_again(count, batch_size):
    batches = list(islice(shuffled_batches(numbered(count), batch_size, 0), 6 * count))

    drawn = indices(batches)
    epochs = [drawn[start : start + count] for start in range(0, len(drawn), count)]
    assert len(epochs) == 6 * batch_size
    assert all(sorted(epoch) == list(range(count)) for epoch in epochs)
    assert {tuple(batch.images.shape) for batch in batches} == {(batch_size, 4, 5, 3)}


def test_the_order_is_new_for_each_epoch_and_decided_by_the_seed():
    def order(seed: int) -> list[int]:
        return indices(list(islice(shuffled_batches(numbered(50), 10, seed), 15)))

    drawn = order(3)
    epochs = {tuple(drawn[start : start + 50]) for start in (0, 50, 100)}
    assert len(epochs) == 3
    assert tuple(range(50)) not in epochs
    assert order(3) == drawn != order(4)


def test_pixels_stay_in_their_place_within_an_image():
    images = np.random.default_rng(0).normal(size=(6, 4, 5, 3)).astype(np.float32)
    marked = numbered(6)

    batch = next(shuffled_batches(images, 6, seed=1)).images.numpy()
    order = indices([next(shuffled_batches(marked, 6, seed=1))])

    np.testing.assert_array_equal(batch, images[order])


def test_each_image_comes_with_its_index_and_how_often_it_came_before():
    batches = list(islice(shuffled_batches(numbered(10), 4, seed=0), 10))

    seen = [0] * 10
    for batch in batches:
        for image, index, epoch in zip(
            indices([batch]), batch.indices, batch.epochs, strict=True
        ):
            assert image == index
            assert seen[index] == epoch
            seen[index] += 1
    assert seen == [4] * 10


def test_batches_that_are_skipped_are_counted_too():
    whole = list(islice(shuffled_batches(numbered(10), 4, seed=0), 9))
    later = list(islice(shuffled_batches(numbered(10), 4, seed=0, skip=6), 3))

    for expected, batch in zip(whole[6:], later, strict=True):
        assert torch.equal(batch.images, expected.images)
        assert batch.epochs.tolist() == expected.epochs.tolist()


def test_a_file_larger_than_the_memory_is_read_ahead_in_the_same_order(
    tmp_path, monkeypatch
):
    np.save(tmp_path / "images.npy", numbered(10, np.float16))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    reads: list[str] = []
    take = np.take

    def note(*given: object, **named: object) -> np.ndarray:
        reads.append(threading.current_thread().name)
        return take(*given, **named)

    monkeypatch.setattr(np, "take", note)
    whole = list(islice(shuffled_batches(images, 4, seed=0), 12))
    assert set(reads) == {threading.current_thread().name}
    monkeypatch.setattr(reading, "_LARGE", 0)
    reads.clear()
    for skip in (0, 5):
        ahead = shuffled_batches(images, 4, seed=0, skip=skip)
        for expected, batch in zip(whole[skip:], ahead, strict=False):
            assert torch.equal(batch.images, expected.images)
            assert batch.indices.tolist() == expected.indices.tolist()
            assert batch.epochs.tolist() == expected.epochs.tolist()
        ahead.close()

    assert len(reads) > 12 + 7
    assert threading.current_thread().name not in reads


@pytest.mark.parametrize("view", [np.s_[::2], np.s_[3:], np.s_[:, 1:]])
def test_a_part_of_a_large_file_is_not_taken_for_the_file(tmp_path, view, monkeypatch):
    np.save(tmp_path / "images.npy", numbered(10))
    np.save(tmp_path / "fortran.npy", np.asfortranarray(numbered(10)))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")[view]
    fortran = np.load(tmp_path / "fortran.npy", mmap_mode="r")
    monkeypatch.setattr(reading, "_LARGE", 0)

    for array in (images, fortran):
        batch = next(shuffled_batches(array, 3, seed=1))
        np.testing.assert_array_equal(batch.images, array[batch.indices])


def test_consecutive_batches_give_all_images_once_and_in_order(monkeypatch):
    monkeypatch.setattr(passes, "PIXELS", 4 * 4 * 5 + 19)
    images = np.random.default_rng(0).normal(size=(10, 4, 5, 3)).astype(np.float16)

    batches = list(consecutive_batches(images))

    assert [len(batch) for batch in batches] == [4, 4, 2]
    np.testing.assert_array_equal(torch.cat(batches).numpy(), images.astype(np.float32))


@pytest.mark.parametrize(
    ("side", "images", "sizes"),
    [(32, 129, [64, 64, 1]), (128, 9, [4, 4, 1]), (800, 2, [1, 1])],
)
def test_a_pass_has_as_many_pixels_whatever_the_size_of_the_images(side, images, sizes):
    same = np.broadcast_to(np.float16(0), (images, side, side, 3))

    assert [len(batch) for batch in consecutive_batches(same)] == sizes


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_batches_are_float32_copies_of_a_read_only_file(tmp_path, dtype):
    np.save(tmp_path / "images.npy", numbered(10, dtype))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")

    for batch in (
        next(shuffled_batches(images, 4, seed=0)).images,
        next(consecutive_batches(images)),
    ):
        assert batch.dtype == torch.float32
        assert batch.is_contiguous()
        batch.zero_()

    np.testing.assert_array_equal(images, numbered(10, dtype))


def test_a_batch_is_seen_as_nchw_without_a_copy():
    batch = torch.arange(2 * 4 * 5 * 3.0).reshape(2, 4, 5, 3)

    seen = as_network_input(batch)

    assert seen.shape == (2, 3, 4, 5)
    assert seen[1, 2, 3, 4] == batch[1, 3, 4, 2]
    assert seen.data_ptr() == batch.data_ptr()
    assert seen.is_contiguous(memory_format=torch.channels_last)
