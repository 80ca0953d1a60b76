"""A disk that is full or may not be written: one sentence, and what was saved is there.

In a mount namespace of its own, so that no one else sees the small disk.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.artifacts import check_that_all_is_whole, manifest, newest

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-euc"]


def _has_namespaces() -> bool:
    try:
        command = [*NAMESPACE, "mount -t tmpfs none /mnt"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(
    not _has_namespaces(), reason="this system lets no user mount a disk of its own"
)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where the small disk is mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def shell(kedro, *lines: str):
    return kedro.call([*NAMESPACE, "\n".join(lines)])


def test_a_full_disk_is_named_and_with_room_the_run_goes_on(
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


def test_a_disk_that_may_not_be_written_is_named_and_read(kedro_after_a_run):
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
