"""Files on the disk, without Kedro: written whole or not at all, and what made them."""
