"""One opened picture, denoised page by page."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Literal

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.compare import Halves, busiest_halves
from denoising_autoencoder.inference.models import Models, NamedModel
from denoising_autoencoder.pictures.reading import shown

if TYPE_CHECKING:
    import torch

    from denoising_autoencoder.compute.in_order import InOrder
    from denoising_autoencoder.denoisers.contract import Denoiser, Sigma
    from denoising_autoencoder.denoisers.tiles import Reach
    from denoising_autoencoder.pictures.kind import Page, Picture, Samples

_AS_COLOUR = math.sqrt(3)
"""Factor of the noise of a grey picture that a colour model gets. It expects the noise
of three channels to be independent, so that their mean has a sigma that is smaller by
this factor. In three equal channels it is not: with the sigma itself most of the noise
would stay."""

_PAGES = 5
"""Number of pages of a stack from which its noise is estimated."""

Done = Callable[[int], None]
"""Gets the number of pixels that were denoised since it was called before."""


@dataclass(frozen=True)
class Recipe:
    """How pictures are denoised.

    Attributes:
        models: The model for grey and for colour pictures.
        sigma: Standard deviation of the noise in levels of 255; None to estimate it.
        strength: How much of the noise is removed: 0 gives the input, 1 what the model
            says, up to 2.
        compare: Whether the first page is kept before and after.
        device: "auto", "cpu" or "cuda".
        threads: "auto", or the number of CPU threads.
    """

    models: Models
    sigma: float | None = None
    strength: float = 1.0
    compare: bool = False
    device: str = "auto"
    threads: int | Literal["auto"] = "auto"

    @contextmanager
    def workshop(self, channels: Collection[int]) -> Iterator[Workshop]:
        """Build the networks, and keep threads ready while the block runs.

        Args:
            channels: Channels of the pictures that come, without alpha: 1 and/or 3.

        Raises:
            ProjectError: A network cannot be built, or not be used in tiles; or the
                device is not there.
        """
        from denoising_autoencoder.compute.device import pick_device
        from denoising_autoencoder.compute.threads import on_threads

        device = pick_device(self.device)
        with on_threads(self.threads, device) as in_order:
            tools = {
                count: _tool(self.models[count], count, self.device)
                for count in sorted(channels)
            }
            yield Workshop(self, tools, in_order)


@dataclass(frozen=True)
class Tool:
    """A model, ready for pictures of a number of channels."""

    model: NamedModel
    denoiser: Denoiser
    reach: Reach


@dataclass(frozen=True)
class Workshop:
    """Denoises pictures by a recipe.

    Attributes:
        recipe: How they are denoised.
        tools: The model for each number of channels.
        in_order: `map` for the tiles.
    """

    recipe: Recipe
    tools: Mapping[int, Tool]
    in_order: InOrder

    def denoise(self, picture: Picture, done: Done) -> Denoised:
        """Look at an opened picture; its pages are denoised when they are read.

        Args:
            picture: The picture, which stays open until the pages were read.
            done: Function that gets the number of pixels after each tile.

        Raises:
            PictureError: The file cannot be read.
        """
        sigma = self.recipe.sigma
        first = picture.read_page(0)
        if sigma is None:
            sigma = _estimate(picture, first)
        return Denoised(self, picture, first, sigma, done)


class Denoised:
    """A picture whose pages are denoised as they are read.

    Attributes:
        model: The model that denoises it.
        sigma: Standard deviation of the noise, in levels of 255.
        told: Noise level that the model gets: that noise times a strength above 1, and
            times `_AS_COLOUR` for a grey picture and a colour model.
        halves: The busiest region of the first page before and after, once that was
            read, if the recipe has a comparison; else None.
    """

    def __init__(
        self,
        workshop: Workshop,
        picture: Picture,
        first: Page,
        sigma: float,
        done: Done,
    ) -> None:
        self.model = workshop.tools[picture.channels].model
        self.sigma = sigma
        self.told = sigma
        if not self.model.is_blind:
            self.told *= max(1, workshop.recipe.strength)
            self.told *= _AS_COLOUR if picture.channels < self.model.channels else 1
        self.halves: Halves | None = None
        self._workshop = workshop
        self._picture = picture
        self._first: Page | None = first
        self._done = done

    def pages(self) -> Iterator[Page]:
        """The denoised pages, each computed a little before it is asked for; once.

        Raises:
            PictureError: The file cannot be read, or has changed meanwhile.
        """
        from denoising_autoencoder.denoisers.restore import restore_all

        waiting: deque[Page] = deque()
        tool = self._workshop.tools[self._picture.channels]
        restored = restore_all(
            tool.denoiser,
            self._colors(waiting),
            self._picture.range,
            self.sigma,
            self._workshop.recipe.strength,
            tool.reach,
            blind=tool.model.is_blind,
            in_order=self._workshop.in_order,
            done=self._done,
        )
        for index, color in enumerate(restored):
            if index == 0 and self._workshop.recipe.compare:
                self.halves = busiest_halves(waiting[0].color, color)
            # The source's pixels are not kept while the result is written.
            yield replace(waiting.popleft(), color=color)

    def _colors(self, waiting: deque[Page]) -> Iterator[Samples]:
        """The colours of each page, which is added to those that wait for a result."""
        for index in range(self._picture.pages):
            # The first one was read for the estimate.
            page, self._first = self._first, None
            waiting.append(page or self._picture.read_page(index))
            del page
            yield waiting[-1].color


def _estimate(picture: Picture, first: Page) -> float:
    """The noise of a picture; of a stack, the median over some pages."""
    from denoising_autoencoder.noise.estimate import estimate_sigma

    step = max(1, picture.pages // _PAGES)
    others = list(range(step, picture.pages, step))[: _PAGES - 1]
    return median(
        [
            estimate_sigma(first.color, picture.range),
            *(
                estimate_sigma(picture.read_page(index).color, picture.range)
                for index in others
            ),
        ]
    )


def _tool(model: NamedModel, channels: int, device: str) -> Tool:
    """Rebuild a model.

    Raises:
        ProjectError: It does not fit this package, or pictures of any size.
    """
    from denoising_autoencoder.denoisers.network import trained_denoiser
    from denoising_autoencoder.denoisers.tiles import find_reach

    denoiser: Denoiser = trained_denoiser(model.model, device, "auto")
    if model.image_size is not None:
        height, width = model.image_size
        raise ProjectError(
            f"The model {shown(model.name)} takes images of {width}x{height} pixels "
            "only: name one for pictures of any size."
        )
    if model.channels != channels:
        denoiser = _ForOtherChannels(denoiser, model.channels)
    return Tool(model, denoiser, find_reach(denoiser, channels))


class _ForOtherChannels:
    """A colour model for grey pictures, or a grey model for colour pictures.

    Neither is as good as a model of the right kind. A colour model sees a grey picture
    as three equal channels, and a grey model sees a colour picture channel by channel.
    """

    def __init__(self, denoiser: Denoiser, channels: int) -> None:
        self._denoiser = denoiser
        self._channels = channels

    def __call__(
        self, images: torch.Tensor, sigma: Sigma | None = None
    ) -> torch.Tensor:
        """Denoise images; see `Denoiser`."""
        count, _, height, width = images.shape
        if self._channels == 3:
            told = None if sigma is None else sigma * _AS_COLOUR
            grey = self._denoiser(images.expand(count, 3, height, width), told)
            return grey.mean(dim=1, keepdim=True)
        single = self._denoiser(images.reshape(-1, 1, height, width), sigma)
        return single.reshape(images.shape)
