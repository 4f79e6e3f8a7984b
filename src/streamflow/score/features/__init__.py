"""Features: what an event looks like against its customer's memory. One definition, for the stream, the backtest and training."""

from streamflow.score.features.catalogue import FEATURE_NAMES, FEATURE_SET_VERSION, FEATURES, MISSION_FEATURES, Feature
from streamflow.score.features.observation import Observation, Repeat, observe

__all__ = [
    "FEATURES",
    "FEATURE_NAMES",
    "FEATURE_SET_VERSION",
    "MISSION_FEATURES",
    "Feature",
    "Observation",
    "Repeat",
    "observe",
]
