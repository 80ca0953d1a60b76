"""What decides the bits of a training, and the reason that is given for another."""

from __future__ import annotations

import shutil

import grimp
import pytest

from denoising_autoencoder.trainer.ingredients import (
    CODE,
    PACKAGE,
    code_digests,
    explain_difference,
)

HARMLESS = {"artifacts", "errors", "parameters", "terminal", "validation"}
"""What a training imports and what changes no bit. The recipe is its own ingredient."""


def test_everything_that_decides_the_bits_is_counted_with_all_that_it_imports():
    imports = grimp.build_graph(PACKAGE.name, cache_dir=None)
    counted = {
        ".".join([PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts])
        for globs in CODE.values()
        for glob in globs
        for file in PACKAGE.glob(glob)
    }
    counted = {module.removesuffix(".__init__") for module in counted}

    imported = {
        upstream
        for module in counted
        for upstream in imports.find_upstream_modules(module)
    }

    assert all(list(PACKAGE.glob(glob)) for globs in CODE.values() for glob in globs)
    rest = {module.split(".")[1] for module in imported - counted}
    assert rest - HARMLESS == set()


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("page/render.py", None),
        ("hooks/checkpoints.py", None),
        ("denoisers/filters/methods.py", None),
        ("trainer/schedule.py", "trainer"),
        ("networks/resunet/network.py", "networks"),
        ("noise/__init__.py", "noise"),
        ("compute/precision.py", "compute"),
    ],
)
def test_a_comment_counts_only_in_code_that_decides_the_bits(tmp_path, file, part):
    package = shutil.copytree(PACKAGE, tmp_path / "package")
    before = code_digests(package)

    with (package / file).open("a") as source:
        source.write("# A comment.\n")

    after = code_digests(package)
    assert {name for name in CODE if before[name] != after[name]} == {part} - {None}


def ingredients(**changes):
    return {
        "code": {"trainer": "1", "networks": "2"},
        "versions": {"PyTorch": "2.10", "NumPy": "2.3"},
        "recipe": {"learning_rate": 0.1, "steps": 10},
        "device": "cpu",
        "weights": "3",
        "data": "4",
        **changes,
    }


@pytest.mark.parametrize(
    ("saved", "reason"),
    [
        (None, "it was saved by an earlier release"),
        (
            ingredients(code={"trainer": "1", "networks": "0"}, weights="0"),
            "the code of networks changed",
        ),
        (
            ingredients(versions={"PyTorch": "2.9", "NumPy": "2.3"}),
            "PyTorch changed",
        ),
        (
            ingredients(recipe={"steps": 10, "gone": 1}, data="0"),
            "the recipe changed: learning_rate, gone; the data changed",
        ),
        (ingredients(device="cuda"), "the device changed"),
        (ingredients(weights="0"), "the initial weights changed"),
    ],
)
def test_the_reason_names_what_changed(saved, reason):
    assert explain_difference(saved, ingredients()) == reason
