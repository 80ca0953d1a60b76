"""A plain chain of convolutions at half resolution."""
