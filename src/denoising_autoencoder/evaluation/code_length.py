"""How many bits the numbers of codes take: quantised, under a fitted probability model.

A number of a code is rounded to a multiple of a step. How likely each multiple is has
been learned from training codes, for each number of the code on its own. An image then
takes -log2 of the probability of its multiples, in bits (Shannon, 1948). A range coder
comes so close to it that a test can ask for 1 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.floating[Any]]
"""(n, numbers in a code), any float dtype."""

Symbols = npt.NDArray[np.int32]
"""Quantised codes: (n, numbers in a code)."""

SHAPES = tuple(0.35 * 2 ** (power / 2) for power in range(7))
"""Exponents of the generalised Gaussian, 0.35 to 2.8: 1 is near Laplace's, 2 Gauss's.
Neighbours differ by some thousandths of a bit."""

_UNIFORM = 0.001
"""Share of the alphabet that is equally likely, so that no probability is 0. The others
lose 0.0014 bits a number by it."""


@dataclass(frozen=True)
class NumberModel:
    """How likely each value of one quantised number is.

    Attributes:
        lowest: First symbol of the alphabet.
        probabilities: float64, (symbols + 1,): of `lowest` and the symbols after it,
            and at the end of an escape, for what is outside of the alphabet.
    """

    lowest: int
    probabilities: npt.NDArray[np.float64]

    def places(self, symbols: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int32]:
        """The place of each symbol in `probabilities`; the last place is the escape.

        Args:
            symbols: (n,).
        """
        escape = len(self.probabilities) - 1
        places = symbols.astype(np.int32) - self.lowest
        places[(places < 0) | (places >= escape)] = escape
        return places

    def bits(self, symbols: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float64]:
        """The length of each symbol, in bits.

        After an escape one bit says on which side the symbol is, and Elias's gamma code
        how far outside of the alphabet: 2 floor(log2 d) + 1 bits for a distance d >= 1
        (Elias, 1975).

        Args:
            symbols: (n,).
        """
        lengths: npt.NDArray[np.float64] = -np.log2(self.probabilities)
        lengths = lengths[self.places(symbols)]
        highest = self.lowest + len(self.probabilities) - 2
        outside = np.maximum(self.lowest - symbols, symbols - highest)
        far = outside > 0
        lengths[far] += 2 + 2 * np.floor(np.log2(outside[far]))
        return lengths


@dataclass(frozen=True)
class CodeModel:
    """A quantiser of codes, and the lengths of what it gives.

    A decoder needs all of it, as it needs the weights. It does not depend on the image
    and does not count as bits of an image.

    Attributes:
        step: Distance between neighbouring values, the same for all numbers.
        centers: float32, (numbers in a code,): what symbol 0 stands for.
        numbers: A model for each number.
    """

    step: float
    centers: npt.NDArray[np.float32]
    numbers: tuple[NumberModel, ...]

    def quantize(self, codes: Codes) -> Symbols:
        """Round codes to symbols.

        Args:
            codes: (n, numbers in a code).
        """
        return np.rint(_in_steps(codes, self.centers, self.step)).astype(np.int32)

    def dequantize(self, symbols: Symbols) -> npt.NDArray[np.float32]:
        """The codes that symbols stand for: the middles of their intervals.

        Args:
            symbols: (n, numbers in a code).
        """
        return self.centers + np.float32(self.step) * symbols.astype(np.float32)

    def bits(self, symbols: Symbols) -> npt.NDArray[np.float64]:
        """The length of each code: (n,), in bits, not rounded.

        Args:
            symbols: (n, numbers in a code).
        """
        total = np.zeros(len(symbols))
        for number, column in zip(self.numbers, symbols.T, strict=True):
            total += number.bits(column)
        return total


def fit_code_model(codes: Codes, step: float) -> CodeModel:
    """Learn from training codes how likely each quantised value is.

    Args:
        codes: (n, numbers in a code), at least 2 codes.
        step: Distance between neighbouring values, above 0.

    Raises:
        ValueError: The step is not above 0.
    """
    if not step > 0:
        raise ValueError(f"invalid step {step}: it must be above 0")
    centers = codes.mean(axis=0, dtype=np.float64).astype(np.float32)
    scaled = _in_steps(codes, centers, step)
    return CodeModel(step, centers, tuple(map(_fit_number, scaled.T)))


def _in_steps(
    codes: Codes, centers: npt.NDArray[np.float32], step: float
) -> npt.NDArray[np.float32]:
    return (codes.astype(np.float32) - centers) / np.float32(step)


def _fit_number(values: npt.NDArray[np.float32]) -> NumberModel:
    """Fit one number to training values in units of the step, (n,).

    The distribution is a generalised Gaussian, as Mallat (1989) fits it to wavelet
    coefficients: a density that falls as exp(-|x / scale|^shape). Its scale is the most
    likely one for each shape; among the shapes the one with the shortest training codes
    is taken.
    """
    from scipy.special import gammainc

    symbols = np.rint(values).astype(np.int32)
    lowest, highest = int(symbols.min()), int(symbols.max())
    counts = np.bincount(symbols - lowest)
    shapes = np.array(SHAPES)[:, None]
    size = np.abs(values.astype(np.float64))
    scales = (shapes * (size**shapes).mean(axis=1, keepdims=True)) ** (1 / shapes)
    scales = np.maximum(scales, 1e-6)  # a number that never changes has a scale of 0
    edges = np.arange(lowest, highest + 2) - 0.5
    below = np.sign(edges) * gammainc(1 / shapes, np.abs(edges / scales) ** shapes)
    fitted = np.diff(below, axis=1)
    fitted /= fitted.sum(axis=1, keepdims=True)
    fitted = (1 - _UNIFORM) * fitted + _UNIFORM / len(counts)
    best = fitted[np.argmin(-np.log2(fitted) @ counts)]
    # A new value is below or above all n old ones with a probability of 2 / (n + 1).
    escape = 2 / (len(values) + 1)
    return NumberModel(lowest, np.append((1 - escape) * best, escape))
