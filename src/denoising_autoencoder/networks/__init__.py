"""Networks: a folder each, with the options and the forward pass."""
