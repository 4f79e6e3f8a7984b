"""Offline: the engine over files, with the same answers as the stream."""
