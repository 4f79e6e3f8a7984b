"""Features: what an event looks like against its customer's memory. One definition, for the stream, the backtest and training."""

from streamflow.score.features.catalogue import FEATURE_NAMES, FEATURE_SET_VERSION, FEATURES, MISSION_FEATURES, Feature
from streamflow.score.features.observation import VELOCITY_WINDOW_MS, Observation, observe

__all__ = [
    "FEATURES",
    "FEATURE_NAMES",
    "FEATURE_SET_VERSION",
    "MISSION_FEATURES",
    "VELOCITY_WINDOW_MS",
    "Feature",
    "Observation",
    "observe",
]
