"""Labelled synthetic traffic, a pure function of its seed: customers, stores, journeys, frauds, and what goes wrong on the way."""

from streamflow.simulate.plan import FraudRatios, Plan
from streamflow.simulate.traffic import Batch, Event, Label, batches, traffic

__all__ = ["Batch", "Event", "FraudRatios", "Label", "Plan", "batches", "traffic"]
