"""A store on this machine that answers as S3 does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

KEY, SECRET = "AKIATESTONLYNOTAKEY0", "test/secret/that/nobody/may/write/down00"


@contextmanager
def serving(*buckets: str) -> Iterator[str]:
    """Serve empty buckets, and let AWS's variables name the store.

    Yields:
        The address of the server.
    """
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3")
        for bucket in buckets:
            client.create_bucket(Bucket=bucket)
        try:
            yield f"http://{host}:{port}"
        finally:
            client.close()
            server.stop()
