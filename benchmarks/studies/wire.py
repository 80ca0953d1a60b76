"""Two hosts on one machine, joined by a slow wire: network namespaces, Linux and root.

Each namespace has a TAP device. A process of its own carries the frames between them,
at a bandwidth and with a delay; `tc netem` would do it, but not every kernel has it.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

NAMES = ("wire_a", "wire_b")
ADDRESSES = ("10.77.0.1", "10.77.0.2")
DEVICE = "wire0"
_MTU = 9000
_SET_FLAGS, _TAP, _PLAIN = 0x400454CA, 0x0002, 0x1000  # of linux/if_tun.h
_MOST = 4096
"""Frames that wait; more are lost, as on a real wire."""


def missing() -> str | None:
    """Why there can be no namespaces here; None if there can be."""
    if os.name != "posix" or os.geteuid() != 0:
        return "needs root"
    try:
        with _namespaces():
            pass
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here: {error}"
    return None


@contextmanager
def wire(bits_per_second: float, delay: float) -> Iterator[None]:
    """Join the two namespaces during the block.

    Args:
        bits_per_second: Bandwidth in each direction.
        delay: Seconds that a frame takes in one direction, besides its length.
    """
    with _namespaces():
        carrier = subprocess.Popen(
            [sys.executable, __file__, str(bits_per_second), str(delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert carrier.stdout is not None
            carrier.stdout.readline()  # the devices are there
            yield
        finally:
            carrier.communicate()


def inside(host: int, command: list[str]) -> list[str]:
    """A command that runs in one of the namespaces."""
    return ["ip", "netns", "exec", NAMES[host], *command]


def environment(host_environment: dict[str, str]) -> dict[str, str]:
    """Variables with which gloo takes the wire, whatever the host's name means."""
    return {**host_environment, "GLOO_SOCKET_IFNAME": DEVICE}


@contextmanager
def _namespaces() -> Iterator[None]:
    for name in NAMES:  # of a killed run
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
    try:
        for name in NAMES:
            _call("ip", "netns", "add", name)
        yield
    finally:
        for name in NAMES:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _device(host: int) -> int:
    """A TAP device in a namespace; its file."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    name = f"wire_{os.getpid()}_{host}"[:15]
    fcntl.ioctl(file, _SET_FLAGS, struct.pack("16sH", name.encode(), _TAP | _PLAIN))
    space = NAMES[host]
    _call("ip", "link", "set", name, "netns", space)
    ip = ("ip", "-n", space)
    _call(*ip, "link", "set", name, "name", DEVICE, "mtu", str(_MTU))
    _call(*ip, "addr", "add", f"{ADDRESSES[host]}/24", "dev", DEVICE)
    _call(*ip, "link", "set", DEVICE, "up")
    _call(*ip, "link", "set", "lo", "up")
    # Each step's exchange would begin slowly again after the pause for its computation.
    setting = "/proc/sys/net/ipv4/tcp_slow_start_after_idle"
    _call("ip", "netns", "exec", space, "sh", "-c", f"echo 0 > {setting}")
    return file


def _carry(bits_per_second: float, delay: float) -> None:
    """Carry frames until standard input is closed."""
    devices = [_device(host) for host in (0, 1)]
    print("ready", flush=True)
    queues: list[deque[tuple[float, bytes]]] = [deque(), deque()]
    free = [0.0, 0.0]  # when the wire has sent all before
    while True:
        due = [queue[0][0] for queue in queues if queue]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        readable, _, _ = select.select([*devices, 0], [], [], timeout)
        if 0 in readable:
            return
        for host, device in enumerate(devices):
            with suppress(BlockingIOError):
                while device in readable:
                    frame = os.read(device, _MTU + 64)
                    if len(queues[host]) < _MOST:
                        now = time.monotonic()
                        sent = max(free[host], now) + 8 * len(frame) / bits_per_second
                        free[host] = sent
                        queues[host].append((sent + delay, frame))
        for host, queue in enumerate(queues):
            while queue and queue[0][0] <= time.monotonic():
                with suppress(OSError):
                    os.write(devices[1 - host], queue[0][1])
                queue.popleft()


if __name__ == "__main__":
    _carry(float(sys.argv[1]), float(sys.argv[2]))
