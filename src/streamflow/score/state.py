"""What StreamFlow remembers of a customer: at most 512 bytes (572 while late events are among the last 16), one binary entry.

Version 2, little endian::

    B version, B flags, B recent events, B remembered ids
    I events, I amounts, d mean amount, d squared deviations of the amount (Welford)
    d sum of cosines, d sum of sines of the hour
    q time of the last event
    [q time, d latitude, d longitude]         where flag 1 is set: the last place
    recent events x q                         times at which each counts for velocity, oldest first
    [recent events x I]                       how late each was, where flag 2 is set
    remembered ids x (8 bytes id, 4 bytes content, B outcome, I score in millionths), oldest first
    168 bytes                                 profile, see :mod:`streamflow.score.features.profile`

Version 1 ended before the profile: it is read with a new one.
Times are milliseconds since the epoch, amounts are in the reference currency. An event is read and entered by
:func:`streamflow.score.statistics.step`; the bounds stand there, and what no history leads to is found there.
"""

import struct
from typing import Final

from streamflow.score.statistics import PROFILE_BYTES, STATE_VERSION

MAX_STATE_BYTES: Final = 1024

NEW_STATE: Final = struct.pack("<B3x48x", STATE_VERSION) + bytes(PROFILE_BYTES)
"""The state of a customer without a history."""

ANSWER: Final = struct.Struct("<BI")
"""Outcome's code and score in millionths: how the newest remembered id ends, right before the profile."""


class StateError(ValueError):
    """A stored state that holds what no history leads to."""
