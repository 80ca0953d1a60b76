"""What a training takes from a tuning, and what it does not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from denoising_autoencoder.errors import DatasetFileError, ParameterError
from denoising_autoencoder.tuning.recipe import (
    array_sha256,
    describe_origins,
    merge,
    read_tuned_recipe,
)
from tests.tuning.chosen import own_block, tuned_recipe


def test_the_command_line_wins_over_the_tuning_and_this_over_the_configuration(project):
    tuned = tuned_recipe(own_block(project))
    own = own_block(
        project, learning_rate=0.5, weight_decay=0.2, seed=9, threads=2, title="Mine"
    )

    merged = merge(tuned, own, {"learning_rate": 0.5, "recipe": "tuned"})

    assert merged.learning_rate == 0.5
    assert merged.steps == 1700
    assert merged.options["width"] == 12
    assert merged.weight_decay == 0.01, "what the tuning held, it chose with"
    # Where, with which seed and under which name it runs is not of the tuning.
    assert (merged.seed, merged.threads, merged.title) == (9, 2, "Mine")


def test_one_parameter_of_the_command_line_changes_that_value_and_no_other(project):
    own = own_block(project)
    tuned, plain = tuned_recipe(own), merge(tuned_recipe(own), own, {})

    given = merge(tuned, own_block(project, l1_penalty=0.5), {"l1_penalty": 0.5})
    option = merge(
        tuned, own_block(project, options={"width": 9}), {"options": {"width": 9}}
    )

    assert given == plain.model_copy(update={"l1_penalty": 0.5})
    assert option.options == {**plain.options, "width": 9}
    assert option.model_copy(update={"options": plain.options}) == plain


def test_the_log_names_the_origin_of_each_value(project):
    tuned = tuned_recipe(own_block(project))
    own = own_block(project, batch_size=32, weight_decay=0.5)
    given = {"batch_size": 32, "recipe": "tuned"}

    lines = describe_origins(tuned, own, given, merge(tuned, own, given))

    assert lines == [
        (
            "  from the tuning: steps 1700 (own: 3000), learning_rate 0.03 (own: "
            "0.02), weight_decay 0.01 (own: 0.5), options.width 12 (own: 8)"
        ),
        "  from the command line: batch_size 32 (tuned: 16)",
        "  from the configuration: all others",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"network": "resunet", "options": {}},
            (
                "dae.network is resunet, but dae was tuned with the network report: "
                "set dae.recipe=own, or tune again by --pipelines=tuning."
            ),
        ),
        (
            {"options": {"layers": 3}},
            "dae.options.layers is 3, but dae was tuned with 2: set",
        ),
    ],
)
def test_another_network_than_the_tuned_one_is_refused(project, changes, expected):
    tuned = tuned_recipe(own_block(project))

    with pytest.raises(ParameterError) as caught:
        merge(tuned, own_block(project, **changes), {})

    assert str(caught.value).startswith(expected)


def test_a_recipe_comes_back_from_json_as_it_was(project):
    tuned = tuned_recipe(own_block(project))

    content = json.loads(json.dumps(tuned.model_dump(mode="json")))

    assert read_tuned_recipe(content, "the file") == tuned


@pytest.mark.parametrize("field", ["values", "candidates", "recipe"])
def test_what_is_not_a_tuned_recipe_is_refused(project, field):
    content = tuned_recipe(own_block(project)).model_dump(mode="json")
    content[field] = {"values": {}, "candidates": [], "recipe": "trial 8"}[field]

    with pytest.raises(DatasetFileError, match="version 1 is damaged or not a tuned"):
        read_tuned_recipe(content, "version 1")


def test_images_are_told_apart_by_values_and_shape():
    images = np.zeros((2, 4, 4, 3), np.float16)
    other = images.copy()
    other[1, 2, 3, 0] = 1e-3

    assert array_sha256(images) == array_sha256(images.copy())
    shas = {array_sha256(one) for one in (images, other, images[..., :1])}
    assert len(shas) == 3
