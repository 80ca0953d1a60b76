"""The number of cores that this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")

_share: list[int] = []
"""The number of cores that this process is to use, if it was told."""


def available_cores(root: Path = _ROOT) -> int:
    """The number of cores that this process may use, at least 1.

    It is the number of cores that the process is bound to (by `taskset`, a cpuset or a
    batch system), or a control group's quota of CPU time if that is less. A quota of
    1.5 cores counts as 2, as in Java and .NET: two workers use all of it, one would
    leave a third. (`os.process_cpu_count` needs Python 3.13 and reads no quota.) A
    process that shares them with others has its share, if `take_share` was called.

    Args:
        root: Folder in which /proc and the mounts of the control groups are looked up.
    """
    return max(1, min([_bound(), *_quotas(root), *_share]))


def take_share(parts: int) -> None:
    """Let this process use one of several equal parts of its cores from now on.

    Args:
        parts: Number of parts; a second call replaces the first.
    """
    _share.clear()
    _share.append(available_cores() // parts)


def _bound() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[int]:
    """Every quota that holds for this process, in whole cores, rounded up.

    The quotas of all groups above a process hold too. Linux describes the files in
    cgroups(7) and proc(5), and their content in its "CFS Bandwidth Control" and
    "Control Group v2".
    """
    groups = dict(_groups(root))
    for kind, mounted, point in _mounts(root):
        if kind in groups:
            folder = _inside(groups[kind], mounted)
            for part in (folder, *folder.parents):
                yield from _quota(root / point.lstrip("/") / part)


def _groups(root: Path) -> Iterator[tuple[str, str]]:
    """The kind ("v1" or "v2") and the path of each group that may limit CPU time."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "cpu" in controllers.split(","):
            yield "v1", path
        elif number == "0" and not controllers:
            yield "v2", path


def _mounts(root: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, the group that is mounted, and the mount point of each hierarchy."""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        mount, _, system = line.partition(" - ")
        match mount.split(" ")[3:5], system.split(" "):
            case [mounted, point], ["cgroup2", *_]:
                yield "v2", mounted, point
            case [mounted, point], ["cgroup", _, options] if "cpu" in options.split(
                ","
            ):
                yield "v1", mounted, point


def _inside(group: str, mounted: str) -> PurePosixPath:
    """The folder of a group below the mount point, relative to it.

    In a container the path of a group may be that outside of the container, where its
    own group is all that is mounted.
    """
    path = PurePosixPath(group)
    if ".." in path.parts or not path.is_relative_to(mounted):
        return PurePosixPath()
    return path.relative_to(mounted)


def _quota(folder: Path) -> Iterator[int]:
    """The quota of one group, if it has one."""
    for text in (
        _read(folder / "cpu.max"),
        f"{_read(folder / 'cpu.cfs_quota_us')} {_read(folder / 'cpu.cfs_period_us')}",
    ):
        try:
            quota, period = map(int, text.split())
        except ValueError:  # "max", or no such file
            continue
        if quota > 0 and period > 0:  # -1 is no limit
            yield -(-quota // period)


def _read(file: Path) -> str:
    """The text of a file; none if it cannot be read."""
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except (OSError, ValueError):  # of a name with a null character
        return ""
