"""Where secrets are kept. One module per backend."""
