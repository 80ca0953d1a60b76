"""A run: the command line, the session, and errors in a sentence."""
