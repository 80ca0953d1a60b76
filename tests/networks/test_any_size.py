"""Images of any size, the input skip, and the parts that networks share."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from denoising_autoencoder.networks.any_size import AnySize
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.input_skip import InputSkip
from denoising_autoencoder.networks.upsample import upsample


def images(height: int = 32, width: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.rand((2, 3, height, width), generator=generator) * 2 - 1


class Tripling(nn.Module):
    """Keeps its input and multiplies it by 3."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.seen = batch
        return 3 * batch


def test_images_are_padded_with_their_last_row_and_column_and_cropped_again():
    inside, batch = Tripling(), images(5, 6)

    outputs = AnySize(inside, multiple=4).train()(batch)

    assert inside.seen.shape == (2, 3, 8, 8)
    assert torch.equal(inside.seen[..., :5, :6], batch)
    assert torch.equal(inside.seen[..., 5:, :6], batch[..., 4:, :].expand(2, 3, 3, 6))
    assert torch.equal(inside.seen[..., 6:], inside.seen[..., 5:6].expand(2, 3, 8, 2))
    assert torch.equal(outputs, 3 * batch)


def test_the_input_skip_adds_the_input_and_the_range_is_kept_only_in_evaluation():
    network, batch = InputSkip(Tripling(), multiple=4), images(5, 6)

    assert torch.equal(network.train()(batch), batch + 3 * batch)
    assert torch.equal(network.eval()(batch), (4 * batch).clamp(-1, 1))


@pytest.mark.parametrize("name", ["resunet", "ffdnet"])
@pytest.mark.parametrize("size", [(32, 32), (17, 23)])
def test_an_untrained_residual_network_returns_its_input(name, size):
    network = build_network(name, seed=0)

    with torch.inference_mode():
        assert torch.equal(network(images(*size)), images(*size))


def test_every_weight_of_a_residual_network_learns():
    # Branches that start at zero must not stay there.
    network = build_network(
        "resunet", seed=0, options={"widths": [4, 6, 8], "blocks": [1, 1, 1]}
    )
    start = {name: value.clone() for name, value in network.named_parameters()}
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(4):
        optimizer.zero_grad()
        (network(images()) - images() * 0.5).square().mean().backward()
        optimizer.step()

    for name, value in network.named_parameters():
        assert not torch.equal(value, start[name]), name


def test_upsampling_computes_what_a_transposed_convolution_computes():
    layer = upsample(5, 3)
    expected = nn.ConvTranspose2d(5, 3, 2, stride=2)
    with torch.no_grad():
        # (in, out, 2, 2) there; here the four pixels one after the other, as 1x1.
        weight = expected.weight.permute(2, 3, 1, 0).reshape(12, 5, 1, 1)
        layer[0].weight.copy_(weight)
        layer[0].bias.copy_(expected.bias.repeat(4))
    features = torch.randn(2, 5, 4, 6).to(memory_format=torch.channels_last)

    fine = layer(features)

    torch.testing.assert_close(fine, expected(features))
    assert fine.is_contiguous(memory_format=torch.channels_last)
