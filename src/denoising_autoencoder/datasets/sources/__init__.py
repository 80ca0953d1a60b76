"""Where raw images come from: one module a source, each read as `RawImages`."""
