"""An audit from the beginning to its result."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from streamflow.kafka.client import ClientConfig
from streamflow.store.audit.checks import CHECKS, Comparison
from streamflow.store.audit.entries import Scope, Spill
from streamflow.store.audit.explain import Explainer
from streamflow.store.audit.report import Audit, AuditedSpan, CheckResult
from streamflow.store.audit.tables import FACTS_TABLE, find_facts, freeze, read_tables
from streamflow.store.audit.topics import Report, read_topics
from streamflow.store.audit.wanted import Wanted
from streamflow.store.connection import connect

DEFAULT_LIMIT: Final = 10
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def audit(
    config: ClientConfig,
    dsn: str,
    wanted: Wanted,
    *,
    gold: bool = True,
    limit: int = DEFAULT_LIMIT,
    report: Report = lambda what, done: None,
) -> Audit:
    """Compare Kafka with bronze and bronze with gold; writes nothing.

    Cost: every record and row of the range is read once, about 20 us each; about 200 bytes of temporary files a record (in TMPDIR); memory
    of one bucket of `BUCKET_OFFSETS` records, some 100 MB, however long the range is.

    Parameters
    ----------
    config : mapping
        confluent-kafka's properties.
    dsn : str
        Of a role that may read bronze and gold.
    wanted : Wanted
        What is audited.
    gold : bool
        Whether bronze is compared with gold too.
    limit : int
        How many faults of each check and kind are told of; all are counted.
    report : callable
        Gets what is being read, and how much of it was.

    Raises
    ------
    NotReadyError
        Kafka or PostgreSQL does not answer.
    BadInputError
        A partition is asked for that is not there.
    """
    checked_at = datetime.now(UTC)
    with TemporaryDirectory(prefix="streamflow-audit-") as folder:
        spill = Spill(Path(folder))
        unreadable = read_topics(config, wanted, spill, report)
        with connect(dsn) as connection:
            freeze(connection)
            facts = find_facts(connection, wanted.settle_ms) if gold else None
            misplaced = read_tables(connection, spill, facts, report)
            checks = tuple(check for check in CHECKS if facts is not None or check.later != FACTS_TABLE)
            comparison = Comparison(spill, checks, limit)
            results = comparison.run()
            explainer = Explainer(config, connection, facts)
            faults = [explainer.fault(sample) for sample in comparison.samples]
    return Audit(
        run_id=str(uuid.uuid4()),
        checked_at=checked_at,
        since=_moment(spill.scope, spill.scope.since_ms),
        until=_moment(spill.scope, spill.scope.until_ms),
        spans=_spans(spill.scope, results),
        checks=results,
        not_checked=[] if facts is not None else [f"{FACTS_TABLE} {'is not there: dbt has not built it' if gold else 'was not asked for'}"],
        unreadable={name: count for name, count in {**unreadable, **misplaced}.items() if count},
        faults=faults,
        ok=all(check.ok for check in results) and not misplaced,
    )


def _moment(scope: Scope, time_ms: int) -> datetime | None:
    return _EPOCH + timedelta(milliseconds=time_ms) if scope.until_ms >= scope.since_ms else None


def _spans(scope: Scope, results: list[CheckResult]) -> list[AuditedSpan]:
    records = {partition.partition: partition.expected for partition in results[0].partitions}
    return [AuditedSpan(partition, span.first, span.end, records.get(partition, 0)) for partition, span in sorted(scope.spans.items())]
