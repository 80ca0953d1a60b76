"""How good images are, and whether one method is better than another."""
