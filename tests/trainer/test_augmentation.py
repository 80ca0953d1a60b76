from __future__ import annotations

import pytest
import torch

from denoising_autoencoder.trainer.augmentation import dihedral


def test_eight_equal_images_become_the_eight_symmetries_of_the_square():
    image = torch.arange(3 * 3 * 2, dtype=torch.float32).reshape(3, 3, 2)

    turned = dihedral(image.expand(8, 3, 3, 2), seen=0)

    expected = {
        turn.numpy().tobytes()
        for rotated in (torch.rot90(image, k) for k in range(4))
        for turn in (rotated, rotated.flip(0))
    }
    assert len(expected) == 8
    assert {turn.numpy().tobytes() for turn in turned} == expected
    assert torch.equal(turned[0], image)
    assert turned.is_contiguous()


def test_rectangles_are_flipped_and_keep_their_shape():
    image = torch.arange(2 * 3, dtype=torch.float32).reshape(2, 3, 1)

    turned = dihedral(image.expand(4, 2, 3, 1), seen=0)

    assert turned.shape == (4, 2, 3, 1)
    expected = {image.flip(sides).numpy().tobytes() for sides in ((), 0, 1, (0, 1))}
    assert {turn.numpy().tobytes() for turn in turned} == expected


def test_images_and_their_noisy_versions_go_the_same_way():
    clean = torch.rand(13, 4, 4, 3)

    assert torch.equal(dihedral(clean + 1, seen=5), dihedral(clean, seen=5) + 1)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_batches_of_less_than_eight_images_get_to_all_symmetries_too(size):
    image = torch.arange(9, dtype=torch.float32).reshape(3, 3, 1)

    turned = [
        dihedral(image.expand(size, 3, 3, 1), seen=batch * size) for batch in range(8)
    ]

    ways = [way.numpy().tobytes() for batch in turned for way in batch]
    assert ways[:size] == list(dict.fromkeys(ways[:size]))
    assert [ways.count(way) for way in set(ways)] == [size] * 8
