"""How computations run: device, threads, precision, processes."""
