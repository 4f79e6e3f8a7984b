"""Small programs of the build, on the standard library alone: they run before `.venv` exists."""
