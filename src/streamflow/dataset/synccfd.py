"""The synccfd simulator's payments (Brazilian geography, four scenarios of fraud) as a StreamFlow data set."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streamflow.contracts.errors import BadInputError
from streamflow.dataset import synccfd_worker
from streamflow.dataset.environment import Environment
from streamflow.dataset.files import BATCH_ROWS, DatasetReport, Progress, checked_delay_ms, finished, whole_file, write_dataset
from streamflow.dataset.payments import Payments

SOURCE: Final = "synccfd"
SCENARIOS: Final = (None, "high_amount", "compromised_terminal", "stolen_number", "stolen_card")
_METHODS: Final = {"CP": "card_present", "CNP": "card_not_present"}
_YEARS: Final = range(1970, 2200)
_WORKER: Final = Path(synccfd_worker.__file__)

Stage = Callable[[str, int], AbstractContextManager[Progress]]


class SynccfdPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to generate.

    Parameters
    ----------
    customers, terminals, days : int
        Size. Frauds by scenario 2 to 4 have a fixed number a day: fewer customers and terminals mean a larger share.
    start : str
        First day, `YYYY-MM-DD`.
    seed : int
        Decides the places, and with them which terminals a card reaches; the simulator draws all else from seeds of its own.

    Raises
    ------
    BadInputError
        A size is too small for the simulator, or the start is no date.
    """

    customers: int = 4_000
    terminals: int = 8_000
    days: int = 150
    start: str = "2018-04-01"
    seed: int = 42

    def __post_init__(self) -> None:
        for name, least in (("customers", 1), ("terminals", 2), ("days", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise BadInputError("the simulator cannot do that", expected=f"{name} of {least} or more", got=str(getattr(self, name)))
        try:
            year = date.fromisoformat(self.start).year
        except ValueError as error:
            raise BadInputError("the start is not a date", expected="YYYY-MM-DD", got=self.start) from error
        if year not in _YEARS:
            raise BadInputError("the start is out of range", expected=f"{_YEARS[0]} to {_YEARS[-1]}", got=self.start)


WHOLE: Final = SynccfdPlan()
"""The public protocol's set: 1,174,161 payments."""

SAMPLE: Final = SynccfdPlan(customers=700, terminals=2_400, days=45)
"""The set of continuous integration."""


def make_synccfd(
    plan: SynccfdPlan, out: Path, *, delay_days: float = 7.0, environment: Environment | None = None, stage: Stage | None = None
) -> tuple[DatasetReport, bool]:
    """Write the data set of a plan into a folder; return what it holds, and whether it was there already.

    What the simulator made is kept in the environment's folder: the same plan is not generated twice.

    Parameters
    ----------
    plan : SynccfdPlan
        What to generate.
    out : Path
        Folder for transactions.jsonl, labels.jsonl and dataset.json.
    delay_days : float
        How long after a payment its label becomes known.
    environment : Environment, optional
        Where the simulator runs; by default under `build/`.
    stage : callable, optional
        Given a stage's name and size, returns a context whose value is told how much of it is done.
    """
    environment = environment or Environment()
    checked_delay_ms(delay_days)
    parameters = msgspec.structs.asdict(plan) | {"label_delay_days": delay_days, "generator": _fingerprint(environment)}
    there = finished(out, SOURCE, parameters)
    if there is not None:
        return there, True
    table = _generated(plan, environment, stage)
    batches = _payments(table)
    if stage is None:
        return write_dataset(out, SOURCE, parameters, batches, delay_days), False
    with stage("writing", pq.ParquetFile(table).metadata.num_rows) as report:
        return write_dataset(out, SOURCE, parameters, batches, delay_days, report), False


def _fingerprint(environment: Environment) -> str:
    return hashlib.sha256(environment.fingerprint().encode() + _WORKER.read_bytes()).hexdigest()[:12]


def _generated(plan: SynccfdPlan, environment: Environment, stage: Stage | None) -> Path:
    """Return the simulator's table of a plan, from the cache where it is there."""
    name = "-".join([*map(str, msgspec.structs.astuple(plan)), _fingerprint(environment)])
    table = environment.home / f"{name}.parquet"
    arguments = {
        "n_customers": plan.customers,
        "n_terminals": plan.terminals,
        "nb_days": plan.days,
        "start_date": plan.start,
        "random_state": plan.seed,
    }
    with environment.locked():
        if table.is_file():
            return table
        with whole_file(table) as draft:
            command = [str(draft), msgspec.json.encode(arguments).decode()]
            if stage is None:
                environment.run(_WORKER, command)
            else:
                with stage("generating", plan.customers + plan.days) as report:
                    environment.run(_WORKER, command, report)
    return table


def _payments(table: Path) -> Iterator[Payments]:
    for batch in pq.ParquetFile(table).iter_batches(batch_size=BATCH_ROWS):
        columns = {name: batch.column(name).to_pylist() for name in batch.schema.names if name != "TX_DATETIME"}
        terminal = zip(columns["TX_TERM_LAT"], columns["TX_TERM_LONG"], strict=True)
        shipping = zip(columns["TX_SHIPP_LAT"], columns["TX_SHIPP_LONG"], strict=True)
        yield Payments(
            transaction_ids=[f"syn-{number}" for number in columns["TRANSACTION_ID"]],
            customer_ids=[f"syn-c-{number}" for number in columns["CUSTOMER_ID"]],
            store_ids=[f"syn-s-{number}" for number in columns["TERMINAL_ID"]],
            amounts=columns["TX_AMOUNT"],
            event_times_ms=pc.cast(batch.column("TX_DATETIME"), "timestamp[ms]").to_numpy(zero_copy_only=False).astype("int64"),
            scenarios=[SCENARIOS[code] for code in columns["TX_FRAUD_SCENARIO"]],
            places=[here if kind == "CP" else there for kind, here, there in zip(columns["TX_TYPE"], terminal, shipping, strict=True)],
            payment_methods=[_METHODS[kind] for kind in columns["TX_TYPE"]],
        )
