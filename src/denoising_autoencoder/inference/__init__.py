"""Trained models on picture files: what is read, what is written, and the record."""
