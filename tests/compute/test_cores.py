"""Cores that a process may use, from a folder that stands in for the machine's root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from denoising_autoencoder.compute.cores import available_cores

V2 = "31 23 0:28 {mounted} /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
V1 = (
    "31 23 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:28 {mounted} /sys/fs/cgroup/cpu,cpuacct rw master:3 - cgroup cgroup "
    "rw,cpu,cpuacct\n"
    "33 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def machine(folder: Path, mounts: str, group: str, files: dict[str, str]) -> Path:
    """A root with these mounts, the group of the process, and files in /sys."""
    own = {"proc/self/mountinfo": mounts, "proc/self/cgroup": group}
    below = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in {**own, **below}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_only_the_cores_that_the_process_is_bound_to_are_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)

    assert available_cores(tmp_path) == 2


@pytest.mark.parametrize(("counted", "expected"), [(6, 6), (None, 1)])
def test_where_no_process_can_be_bound_all_cores_count(
    monkeypatch, tmp_path, counted, expected
):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)

    assert available_cores(tmp_path) == expected


def test_this_very_machine_has_between_one_core_and_those_that_bind():
    assert 1 <= available_cores() <= 8


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", 8),
        ("100000 100000", 1),
        ("150000 100000", 2),  # one worker would leave a third of it
        ("300000 100000", 3),
        ("5000 100000", 1),
        ("20000000 100000", 8),
    ],
)
def test_a_quota_of_cgroup_v2_is_counted_in_whole_cores(tmp_path, quota, cores):
    root = machine(
        tmp_path, V2.format(mounted="/"), "0::/job\n", {"job/cpu.max": f"{quota}\n"}
    )

    assert available_cores(root) == cores


@pytest.mark.parametrize(
    ("own", "parents", "top", "cores"),
    [
        ("400000 100000", "max 100000", "max 100000", 4),
        ("400000 100000", "200000 100000", "max 100000", 2),
        ("max 100000", "max 100000", "300000 100000", 3),
    ],
)
def test_the_smallest_quota_of_all_groups_above_counts(
    tmp_path, own, parents, top, cores
):
    files = {"a/b/cpu.max": own, "a/cpu.max": parents, "cpu.max": top}
    root = machine(tmp_path, V2.format(mounted="/"), "0::/a/b\n", files)

    assert available_cores(root) == cores


@pytest.mark.parametrize(
    ("mounted", "group"),
    [
        ("/", "/"),  # a namespace of its own
        ("/docker/1f", "/docker/1f"),
        ("/", "/docker/1f"),  # the path outside, which is not mounted
        ("/../..", "/docker/1f"),
        ("/", "/../other"),
    ],
)
def test_in_a_container_the_quota_lies_where_its_group_is_mounted(
    tmp_path, mounted, group
):
    for version, mounts, line, files in (
        ("v2", V2, f"0::{group}\n", {"cpu.max": "200000 100000"}),
        (
            "v1",
            V1,
            f"5:memory:/x\n4:cpu,cpuacct:{group}\n0::/\n",
            {
                "cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
                "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
        ),
    ):
        root = machine(tmp_path / version, mounts.format(mounted=mounted), line, files)

        assert available_cores(root) == 2, version


@pytest.mark.parametrize(
    ("quota", "period", "cores"),
    [("-1", "100000", 8), ("250000", "100000", 3), ("50000", "25000", 2)],
)
def test_a_quota_of_cgroup_v1_is_counted_too(tmp_path, quota, period, cores):
    folder = "cpu,cpuacct/batch/job"
    files = {
        f"{folder}/cpu.cfs_quota_us": f"{quota}\n",
        f"{folder}/cpu.cfs_period_us": f"{period}\n",
        "memory/batch/job/cpu.cfs_quota_us": "1\n",
        "memory/batch/job/cpu.cfs_period_us": "1\n",
    }
    group = "5:memory:/batch/job\n4:cpu,cpuacct:/batch/job\n"
    root = machine(tmp_path, V1.format(mounted="/"), group, files)

    assert available_cores(root) == cores


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "max", "max max", "0 0", "100000 0", "-100000 100000", "1e5 1e5"),
        *(
            "100000",
            "100000 100000 100000",
            "nan inf",
            "\0\0",
            "½ 1",
            "9" * 5000 + " 1",
        ),
    ],
)
def test_a_quota_that_makes_no_sense_is_none(tmp_path, text):
    root = machine(tmp_path, V2.format(mounted="/"), "0::/job\n", {"job/cpu.max": text})

    assert available_cores(root) == 8


@pytest.mark.parametrize(
    ("mounts", "group"),
    [
        ("", "0::/\n"),
        (" - \n-\n31 - cgroup2\n31 23 0:28 / - cgroup2 c rw\n", "0::/\n"),
        ("31 23 0:28 / /sys - cgroup x\n", "1:cpu:/\n"),
        (V2.format(mounted="/"), ""),
        (V2.format(mounted="/"), ":::\n0\n0::\n1:cpu\n"),
        (V2.format(mounted="/"), "0::/\0\n"),
        (V2.format(mounted="/"), f"0::/{'a' * 300}/{('b' * 200 + '/') * 30}\n"),
    ],
)
def test_mounts_and_groups_that_make_no_sense_are_no_limit(tmp_path, mounts, group):
    root = machine(tmp_path, mounts, group, {"job/cpu.max": "100000 100000"})

    assert available_cores(root) == 8


def test_a_folder_in_the_place_of_a_file_is_no_limit(tmp_path):
    root = machine(tmp_path, V2.format(mounted="/"), "0::/\n", {"cpu.max/x": ""})

    assert available_cores(root) == 8
