"""Who may read and write which topics: each user of Kafka's, and no more than it needs.

Kafka's users and their rights on Kubernetes are generated from it, and a test holds it against a real broker that denies everything else.
"""

from typing import Final

import msgspec

from streamflow.contracts.catalogue import (
    ALERTS,
    CONTROL,
    DLQ,
    FRAUD_DETECTOR,
    LABELS,
    METRICS,
    RAW,
    REALTIME_AGGREGATOR,
    REPLAYS,
    SCORED,
    TOPICS,
    TRANSACTION_PROCESSOR,
    Topic,
)


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A user of Kafka's.

    Parameters
    ----------
    name, what : str
        Its name, and who it is.
    reads, writes : tuple of Topic
        Its topics.
    group_prefix : str
        Its consumer groups begin so; empty: it has none.
    transaction_prefix : str
        Its transactional ids begin so; empty: it writes without transactions.
    sees_lag : bool
        It may ask how far others' consumer groups are, and set them nowhere.
    produced_bytes_a_second, consumed_bytes_a_second : int, optional
        What a broker lets it write and read; None: as much as it likes.
    """

    name: str
    what: str
    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    group_prefix: str = ""
    transaction_prefix: str = ""
    sees_lag: bool = False
    produced_bytes_a_second: int | None = None
    consumed_bytes_a_second: int | None = None


_MEGABYTE: Final = 1_000_000

SHOP: Final = Client(
    name="shop",
    what="The systems of the shop that send payments; a neighbour that makes noise is slowed down before the brokers are.",
    writes=(RAW,),
    produced_bytes_a_second=20 * _MEGABYTE,
)
DETECTOR: Final = Client(
    name=FRAUD_DETECTOR.name,
    what="The job that decides.",
    reads=(RAW, CONTROL),
    writes=(SCORED, ALERTS, DLQ),
    group_prefix=FRAUD_DETECTOR.group_id,
    transaction_prefix=FRAUD_DETECTOR.name,
)
PROCESSOR: Final = Client(
    name=TRANSACTION_PROCESSOR.name,
    what="The job that writes bronze.",
    reads=(SCORED, ALERTS, DLQ, LABELS),
    group_prefix=TRANSACTION_PROCESSOR.group_id,
)
AGGREGATOR: Final = Client(
    name=REALTIME_AGGREGATOR.name,
    what="The job that counts.",
    reads=(SCORED,),
    writes=(METRICS,),
    group_prefix=REALTIME_AGGREGATOR.group_id,
)
PROBE: Final = Client(
    name="probe",
    what="The process that measures from outside; writes the canary's payments.",
    reads=TOPICS,
    writes=(RAW,),
    group_prefix="streamflow.probe",
    sees_lag=True,
)
AUDITOR: Final = Client(
    name="auditor",
    what="Airflow's tasks, which compare Kafka with the tables.",
    reads=TOPICS,
    group_prefix="streamflow.reader",
    sees_lag=True,
    consumed_bytes_a_second=50 * _MEGABYTE,
)
OPERATOR: Final = Client(
    name="operator",
    what="People at the command line: rules, lists, models, labels, dead letters.",
    reads=TOPICS,
    writes=(RAW, CONTROL, REPLAYS, LABELS),
    group_prefix="streamflow.reader",
    transaction_prefix="streamflow.",
    sees_lag=True,
    consumed_bytes_a_second=50 * _MEGABYTE,
)
CLIENTS: Final = (SHOP, DETECTOR, PROCESSOR, AGGREGATOR, PROBE, AUDITOR, OPERATOR)
