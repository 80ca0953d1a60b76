"""The page that tells a run: what stands on it, and how it is set."""

from denoising_autoencoder.page.render import (
    Comparison,
    Picture,
    Section,
    Table,
    render_page,
)

__all__ = ["Comparison", "Picture", "Section", "Table", "render_page"]
