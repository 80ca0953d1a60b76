"""The processes that `torchrun` has started for one run, and messages between them.

They are plain sends of tensors by gloo. DistributedDataParallel would add the gradients
in an order that depends on the number of processes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from denoising_autoencoder.errors import LostProcessError

if TYPE_CHECKING:
    import torch
    import torch.distributed as dist
    from torch._C._distributed_c10d import Store

PATIENCE = timedelta(minutes=5)
"""Longest time that the others take for their part of a step. A process that has died
is noticed at once."""

FOR_EVER = timedelta(days=365)
"""How long a process waits for the next task, while rank 0 does other work."""

_LOOK = 0.05
"""Seconds between two looks into the store."""


def is_shared() -> bool:
    """Whether torchrun has started several processes, of which this is one."""
    # Some batch systems set the first two only.
    told = {"WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys()
    return told and int(os.environ["WORLD_SIZE"]) > 1


def processes_here() -> int:
    """The number of processes that torchrun has started on this machine, at least 1."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if is_shared() else 1


@dataclass(frozen=True)
class Group:
    """The processes of a run; rank 0 does all but what it asks the others for.

    Attributes:
        rank: Rank of this process.
        size: Number of processes, at least 2.
    """

    rank: int
    size: int

    def send(self, values: torch.Tensor, to: int) -> None:
        """Send a tensor to one process.

        Raises:
            LostProcessError: The process has ended, or hangs.
        """
        import torch.distributed as dist

        with _noticing_losses():
            _wait(dist.isend(values, to), PATIENCE)

    def receive(self, values: torch.Tensor, source: int) -> None:
        """Fill a contiguous tensor with what a process sends.

        Raises:
            LostProcessError: The process has ended, or hangs.
        """
        import torch.distributed as dist

        with _noticing_losses():
            _wait(dist.irecv(values, source), PATIENCE)

    def share(self, values: torch.Tensor, patience: timedelta = PATIENCE) -> None:
        """Fill a tensor of all processes with that of rank 0.

        Raises:
            LostProcessError: A process has ended, or hangs.
        """
        import torch.distributed as dist

        with _noticing_losses():
            _wait(dist.broadcast(values, 0, async_op=True), patience)

    def send_object(self, what: object, to: int) -> None:
        """Send any object that can be pickled.

        Raises:
            LostProcessError: The process has ended, or hangs.
        """
        import torch.distributed as dist

        with _noticing_losses():
            dist.send_object_list([what], to)

    def receive_object(self, source: int) -> Any:
        """Wait for an object, however long.

        Raises:
            LostProcessError: The process has ended.
        """
        import torch.distributed as dist

        objects = [None]
        with _noticing_losses():
            dist.recv_object_list(objects, source)
        return objects[0]

    def gather(self, what: object) -> list[Any]:
        """What all processes give, by rank.

        Raises:
            LostProcessError: A process has ended.
        """
        import torch.distributed as dist

        objects: list[Any] = [None] * self.size
        with _noticing_losses():
            dist.all_gather_object(objects, what)
        return objects


_joined: list[Group] = []


def joined_group() -> Group | None:
    """The group that this process is in, while it is in one."""
    return _joined[0] if _joined else None


@contextmanager
def join() -> Iterator[Group]:
    """Meet the other processes of torchrun, and stay with them during the block.

    Raises:
        LostProcessError: Not all of them come.
    """
    import torch.distributed as dist

    group = Group(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))
    with _noticing_losses():
        store = _store_of_this_attempt(group)
        dist.init_process_group(
            "gloo",
            store=store,
            rank=group.rank,
            world_size=group.size,
            timeout=FOR_EVER,
        )
    _joined.append(group)
    try:
        yield group
    finally:
        _joined.clear()
        dist.destroy_process_group()


def _store_of_this_attempt(group: Group) -> Store:
    """A part of torchrun's store that no earlier attempt has written to.

    The store outlives a restart, and gloo would read the addresses of dead processes
    there. torchrun's count of restarts is that of one machine, so the processes agree
    on a name: rank 0 proposes it, the others answer by names of their own, and it holds
    when rank 0 has repeated these. An old proposal has repeated others.
    """
    from torch._C._distributed_c10d import PrefixStore, TCPStore

    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    serves = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    store = TCPStore(
        address, port, is_master=serves and group.rank == 0, timeout=PATIENCE
    )
    own = uuid4().hex
    if group.rank == 0:
        store.set("proposal", own)
        answers = store.multi_get([f"{own}/{rank}" for rank in range(1, group.size)])
        store.set(f"{own}/answers", b" ".join(answers).decode())
        return PrefixStore(own, store)
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < deadline:
        if store.check(["proposal"]):
            proposal = store.get("proposal").decode()
            store.set(f"{proposal}/{group.rank}", own)
            answers_key = f"{proposal}/answers"
            if store.check([answers_key]) and own in store.get(answers_key).decode():
                return PrefixStore(proposal, store)
        time.sleep(_LOOK)
    raise RuntimeError("rank 0 did not come")


def _wait(work: dist.Work | None, patience: timedelta) -> None:
    assert work is not None
    work.wait(patience)


@contextmanager
def _noticing_losses() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise LostProcessError(
            "A process that shares this training has ended or cannot be reached: "
            "start all of them again with the same command, and the training resumes "
            "from its last checkpoint."
        ) from error
