"""The one thing that can go wrong with a model that was read without complaint."""

from streamflow.contracts.errors import StreamFlowError


class ModelOutputError(StreamFlowError):
    """A model's raw score for a row is no finite number, so there is no evidence to be had from it; the rules decide alone."""
