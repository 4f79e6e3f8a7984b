"""StreamFlow: finds fraud in payments while they happen."""

__version__ = "0.1.0"
