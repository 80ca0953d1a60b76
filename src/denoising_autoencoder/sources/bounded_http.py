"""HTTP answers of which only so many bytes are read.

A server can send without end anything that an answer has: its body, but also interim
answers, chunks of a size below zero, trailers. The libraries read most of these to
their end, so what is counted here is all that comes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter


def bounded_session(most: int, too_much: Callable[[], Exception]) -> Session:
    """A session that ends an answer beyond a size with an error.

    Args:
        most: Largest number of bytes of an answer, with all of its headers.
        too_much: Makes the error.
    """

    class BoundedResponse(HTTPResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fp = io.BufferedReader(_Bounded(self.fp, most, too_much))

    class Adapter(HTTPAdapter):
        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
            connection = pool.ConnectionCls
            pool.ConnectionCls = type(
                "BoundedConnection", (connection,), {"response_class": BoundedResponse}
            )
            return pool

    session = Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter())
    return session


class _Bounded(io.RawIOBase):
    """The bytes of a file, up to a number of them."""

    def __init__(
        self, file: io.BufferedIOBase, most: int, too_much: Callable[[], Exception]
    ) -> None:
        self._file, self._left, self._too_much = file, most, too_much

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto1(buffer)
        self._left -= count
        if self._left < 0:
            raise self._too_much()
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
