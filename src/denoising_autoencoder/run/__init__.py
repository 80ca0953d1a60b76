"""Around a run: command line, session, interrupts, and errors in one sentence."""
