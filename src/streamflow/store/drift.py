"""A sample of the warehouse's newest decisions, as columns of numbers."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from streamflow.contracts.tables import DECISIONS
from streamflow.score.drift import MODEL_EVIDENCE, RULES_EVIDENCE
from streamflow.score.features import FEATURE_NAMES, FEATURE_SET_VERSION
from streamflow.store.connection import connect

ENOUGH: Final = 5_000
"""Payments of a sample; what did not move has an index of about 0.002 by chance then."""

# Ids are hashes, so that the lowest of them are a sample of all, and the primary key finds them: one in 4 096, and then sixteen
# times as many.
_ID_BITS: Final = 128
_SAMPLE_BITS: Final = (116, 120, 124, _ID_BITS)
_SAMPLE: Final = f"""
SELECT features, rules_score, ml_score, model_version, source_timestamp FROM {DECISIONS.full_name}
WHERE source_timestamp >= %(since)s AND decision_id <= %(last)s
AND feature_set_version = {FEATURE_SET_VERSION} AND jsonb_array_length(features) = {len(FEATURE_NAMES)}
AND NOT (canary OR duplicate)
"""  # noqa: S608 - names of the catalogue


class Sample(NamedTuple):
    """Newest decisions without repeats and the canary's.

    Parameters
    ----------
    columns : dict of str to array of float64
        By a feature's name, with a row for each payment, NaN where it does not have the number; `ml_score` has only the rows of the
        model that was asked for.
    payments : int
        How many they are.
    share : float
        Of all that came in that time.
    days : float
        From the first to the last, by the broker's time.
    """

    columns: dict[str, npt.NDArray[np.float64]]
    payments: int
    share: float
    days: float


def newest_payments(dsn: str, since: datetime, model: str, timeout_seconds: int) -> Sample:
    """Return a sample of what came since then: some 5 000 to 80 000 payments, or all where there are fewer. Memory: 400 bytes each.

    Parameters
    ----------
    dsn : str
        As the role that reads.
    since : datetime
        By the broker's time.
    model : str
        Name of the model whose evidence is wanted.
    timeout_seconds : int
        How long the server may work on a question.

    Raises
    ------
    NotReadyError
        The server does not answer.
    """
    with connect(dsn, options=f"-c statement_timeout={timeout_seconds * 1000} -c timezone=UTC") as connection:
        connection.read_only = True
        for bits in _SAMPLE_BITS:
            rows = connection.execute(_SAMPLE, {"since": since, "last": UUID(int=(1 << bits) - 1)}).fetchall()
            if len(rows) >= ENOUGH:
                break
    return _sample(rows, model, 0.5 ** (_ID_BITS - bits))


def _sample(rows: list[tuple[Any, ...]], model: str, share: float) -> Sample:
    matrix = np.array([row[0] for row in rows], dtype=np.float64).reshape(-1, len(FEATURE_NAMES))
    columns = dict(zip(FEATURE_NAMES, matrix.T, strict=True))
    columns[RULES_EVIDENCE] = np.array([row[1] for row in rows], dtype=np.float64)
    columns[MODEL_EVIDENCE] = np.array([row[2] for row in rows if row[3] == model], dtype=np.float64)
    times = [row[4].timestamp() for row in rows]
    return Sample(columns, len(rows), share, (max(times) - min(times)) / 86_400 if times else 0.0)
