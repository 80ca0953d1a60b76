"""A runner whose nodes are tasks of Dask, on several processes or machines."""

from denoising_autoencoder.run.dask.runner import DaskRunner

__all__ = ["DaskRunner"]
