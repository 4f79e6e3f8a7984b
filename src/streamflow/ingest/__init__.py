"""Ingest: what can be said of a record before its value is read."""

from streamflow.ingest.record import refuse_unreadable

__all__ = ["refuse_unreadable"]
