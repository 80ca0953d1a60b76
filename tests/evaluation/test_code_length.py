"""Lengths of codes: against known entropies, and against a range coder."""

from __future__ import annotations

import math

import numpy as np
import pytest
from constriction import stream

from denoising_autoencoder.evaluation.code_length import (
    CodeModel,
    NumberModel,
    fit_code_model,
)
from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.images import normalize

COUNT = 20_000


def laplace(rng: np.random.Generator) -> np.ndarray:
    return rng.laplace(3, 1.5, COUNT)


def gauss(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(-2, 1.5, COUNT)


def laplace_entropy(step: float) -> float:
    """Bits of a Laplace distribution of scale 1.5 that is rounded to a step."""
    half = math.exp(-step / 2 / 1.5)
    ratio = math.exp(-step / 1.5)
    # 1 - half at 0, and on both sides a geometric series with the sum half / 2.
    beside = half / 2 * (1 - ratio) * ratio ** np.arange(100)
    return -(1 - half) * math.log2(1 - half) - 2 * (beside * np.log2(beside)).sum()


def gauss_entropy(step: float) -> float:
    edges = (np.arange(-200, 202) - 0.5) * step / 1.5
    below = np.array([math.erf(edge / math.sqrt(2)) / 2 for edge in edges])
    shares = np.diff(below)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


@pytest.mark.parametrize("step", [0.2, 1.0, 3.0, 6.0])
@pytest.mark.parametrize(
    ("draw", "entropy"), [(laplace, laplace_entropy), (gauss, gauss_entropy)]
)
def test_new_codes_take_the_bits_of_their_entropy(draw, entropy, step):
    rng = np.random.default_rng(0)
    model = fit_code_model(draw(rng)[:, None], step)

    bits = model.bits(model.quantize(draw(rng)[:, None]))

    expected = entropy(step)
    error = 4 * bits.std() / math.sqrt(COUNT)
    assert bits.mean() == pytest.approx(expected, rel=0.01, abs=0.005 + error)


def test_codes_are_rounded_to_the_nearest_multiple_around_the_training_mean():
    training = np.array([[1.0, 10.0], [3.0, 10.0]])  # means of 2 and 10

    model = fit_code_model(training, 0.5)

    symbols = model.quantize(np.array([[2.2, 9.9], [2.3, 11.0], [-2.0, 10.0]]))
    np.testing.assert_array_equal(symbols, [[0, 0], [1, 2], [-8, 0]])
    decoded = model.dequantize(symbols)
    np.testing.assert_array_equal(decoded, [[2.0, 10.0], [2.5, 11.0], [-2.0, 10.0]])


def test_a_number_that_never_changes_takes_hardly_any_bits():
    model = fit_code_model(np.full((999, 3), 7.0), 0.1)

    bits = model.bits(model.quantize(np.full((4, 3), 7.0)))

    # Only the chance of 2 in 1,000 that it changes, three times.
    np.testing.assert_allclose(bits, -3 * math.log2(1 - 2 / 1000))


def test_every_symbol_can_be_coded_and_the_probabilities_sum_to_one():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(500, 4)) * [10, 1, 0.01, 0]
    codes[0, 1] = 80.0  # far from all others

    model = fit_code_model(codes, 0.5)

    for number, column in zip(model.numbers, model.quantize(codes).T, strict=True):
        assert number.probabilities.sum() == pytest.approx(1)
        assert number.probabilities.min() > 0
        assert number.lowest == column.min()
        assert len(number.probabilities) == np.ptp(column) + 2


def test_what_is_outside_of_the_alphabet_takes_an_escape_and_its_distance():
    number = NumberModel(-1, np.array([0.25, 0.5, 0.125, 0.125]))  # -1, 0, 1, escape

    bits = number.bits(np.array([-1, 0, 1, 2, 3, 5, -2, -9]))

    # Escapes take 3 bits, a side of 1, and 1, 3, 5, 1 and 7 for distances of 1, 2, 4, 1
    # and 8.
    np.testing.assert_array_equal(bits, [2, 1, 3, 5, 7, 9, 5, 11])


def test_a_range_coder_reaches_the_length_and_gives_the_symbols_back(photograph):
    crops = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    images = normalize(np.random.default_rng(0).permutation(crops))
    pca = fit_pca(images[:180], 48)
    model = fit_code_model(pca.encode(images[:180]), 0.5)
    symbols = model.quantize(pca.encode(images[180:]))

    words = encode(model, symbols)

    # The training codes are few, so escapes occur.
    assert any(
        (number.places(column) == len(number.probabilities) - 1).any()
        for number, column in zip(model.numbers, symbols.T, strict=True)
    )
    assert 32 * len(words) == pytest.approx(model.bits(symbols).sum(), rel=0.01)
    np.testing.assert_array_equal(decode(model, words, len(symbols)), symbols)


def encode(model: CodeModel, symbols: np.ndarray) -> np.ndarray:
    """Words of 32 bits that hold quantised codes."""
    coder, bit = stream.queue.RangeEncoder(), stream.model.Uniform(2)
    for number, column in zip(model.numbers, symbols.T, strict=True):
        places = number.places(column)
        coder.encode(places, categorical(number))
        escape = len(number.probabilities) - 1
        for symbol in column[places == escape].tolist():
            above = symbol > number.lowest
            end = number.lowest + escape - 1 if above else number.lowest
            digits = f"{abs(symbol - end):b}"
            # Elias's gamma code: as many zeros as there are digits after the first.
            for digit in f"{above:d}{'0' * (len(digits) - 1)}{digits}":
                coder.encode(int(digit), bit)
    return coder.get_compressed()


def decode(model: CodeModel, words: np.ndarray, count: int) -> np.ndarray:
    coder, bit = stream.queue.RangeDecoder(words), stream.model.Uniform(2)
    symbols = np.empty((count, len(model.numbers)), np.int32)
    for number, column in zip(model.numbers, symbols.T, strict=True):
        places = coder.decode(categorical(number), count)
        column[:] = places + number.lowest
        escape = len(number.probabilities) - 1
        for index in np.flatnonzero(places == escape):
            above = coder.decode(bit)
            zeros = 0
            while not coder.decode(bit):
                zeros += 1
            distance = 1
            for _ in range(zeros):
                distance = 2 * distance + coder.decode(bit)
            highest = number.lowest + escape - 1
            column[index] = highest + distance if above else number.lowest - distance
    return symbols


def categorical(number: NumberModel) -> object:
    return stream.model.Categorical(
        number.probabilities.astype(np.float32), perfect=False
    )
