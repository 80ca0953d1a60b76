"""The work of a training, and how long a processor takes for it."""

from __future__ import annotations

_FLOP_PER_MAC = 6
"""A multiplication and an addition, in the forward pass, for the gradients of the
inputs and for those of the weights."""

_GFLOPS = {
    ("AMX", "bfloat16"): 360,
    ("AMX", "float32"): 120,
    ("AVX512-BF16", "bfloat16"): 160,
    ("AVX512-BF16", "float32"): 115,
    ("AVX-512", "float32"): 115,
    ("AVX2", "float32"): 60,
}
"""GFLOP/s of one core, by instruction set and precision, in steps of the ResUNet.

The Xeon with AMX, as it is and restricted to AVX-512 and to AVX2, on one core, in
micro-batches of 8; bfloat16 with AVX512-BF16: docs/results/rates.csv, an AMD EPYC."""

_IMAGE_SECONDS = 0.22e-3
"""Seconds of one core for an image of 32x32 pixels apart from multiplications: memory,
calls, noise. This is most of the time of the course report's network (4.7 to 5.5 ms a
step of 16 images, with AMX as with AVX2)."""

_PIXELS = 32 * 32


def training_tflop(macs: float, images: float) -> float:
    """The floating-point operations of a training, in TFLOP (10^12).

    They do not depend on the machine, unlike seconds.

    Args:
        macs: Multiply-accumulates of the network for one image, forward.
        images: Number of images that the training sees, each as often as it does.
    """
    return _FLOP_PER_MAC * macs * images / 1e12


def image_seconds(
    macs: float, pixels: int, instructions: str, precision: str
) -> float | None:
    """Estimate the seconds of one idle core for an image in a step of training.

    Args:
        macs: Multiply-accumulates of the network for one image, forward.
        pixels: Number of pixels of an image.
        instructions: As `machine.instruction_set` names them.
        precision: "float32" or "bfloat16".

    Returns:
        Seconds, or None for a processor or a precision that was not measured.
    """
    gflops = _GFLOPS.get((instructions, precision))
    if gflops is None:
        return None
    multiplying = 1000 * training_tflop(macs, images=1) / gflops
    return multiplying + _IMAGE_SECONDS * pixels / _PIXELS
