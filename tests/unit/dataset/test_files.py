"""The folder of a data set is whole or not there, and says what it holds."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.dataset.files import finished, write_dataset
from streamflow.dataset.payments import Payments

PARAMETERS = {"seed": 7}


def payments(count: int = 3, first: int = 0) -> Payments:
    numbers = range(first, first + count)
    return Payments(
        transaction_ids=[f"t-{number}" for number in numbers],
        customer_ids=[f"c-{number % 2}" for number in numbers],
        store_ids=["s"] * count,
        amounts=[float(number) for number in numbers],
        event_times_ms=np.array([1522540800000 + 1000 * number for number in numbers]),
        scenarios=["high_amount" if number == 1 else None for number in numbers],
    )


def test_the_report_counts_what_the_files_hold(tmp_path: Path) -> None:
    told: list[int] = []
    report = write_dataset(tmp_path / "new" / "out", "here", PARAMETERS, [payments(), payments(2, 3)], 7.0, told.append)
    assert told == [3, 5]
    assert (report.transactions, report.frauds, report.customers, report.stores, report.amounts_raised) == (5, 1, 2, 1, 1)
    assert report.frauds_by_scenario == {"high_amount": 1}
    assert (report.first, report.last) == ("2018-04-01T00:00:00Z", "2018-04-01T00:00:04Z")
    for name in ("transactions.jsonl", "labels.jsonl"):
        data = (tmp_path / "new" / "out" / name).read_bytes()
        assert (report.bytes[name], report.sha256[name]) == (len(data), hashlib.sha256(data).hexdigest())
        assert len(data.splitlines()) == 5
    assert msgspec.json.decode((tmp_path / "new" / "out" / "dataset.json").read_bytes()) == msgspec.to_builtins(report)


def test_a_whole_folder_is_known_by_source_and_parameters(tmp_path: Path) -> None:
    report = write_dataset(tmp_path, "here", PARAMETERS, [payments()], 7.0)
    assert finished(tmp_path, "here", PARAMETERS) == report
    assert finished(tmp_path, "there", PARAMETERS) is None
    assert finished(tmp_path, "here", {"seed": 8}) is None


@pytest.mark.parametrize("name", ["transactions.jsonl", "labels.jsonl"])
def test_a_folder_with_a_cut_file_is_not_whole(tmp_path: Path, name: str) -> None:
    write_dataset(tmp_path, "here", PARAMETERS, [payments()], 7.0)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    assert finished(tmp_path, "here", PARAMETERS) is None


@pytest.mark.parametrize("text", ["", "{", "{}", '{"source": 1}'])
def test_a_folder_with_a_damaged_report_is_not_whole(tmp_path: Path, text: str) -> None:
    write_dataset(tmp_path, "here", PARAMETERS, [payments()], 7.0)
    (tmp_path / "dataset.json").write_text(text)
    assert finished(tmp_path, "here", PARAMETERS) is None


def test_a_run_that_fails_leaves_no_half_file_and_no_report(tmp_path: Path) -> None:
    def broken() -> Iterator[Payments]:
        yield payments()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path, "here", PARAMETERS, broken(), 7.0)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_leaves_the_older_files_without_their_report(tmp_path: Path) -> None:
    write_dataset(tmp_path, "here", PARAMETERS, [payments()], 7.0)
    with pytest.raises(BadInputError, match="no payment"):
        write_dataset(tmp_path, "here", {"seed": 8}, [], 7.0)
    assert {path.name for path in tmp_path.iterdir()} == {"transactions.jsonl", "labels.jsonl"}
    assert finished(tmp_path, "here", PARAMETERS) is None


@pytest.mark.parametrize("delay_days", [-1.0, float("nan")])
def test_a_label_before_its_payment_is_refused(tmp_path: Path, delay_days: float) -> None:
    with pytest.raises(BadInputError, match="before its payment"):
        write_dataset(tmp_path, "here", PARAMETERS, [payments()], delay_days)
    assert list(tmp_path.iterdir()) == []


def test_the_same_payments_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_dataset(tmp_path / name, "here", PARAMETERS, [payments()], 7.0) for name in ("one", "two"))
    assert one == two
    assert json.loads((tmp_path / "one" / "dataset.json").read_text()) == json.loads((tmp_path / "two" / "dataset.json").read_text())
