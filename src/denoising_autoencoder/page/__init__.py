"""The page of a run: what it consists of, and how it becomes HTML."""

from denoising_autoencoder.page.render import (
    Comparison,
    Picture,
    Section,
    Table,
    render_page,
)

__all__ = ["Comparison", "Picture", "Section", "Table", "render_page"]
