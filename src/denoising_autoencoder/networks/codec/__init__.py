"""An autoencoder with a small code: a linear code, and networks around it."""
