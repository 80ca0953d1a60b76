"""A linear probe: what a linear classifier finds in codes.

How well a linear classifier can read labels from codes that were learned without labels
is a usual measure of what they say (Alain and Bengio, 2016, "Understanding intermediate
layers using linear classifier probes"). scikit-learn, an extra, is imported inside the
functions that use it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Values that are tried of scikit-learn's `C`: the weight of the errors against that of
the squared coefficients. The smallest regularizes most."""

_MOST_STEPS = 1000
"""Largest number of steps of the optimizer; it takes less than a hundred as a rule."""

_THREADS = 1
"""More would wait for one another, for minutes if another program is running."""

Codes = npt.NDArray[np.floating[Any]]
"""(n, numbers), any float dtype."""

Labels = npt.NDArray[np.integer[Any]]
"""(n,)."""


class Labelled(NamedTuple):
    """Codes and what their images show."""

    codes: Codes
    labels: Labels


class Probe(NamedTuple):
    """Which labels a linear classifier finds.

    Attributes:
        found: Whether it finds the label of each test code; bool, (n,).
        strength: The value of `STRENGTHS` that was chosen.
    """

    found: npt.NDArray[np.bool_]
    strength: float


def probe(train: Labelled, validation: Labelled, test: Labelled) -> Probe:
    """Fit multinomial logistic regressions, choose one, and test it.

    Each number of a code is centred and divided by its standard deviation, both of the
    training codes; otherwise regularization would act on large numbers less. The
    regression that finds most of the validation labels is chosen; of equal ones, the
    one with most regularization. The test codes only judge it.

    Args:
        train: Codes and labels that the classifiers are fitted on, of two labels at
            least.
        validation: Those that the regularization is chosen on.
        test: Those that the chosen one is tested on.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    # Sums over half precision overflow.
    parts = [part.codes.astype(np.float64) for part in (train, validation, test)]
    scaler = StandardScaler().fit(parts[0])
    fitted, *judged = (scaler.transform(part) for part in parts)
    # Each fit starts from the one before, which is near.
    model = LogisticRegression(max_iter=_MOST_STEPS, warm_start=True)
    best, tested, chosen = -1, np.empty(0, np.bool_), 0.0
    with threadpool_limits(_THREADS):
        for strength in STRENGTHS:
            model.set_params(C=strength).fit(fitted, train.labels)
            found = [
                model.predict(codes) == part.labels
                for codes, part in zip(judged, (validation, test), strict=True)
            ]
            if found[0].sum() > best:
                best, tested, chosen = int(found[0].sum()), found[1], strength
    return Probe(tested, chosen)
