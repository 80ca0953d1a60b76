"""Tiles give the pixels of the whole picture, for every network that ships."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.denoisers.tiles import Reach, cut_tiles, find_reach
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.any_size import AnySize
from denoising_autoencoder.networks.build import build_network

NETWORKS = {
    "report": ("report", {}),
    "report with an input skip": ("report", {"layers": 3, "input_skip": True}),
    "resunet": ("resunet", {"widths": [8, 12]}),
    "resunet at half resolution": (
        "resunet",
        {"widths": [8, 12], "blocks": [1, 2], "unshuffle": 2},
    ),
    "resunet of three levels": (
        "resunet",
        {"widths": [4, 6, 8], "blocks": [1, 2, 2], "unshuffle": 3},
    ),
    "resunet with batch norm": (
        "resunet",
        {"widths": [8], "blocks": [2], "batch_norm": True, "input_skip": False},
    ),
    "ffdnet": ("ffdnet", {"width": 8}),
}


def network_of(name: str) -> nn.Module:
    """A network in which no branch starts at zero, and that does not clamp."""
    kind, options = NETWORKS[name]
    network = build_network(kind, 0, options).eval()
    generator = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        drawn = torch.randn(parameter.shape, generator=generator)
        parameter.data = drawn / parameter[0].numel() ** 0.5
    network.training = kind != "report"
    return network


def picture(height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.rand((1, 3, height, width), generator=generator) - 0.5


def by_tiles(denoiser, images: torch.Tensor, side: int, reach: Reach) -> torch.Tensor:
    outputs = torch.full_like(images, torch.nan)
    for tile in cut_tiles(*images.shape[2:], side, reach):
        part = denoiser(images[(..., *tile.seen)])
        outputs[(..., *tile.core)] = part[(..., *tile.inner)]
    return outputs


@pytest.mark.parametrize("name", NETWORKS)
def test_tiled_equals_untiled_on_odd_sizes_and_a_smaller_halo_does_not(name):
    denoiser = NetworkDenoiser(network_of(name), "cpu")
    reach = find_reach(denoiser, 3)
    side = reach.halo + reach.multiple
    images = picture(2 * side + 3, side + 3)

    whole = denoiser(images)
    tiled = by_tiles(denoiser, images, side, reach)

    smaller = Reach(reach.halo - reach.multiple, reach.multiple)
    torch.testing.assert_close(tiled, whole, rtol=0, atol=1e-5)
    assert whole.std() > 0.1
    assert (by_tiles(denoiser, images, side, smaller) - whole).abs().max() > 1e-5


@pytest.mark.parametrize("name", ["resunet", "ffdnet"])
def test_tiled_equals_untiled_in_bfloat16(name):
    denoiser = NetworkDenoiser(network_of(name), "cpu", "bfloat16")
    reach = find_reach(denoiser, 3)
    images = picture(2 * reach.halo + 7, 41)

    tiled = by_tiles(denoiser, images, reach.halo, reach)

    torch.testing.assert_close(tiled, denoiser(images), rtol=0, atol=1e-5)


def test_tiles_that_are_not_aligned_differ_from_the_whole_picture():
    denoiser = NetworkDenoiser(network_of("resunet"), "cpu")
    halo = find_reach(denoiser, 3).halo
    images = picture(2 * halo + 3, 31)

    tiled = by_tiles(denoiser, images, halo + 1, Reach(halo + 5, multiple=1))

    assert (tiled - denoiser(images)).abs().max() > 0.1


@pytest.mark.parametrize("name", NETWORKS)
def test_the_measured_alignment_is_that_of_the_network(name):
    network = network_of(name)
    multiple = network.multiple if isinstance(network, AnySize) else 1

    assert find_reach(NetworkDenoiser(network, "cpu"), 3).multiple == multiple


@pytest.mark.parametrize(
    ("name", "options", "reach"),
    [
        # 4 convolutions of 3x3 at full resolution.
        ("report", {}, Reach(4, 1)),
        # 8 of 3x3 at half resolution.
        ("ffdnet", {"width": 4}, Reach(16, 2)),
        # 2 x (1 + 2) at full and 8 at half resolution: 22, and a 1x1 to upsample.
        ("resunet", {"widths": [4, 4]}, Reach(24, 2)),
        # Longer than the first test images.
        ("ffdnet", {"width": 1, "layers": 64}, Reach(128, 2)),
    ],
)
def test_the_reach_is_that_which_is_worked_out_by_hand(name, options, reach):
    network = build_network(name, 0, options).eval()

    assert find_reach(NetworkDenoiser(network, "cpu"), 3) == reach


def test_a_reach_along_one_axis_only_is_found():
    layer = nn.Conv2d(1, 1, (1, 7), padding=(0, 3))

    assert find_reach(lambda images, _: layer(images).detach(), 1) == Reach(3, 1)


def test_a_network_that_looks_at_the_whole_picture_is_refused_in_one_sentence():
    def subtract_mean(images: torch.Tensor, _: float | None) -> torch.Tensor:
        return images - images.mean(dim=(2, 3), keepdim=True)

    with pytest.raises(ProjectError, match=r"^[^.]*whole pictures only[^.]*\.$"):
        find_reach(subtract_mean, 3)


def test_tiles_cover_each_pixel_once_and_cut_the_halo_at_the_border():
    counts = np.zeros((41, 23), int)
    tiles = list(cut_tiles(41, 23, side=19, reach=Reach(8, 4)))
    for tile in tiles:
        counts[tile.core] += 1

    assert (counts == 1).all()
    assert [tile.core[0].start for tile in tiles] == [0, 0, 16, 16, 32, 32]
    assert tiles[0].seen == (slice(0, 24), slice(0, 20))
    assert tiles[3].core == (slice(16, 32), slice(12, 23))
    assert tiles[3].seen == (slice(8, 40), slice(4, 23))
    assert tiles[3].inner == (slice(8, 24), slice(8, 19))
    assert tiles[4].seen[0] == slice(24, 41)
