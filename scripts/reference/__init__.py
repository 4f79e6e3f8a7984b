"""The generated pages of `docs/`, one module for each kind."""
