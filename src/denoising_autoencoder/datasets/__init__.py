"""Input and output: what Kedro's own datasets lack."""
