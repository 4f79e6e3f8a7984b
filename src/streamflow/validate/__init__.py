"""Validate: bytes become a transaction or a rejection; never nothing, never an exception."""

from streamflow.validate.validator import Validator, ValidTransaction

__all__ = ["ValidTransaction", "Validator"]
