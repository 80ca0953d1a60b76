"""The names of versions, and the version of a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from denoising_autoencoder.artifacts import versions
from denoising_autoencoder.artifacts.local_folder import LocalFolder
from denoising_autoencoder.artifacts.versions import (
    following,
    is_version,
    newest_version,
)
from denoising_autoencoder.errors import DatasetFileError

claim = partial(versions.claim, store=LocalFolder())

EARLY, LATE = "2026-01-01T00.00.00.000Z", "2026-03-29T01.59.59.999Z"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (LATE, True),
        ("backup", False),
        (f"{LATE} (copy)", False),
        (f".{LATE}", False),
        ("2026-02-30T00.00.00.000Z", False),  # not in the calendar
        ("2026-01-01T24.00.00.000Z", False),
        ("٢٠٢٦-01-01T00.00.00.000Z", False),  # digits, but sorted after all others
    ],
)
def test_a_version_is_named_after_a_moment(name, expected):
    assert is_version(name) is expected


def test_the_version_after_another_is_a_millisecond_later():
    assert following(EARLY) == "2026-01-01T00.00.00.001Z"
    assert following("2026-12-31T23.59.59.999Z") == "2027-01-01T00.00.00.000Z"
    with pytest.raises(DatasetFileError, match="No version can come after 9999"):
        following("9999-12-31T23.59.59.999Z")


def test_the_newest_version_of_all_artifacts_is_found(tmp_path):
    for name in ("a/" + EARLY, "b/" + LATE, "b/zzz", "c"):
        (tmp_path / name).mkdir(parents=True)

    assert newest_version([tmp_path / name for name in "abcd"]) == LATE
    assert newest_version([]) == ""


def reserved(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def test_a_run_gets_the_version_of_the_clock_if_that_is_the_newest(tmp_path):
    with claim(LATE, EARLY, tmp_path) as version:
        assert version == LATE
        assert reserved(tmp_path) == [f".{LATE}.run"]

    assert reserved(tmp_path) == []


@pytest.mark.parametrize("clock", [EARLY, LATE])
def test_a_run_of_an_early_clock_comes_after_what_is_saved(tmp_path, clock):
    with claim(clock, LATE, tmp_path) as version:
        assert version == following(LATE)


def test_runs_of_one_millisecond_get_one_each(tmp_path):
    with (
        claim(EARLY, "", tmp_path) as first,
        claim(EARLY, "", tmp_path) as second,
        claim(EARLY, "", tmp_path) as third,
    ):
        assert len({first, second, third}) == 3
        assert (first, second) == (EARLY, following(EARLY))


def test_a_run_comes_after_one_that_goes_on_and_has_saved_nothing_yet(tmp_path):
    """The clock has gone back since that one began."""
    with claim(LATE, "", tmp_path), claim(EARLY, "", tmp_path) as version:
        assert version == following(LATE)


def test_first_runs_of_one_millisecond_make_the_folder_and_remove_it_if_it_is_empty(
    tmp_path,
):
    root = tmp_path / "data"
    with claim(EARLY, "", root) as first, claim(EARLY, "", root) as second:
        assert (first, second) == (EARLY, following(EARLY))
    assert not root.exists()


def test_a_run_reserves_nothing_where_it_cannot(tmp_path):
    (tmp_path / "file").touch()
    with claim(EARLY, "", tmp_path / "file" / "data") as version:
        assert version == EARLY
