from __future__ import annotations

import torch

from denoising_autoencoder.denoisers.self_ensemble import self_ensemble


def test_what_depends_on_no_direction_stays_as_it_is():
    images = torch.rand(2, 3, 4, 6)

    outputs = self_ensemble(lambda batch, sigma: batch * sigma)(images, 0.5)

    torch.testing.assert_close(outputs, images * 0.5)


def test_a_shift_is_averaged_over_all_its_turns():
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, 2, 2] = 1

    # To the right by one; turned eight ways that is twice each way.
    outputs = self_ensemble(lambda batch, _: batch.roll(1, dims=3))(image)

    expected = torch.zeros(5, 5)
    expected[2, 1] = expected[2, 3] = expected[1, 2] = expected[3, 2] = 0.25
    torch.testing.assert_close(outputs[0, 0], expected)


def test_each_of_eight_passes_sees_another_turn():
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    seen = []

    def keep(batch: torch.Tensor, _) -> torch.Tensor:
        seen.append(tuple(batch.ravel().tolist()))
        return batch

    outputs = self_ensemble(keep)(image)

    assert len(set(seen)) == 8
    torch.testing.assert_close(outputs, image)
