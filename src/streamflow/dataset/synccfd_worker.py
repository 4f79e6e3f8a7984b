"""Runs the synccfd simulator: a program of its own, started in synccfd's environment, that imports nothing of StreamFlow.

`python synccfd_worker.py OUT PARAMETERS` writes one Parquet file. Each line on standard output says how far it is: done and total.
"""

import contextlib
import functools
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

_SHOWN = ("Generating transactions", "Applying fraud scenarios 3 and 4: ")
_COLUMNS = ["TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID", "TX_AMOUNT", "TX_TYPE"]
_COLUMNS += ["TX_SHIPP_LAT", "TX_SHIPP_LONG", "TX_TERM_LAT", "TX_TERM_LONG", "TX_FRAUD_SCENARIO"]


class _Tracker:
    """Stands in for the simulator's progress bars."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._done, self._total, self._stream = 0, total, stream

    def __call__(self, items: Iterable[Any], desc: str, total: int | None = None) -> Iterator[Any]:
        for item in items:
            yield item
            if desc in _SHOWN:
                self._done += 1
                print(self._done, self._total, file=self._stream, flush=True)


def main(out: str, parameters: dict[str, Any]) -> None:
    """Generate the data set of some parameters of `DatasetGenerator` into a Parquet file, ascending in time."""
    import pandas
    import synccfd
    from synccfd.simulator import fraud, generator

    # The simulator numbers payments after a sort whose order of equal times depends on the processor: a stable one does not.
    pandas.DataFrame.sort_values = functools.partialmethod(pandas.DataFrame.sort_values, kind="stable")
    generator.tqdm = fraud.tqdm = _Tracker(parameters["n_customers"] + parameters["nb_days"], sys.stdout)
    with contextlib.redirect_stdout(sys.stderr):
        _, _, payments = synccfd.DatasetGenerator(**parameters).generate()
    # A stolen card's payments were moved to another day after they had been numbered.
    payments = payments.sort_values(["TX_DATETIME", "TRANSACTION_ID"])
    payments[_COLUMNS].to_parquet(out, index=False, compression="zstd")


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
