"""The network of the course report "Autoencoders for Reconstruction"."""
