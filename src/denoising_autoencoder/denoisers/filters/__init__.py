"""Classical filters: what a network must beat."""
