"""The compressions that are compared, each with the settings that are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.evaluation.code_length import CodeModel, fit_code_model
from denoising_autoencoder.evaluation.image_files import (
    SUBSAMPLINGS,
    Compressed,
    compress_as_jpeg,
    compress_as_webp,
)
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.pipelines.codes.nodes import first_components
from denoising_autoencoder.pipelines.reporting.lane_data import by_lane

LABELS = {"code": "autoencoder", "pca": "PCA", "jpeg": "JPEG", "webp": "WebP"}
"""What figures and tables call the methods."""

RATES = (0.1, 0.25, 0.5, 1, 2)
"""Bits per pixel of which tables show the PSNR."""

STEPS = tuple(2 ** (power / 2) for power in range(2, -9, -1))
"""Steps of the quantiser, as multiples of the standard deviation of a code's numbers
(the root of their mean variance). At 2 most numbers are rounded to 0; at 1/16 the
rounding costs less than 0.1 dB. Neighbours differ by half a bit in each number that is
not 0."""

QUALITIES = (1, 2, 4, 7, 10, 14, 19, 25, 32, 40, 50, 60, 70, 80, 88, 94)
"""Qualities of JPEG and WebP, denser where the files are small. Above 95 the files of
JPEG grow and hardly change the image."""

Images = Mapping[str, Float16Images]
"""Clean images in [-1, 1], NHWC, by part: training, validation, test."""

_CODES = {
    "training": "train_codes",
    "validation": "validation_codes",
    "test": "codes",
}
"""Field of a lane that has the codes of each part."""


@dataclass(frozen=True)
class Setting:
    """One way to compress images.

    Attributes:
        method: Name of the method: a key of `LABELS`.
        words: The setting, as a table shows it.
        compress: Compresses and decodes the images of a part: validation or test.
        code_size: Numbers in a code; NaN for files.
        step: Step of the quantiser; NaN for files.
        quality: Quality of a file; NaN for codes.
    """

    method: str
    words: str
    compress: Callable[[str], Compressed]
    code_size: float = nan
    step: float = nan
    quality: float = nan


@dataclass(frozen=True)
class _Coded:
    """Codes of images, and their decoder.

    Attributes:
        codes: Codes of the images of each part, (n, numbers).
        decode: From codes to uint8 images.
    """

    codes: Mapping[str, npt.NDArray[np.float16]]
    decode: Callable[[npt.NDArray[np.float32]], UInt8Images]


def settings_of(
    images: Images,
    chosen: Mapping[str, npt.NDArray[np.intp]],
    code_pca: npt.NDArray[np.float32],
    lanes: Mapping[str, Any],
) -> dict[str, list[Setting]]:
    """All settings of each method.

    Args:
        images: The images of each part.
        chosen: Which of all images they are.
        code_pca: Mean image and components: `nodes.fit_code_pca`.
        lanes: "<lane>.model", "<lane>.device" and "<lane>.precision", and the codes of
            all images: "<lane>.train_codes", "<lane>.validation_codes", "<lane>.codes".
    """
    networks = list(_networks(chosen, lanes))
    sizes = sorted({int(setting.code_size) for setting in networks})
    shape = images["training"].shape[1:]
    return {
        "code": networks,
        "pca": [
            setting
            for size in sizes
            for setting in _quantized("pca", _pca(code_pca, size, images, shape))
        ],
        **_files({part: unnormalize(values) for part, values in images.items()}),
    }


def _networks(
    chosen: Mapping[str, npt.NDArray[np.intp]], lanes: Mapping[str, Any]
) -> Iterator[Setting]:
    from denoising_autoencoder.denoisers.codec import trained_codec

    for lane in by_lane(lanes).values():
        codec = trained_codec(lane["model"], lane["device"], lane["precision"])
        codes = {
            part: np.asarray(lane[field])[chosen[part]]
            for part, field in _CODES.items()
        }
        yield from _quantized("code", _Coded(codes, codec.decode))


def _pca(
    code_pca: npt.NDArray[np.float32],
    size: int,
    images: Images,
    shape: tuple[int, ...],
) -> _Coded:
    fitted = first_components(code_pca, size)
    return _Coded(
        {part: fitted.encode(values) for part, values in images.items()},
        lambda codes: unnormalize(fitted.decode(codes)).reshape(-1, *shape),
    )


def _quantized(method: str, coded: _Coded) -> Iterator[Setting]:
    """A setting for each step, with a model of the training images' codes."""
    training = coded.codes["training"]
    size = training.shape[1]
    deviation = float(np.sqrt(training.var(axis=0, dtype=np.float64).mean()))
    # Codes of equal images differ by their rounding only: any step says it all.
    varies = deviation > np.finfo(np.float16).smallest_normal
    for step in [multiple * deviation for multiple in STEPS] if varies else [1.0]:
        model = fit_code_model(training, step)
        yield Setting(
            method,
            f"{size} numbers, step {step:.3g}",
            _compress_codes(coded, model),
            code_size=size,
            step=step,
        )


def _compress_codes(coded: _Coded, model: CodeModel) -> Callable[[str], Compressed]:
    def compress(part: str) -> Compressed:
        symbols = model.quantize(coded.codes[part])
        none = np.zeros(len(symbols))
        decoded = coded.decode(model.dequantize(symbols))
        return Compressed(decoded, model.bits(symbols), none, none)

    return compress


def _files(images: Mapping[str, UInt8Images]) -> dict[str, list[Setting]]:
    def jpeg(quality: int, subsampling: str) -> Setting:
        return Setting(
            "jpeg",
            f"quality {quality}, {subsampling}",
            lambda part: compress_as_jpeg(images[part], quality, subsampling),
            quality=quality,
        )

    def webp(quality: int) -> Setting:
        return Setting(
            "webp",
            f"quality {quality}",
            lambda part: compress_as_webp(images[part], quality),
            quality=quality,
        )

    return {
        "jpeg": [jpeg(q, colors) for colors in SUBSAMPLINGS for q in QUALITIES],
        "webp": [webp(quality) for quality in QUALITIES],
    }
