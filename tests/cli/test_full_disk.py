"""A disk that is full or read-only: one sentence, and nothing that was saved is lost.

The disk is mounted in a namespace of its own, where no other process sees it.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.artifacts import check_that_all_is_whole, manifest, newest
from tests.processes import run

pytestmark = pytest.mark.slow

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-euc"]


@pytest.fixture(autouse=True, scope="module")
def _can_mount() -> None:
    command = [*NAMESPACE, "mount -t tmpfs none /mnt"]
    if not shutil.which("unshare") or run(command).returncode:
        pytest.skip("users of this system cannot mount a disk of their own")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Folder where the small disk is mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def shell(kedro, *lines: str):
    return kedro.call([*NAMESPACE, "\n".join(lines)])


def test_a_full_disk_is_named_and_with_room_the_run_is_resumed(
    kedro_after_a_run, kedro_anywhere, disk, tmp_path
):
    kedro, before, after = kedro_after_a_run, tmp_path / "data", tmp_path / "after"
    images = f"{kedro.images()},split.validation_fraction=0.2"
    second = kedro_anywhere(disk / "data").command(params=images)
    log = tmp_path / "log"

    run = shell(
        kedro,
        # Room for two runs, but at first for less than the training images take.
        f"mount -t tmpfs -o size=20m none {disk}",
        f"cp -r {before} {disk}",
        f"free=$(df --block-size=1 --output=avail {disk} | tail -1)",
        f"head -c $((free - 700000)) /dev/zero > {disk}/filler",
        f"{shlex.join(second)} > {log} 2>&1 || echo code $?",
        f"cat {log}",
        f"find {disk}/data -name '.*' -printf 'left over: %p'",
        f"rm {disk}/filler",
        f"eval \"$(sed -n '/resume the run with:/{{n;p}}' {log})\"",
        f"cp -r {disk}/data {after}",
    )

    assert run.code == 0, run.output
    assert "code 1" in run.output
    assert "Traceback" not in run.output
    assert "left over" not in run.output
    (error,) = log.read_text().split("Error: ")[1:]
    assert error.startswith(f"{disk}/data/")
    assert "cannot be written (No space left on device): make room" in error
    assert "kedro run --from-nodes=data_engineering.normalize_images" in error
    was = {after / path.relative_to(before): v for path, v in manifest(before).items()}
    check_that_all_is_whole(after, was)
    assert newest(after).keys() == newest(before).keys()
    changed = "03_primary/train_images.npy"
    assert newest(after)[changed] != newest(before)[changed]


def test_a_read_only_disk_is_named(kedro_after_a_run):
    kedro = kedro_after_a_run
    before = manifest(kedro.data)

    run = shell(
        kedro,
        f"mount --bind {kedro.data} {kedro.data}",
        f"mount -o remount,bind,ro {kedro.data}",
        shlex.join(kedro.command("--pipelines=reporting")),
    )

    assert run.code == 1
    assert "Traceback" not in run.output
    (error,) = run.output.split("Error: ")[1:]
    assert "cannot be written (Read-only file system)" in error
    assert manifest(kedro.data) == before
