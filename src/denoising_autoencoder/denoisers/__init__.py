"""Everything that removes noise, under one contract."""
