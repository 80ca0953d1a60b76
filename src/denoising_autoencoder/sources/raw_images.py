"""What every source gives: images, the photograph of each, and labels if it has any."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.images import CHANNELS, to_grey


def _no_labels() -> NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(frozen=True)
class SourceFile:
    """A picture file that images were cut from.

    Attributes:
        name: Path in its folder.
        sha256: Hexadecimal SHA-256 of the file.
        photograph: Id of its images in `RawImages`.
    """

    name: str
    sha256: str
    photograph: int


@dataclass(frozen=True, eq=False)
class RawImages:
    """The images of one source, as they are at rest.

    Attributes:
        name: Name of the images in tables and titles, for example "CIFAR-10".
        train_images: uint8 of shape (n, height, width, channels), 0 to 255: three
            channels are RGB, one is grey.
        test_images: The same for testing, of the same height, width and channels.
        train_photographs: int32 of shape (n,): the photograph that each image is cut
            from. An image that is a photograph of its own has an id of its own.
        test_photographs: The same for the test images; no id is in both.
        train_labels: int32 of shape (n,): what each training image shows, as a number
            from 0; of shape (0,) if the source does not say.
        test_labels: The same for the test images; empty if train_labels is.
        training_only: Ids of photographs that must not serve for validation, such as
            those whose crops overlap.
        files: The picture files that the images are cut from, if there are any.
        skipped: A sentence for each file that was left out.

    Raises:
        ValueError: If an array has another dtype or shape, a photograph is on both
            sides of the split, a label is negative, or only one part has labels.
    """

    name: str
    train_images: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    train_photographs: NDArray[np.int32]
    test_photographs: NDArray[np.int32]
    train_labels: NDArray[np.int32] = field(default_factory=_no_labels)
    test_labels: NDArray[np.int32] = field(default_factory=_no_labels)
    training_only: tuple[int, ...] = ()
    files: tuple[SourceFile, ...] = ()
    skipped: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that later steps would misread."""
        for part in ("train", "test"):
            self._check(part)
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise ValueError(
                f"Training images of {self.train_images.shape[1:]} and test images of "
                f"{self.test_images.shape[1:]} differ in height, width or channels."
            )
        shared = np.intersect1d(self.train_photographs, self.test_photographs)
        if shared.size:
            raise ValueError(
                f"Photograph {shared[0]} has images for training and for testing."
            )
        if bool(self.train_labels.size) != bool(self.test_labels.size):
            raise ValueError("Only one of train_labels and test_labels has labels.")
        unknown = sorted(set(self.training_only) - set(self.train_photographs.tolist()))
        if unknown:
            raise ValueError(
                f"training_only names photograph {unknown[0]}, which has no images."
            )

    def in_channels(self, channels: int) -> RawImages:
        """The same images with a number of channels.

        Args:
            channels: 3, or 1: colours become grey as in `images.to_grey`.

        Raises:
            ImageSourceError: The images are grey and are to have three channels. To a
                network three equal channels look like no photograph, so it would learn
                to denoise neither colours nor grey.
        """
        own = self.train_images.shape[-1]
        if channels == own:
            return self
        if channels > own:
            raise ImageSourceError(
                f"The images {self.name!r} are grey: add images.channels=1, and "
                "options.channels=1 to each lane that is to learn them."
            )
        return replace(
            self,
            train_images=to_grey(self.train_images),
            test_images=to_grey(self.test_images),
        )

    def count_test_in_training(self) -> int:
        """Number of test images that are training images too, to the last pixel.

        Images for validation count as training images. Hashes are compared: that two of
        60,000 different images have the same is as likely as one in ten thousand
        million.
        """
        training = {hash(image.tobytes()) for image in self.train_images}
        return sum(hash(image.tobytes()) in training for image in self.test_images)

    def _check(self, part: str) -> None:
        images = getattr(self, f"{part}_images")
        if (
            images.dtype != np.uint8
            or images.ndim != 4
            or images.shape[-1] not in CHANNELS
        ):
            raise ValueError(
                f"{part}_images are {images.dtype} of shape {images.shape}, not uint8 "
                "of shape (n, height, width, 1 or 3)."
            )
        ids = getattr(self, f"{part}_photographs")
        if ids.dtype != np.int32 or ids.shape != images.shape[:1]:
            raise ValueError(
                f"{part}_photographs are {ids.dtype} of shape {ids.shape}, not int32 "
                f"of shape {images.shape[:1]}."
            )
        labels = getattr(self, f"{part}_labels")
        if labels.dtype != np.int32 or labels.shape not in (images.shape[:1], (0,)):
            raise ValueError(
                f"{part}_labels are {labels.dtype} of shape {labels.shape}, not int32 "
                f"of shape {images.shape[:1]}, or empty."
            )
        if labels.size and labels.min() < 0:
            raise ValueError(f"{part}_labels has the negative label {labels.min()}.")


def one_photograph_each(
    train: int, test: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number images that are each a photograph of their own.

    Args:
        train: Number of training images.
        test: Number of test images.

    Returns:
        int32 ids 0 to train - 1, and the ids that follow them for the test images.
    """
    ids = np.arange(train + test, dtype=np.int32)
    return ids[:train], ids[train:]
