"""What is loaded from CSV equals what was saved, whatever a reader would guess."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.framework.startup import bootstrap_project
from kedro.io import DatasetError

from denoising_autoencoder.datasets.history import HistoryDataset
from denoising_autoencoder.datasets.table import TableDataset
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.run.session import CleanSession
from tests.pipelines.reports import NOISE, metrics_of, scores

NAMES = [
    *("NA", "None", "nan", "null", "", "true", "1e5", "2024", "007", "1,000", " x "),
    *("=cmd|' /C calc'!A0", "+1", "@a", "-1+1", "'=1", "\t=1", "a;=1", '"=1"', "a\rb"),
    *("two\nlines", "\u5199\u771f \U0001f4f7", "\u202eabc\u200b", "x" * 10_000),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def again(path: Path, table: pd.DataFrame, *text: str) -> pd.DataFrame:
    """Save a table and load it."""
    TableDataset(filepath=str(path), text=text).save(table)
    return TableDataset(filepath=str(path), text=text).load()


def test_every_type_of_column_comes_back_with_its_values(path):
    smallest, largest = 5e-324, 1.7976931348623157e308
    table = pd.DataFrame(
        {
            "int": [0, -(2**62), 2**62, 1],
            "float": [0.1 + 0.2, 1 / 3, smallest, -largest],
            "whole": [1.0, 2.0, 3.0, -0.0],
            "special": [np.inf, -np.inf, np.nan, 0.5],
            "missing": [np.nan] * 4,
            "bool": [True, False, True, True],
            "text": pd.Series(["a", None, "", "NA"], dtype=str),
            "nothing": pd.Series([None] * 4, dtype=str),
        }
    )

    loaded = again(path, table, "text", "nothing")

    pd.testing.assert_frame_equal(loaded, table, check_exact=True)


def test_a_table_without_rows_keeps_its_columns(path):
    table = pd.DataFrame({"a": pd.Series(dtype=str), "b": pd.Series(dtype=float)})

    pd.testing.assert_frame_equal(again(path, table, "a"), table)
    objects = pd.DataFrame([], columns=["a", "b"])
    pd.testing.assert_frame_equal(again(path, objects, "a"), table)


def test_ordinary_tables_are_the_csv_that_they_always_were(path):
    table = pd.DataFrame(
        {"model": ["dae", "a, b"], "psnr": [24.5, np.nan], "n": [1, 2]}
    )

    loaded = again(path, table, "model")

    assert path.read_bytes() == b'model,psnr,n\ndae,24.5,1\n"a, b",,2\n'
    pd.testing.assert_frame_equal(loaded, table)


def test_names_go_through_the_catalogs_tables_as_they_are(project, tmp_path):
    tables = [metrics_of(name, NOISE, dae=scores([25.0], 0.1)) for name in NAMES]
    table = pd.concat(tables, ignore_index=True)
    bootstrap_project(project)
    given = {"data_root": str(tmp_path)}
    with CleanSession.create(project, env="test", runtime_params=given) as session:
        catalog = session.load_context().catalog
        catalog.save("metrics", table)
        loaded = catalog.load("metrics")

    assert loaded["images"].tolist() == NAMES
    pd.testing.assert_frame_equal(loaded, table)
    with next(tmp_path.rglob("metrics.csv/*/metrics.csv")).open(newline="") as file:
        cells = [row[1] for row in csv.reader(file)]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]


def test_text_that_the_catalog_does_not_name_is_refused_before_it_is_lost(path):
    for table, text in [
        (pd.DataFrame({"name": ["a"]}), ()),
        (pd.DataFrame({"name": [1]}), ("name",)),
        (pd.DataFrame({"name": ["a", 1]}), ("name",)),
    ]:
        with pytest.raises(DatasetError, match="The column name is"):
            TableDataset(filepath=str(path), text=text).save(table)
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", bytes(400), b"model,psnr\na,1,2,3\nb\n", b"psnr\n1\n"),
        *(b"model,psnr\na,high\n", b"model,psnr\n\xff\xfe,1\n", b'model,psnr\n"a,1'),
    ],
)
def test_a_damaged_table_is_named_in_one_sentence(path, content):
    path.write_bytes(content)

    with pytest.raises(DatasetError) as caught:
        TableDataset(filepath=str(path), text=["model"]).load()

    assert isinstance(caught.value.__cause__, DatasetFileError)
    assert f"{path} is damaged or not a table" in str(caught.value.__cause__)


def test_a_table_is_previewed_by_its_first_rows(path):
    TableDataset(filepath=str(path), text=["model"]).save(
        pd.DataFrame({"model": ["NA", "b", "c"], "psnr": [1.5, 2.0, 3.0]})
    )

    assert TableDataset(filepath=str(path), text=["model"]).preview(nrows=2) == {
        "index": [0, 1],
        "columns": ["model", "psnr"],
        "data": [["NA", 1.5], ["b", 2.0]],
    }


def test_a_history_is_previewed_as_curves(path):
    rows = {"step": [0, 9], "split": ["training"] * 2, "mse": [0.5, 0.25]}
    HistoryDataset(filepath=str(path), text=["split"]).save(pd.DataFrame(rows))

    preview = HistoryDataset(filepath=str(path), text=["split"]).preview()

    (curve,) = preview["data"]
    assert (curve["name"], curve["x"], curve["y"]) == ("training", [0, 9], [0.5, 0.25])
