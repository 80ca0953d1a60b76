"""Where work is done: the device, the precision, and processes side by side."""
