"""A `map` whose calls are made at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class InOrder(Protocol):
    """A `map` whose calls may be made at the same time."""

    def __call__(
        self, function: Callable[[_Item], _Result], items: Iterable[_Item], /
    ) -> Iterator[_Result]:
        """Call a function for each item, and yield the results in their order."""
        ...


@contextmanager
def pool_of(count: int) -> Iterator[InOrder]:
    """Give a `map` that makes its calls in a number of threads.

    An item is read only when a thread will soon be free. Calls that have not begun when
    the block is left are not made.

    Args:
        count: Number of threads.
    """
    pool = ThreadPoolExecutor(count)

    def in_order(
        function: Callable[[_Item], _Result], items: Iterable[_Item], /
    ) -> Iterator[_Result]:
        waiting: deque[Future[_Result]] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            del item  # which may be large, while the caller uses a result
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        yield in_order
    finally:
        pool.shutdown(cancel_futures=True)
