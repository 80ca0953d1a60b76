"""A residual U-Net."""
