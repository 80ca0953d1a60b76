"""Picture files: read, and written again so that nothing but the noise is lost."""
