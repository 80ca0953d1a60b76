"""Where raw images come from: a module for each source, all giving `RawImages`."""
