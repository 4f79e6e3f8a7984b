"""`streamflow simulate` as a person uses it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError

RUNNER = CliRunner()
SMALL = ["simulate", "--events", "2000", "--customers", "100"]


def test_the_summary_as_json_adds_up_and_the_files_are_there(tmp_path: Path) -> None:
    out, labels = tmp_path / "traffic.jsonl", tmp_path / "labels.csv"
    options = ["--out", str(out), "--labels", str(labels), "--reference", str(tmp_path / "reference"), "--malformed-ratio", "0.1", "--json"]
    result = RUNNER.invoke(app, [*SMALL, *options])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["events"] == 2000 == sum(facts["counts"].values())
    assert len(out.read_bytes().splitlines()) == 2000
    assert len(labels.read_text().splitlines()) == 1 + 1800
    assert {path.name for path in (tmp_path / "reference").iterdir()} == {"customers.csv", "stores.csv", "lists.json"}


def test_standard_output_holds_nothing_but_records() -> None:
    result = RUNNER.invoke(app, [*SMALL, "--out", "-", "--json"])
    assert result.exit_code == 0
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 2000
    assert json.loads(result.stderr)["events"] == 2000


def test_every_scenario_can_be_set_and_all_be_scaled(tmp_path: Path) -> None:
    only = [f"--{name}=0" for name in ("card-testing", "impossible-travel", "unusual-hour", "account-takeover", "compromised-store")]
    only += ["--listed-customer=0", "--listed-store=0", "--high-value=0.01", "--fraud-ratio=0.2"]
    result = RUNNER.invoke(app, [*SMALL, *only, "--out", str(tmp_path / "traffic.csv"), "--json"])
    assert json.loads(result.stdout)["counts"] == {"honest": 1600, "high_value": 400}


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--out", "a.jsonl", "--topic"],
        ["--out", "a.jsonl", "--rate", "10"],
        ["--out", "a.jsonl", "--labels", "topic"],
        ["--out", "a.jsonl", "--labels", "a.jsonl"],
        ["--out", "a.jsonl", "--events", "many"],
        ["--reference", "reference", "--reference-format", "xml"],
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(options: list[str]) -> None:
    assert RUNNER.invoke(app, ["simulate", *options]).exit_code == 2


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--out", "no/such/folder/traffic.jsonl"], "folder"),
        (["--out", "traffic.xml"], "jsonl"),
        (["--out", "-", "--start", "soon"], "2026-01-01"),
        (["--out", "-", "--malformed-ratio", "7"], "malformed_ratio"),
        (["--out", "-", "--malformed-ratio", "0.1", "--malformed-kind", "null_key"], "null_key"),
    ],
)
def test_bad_values_are_named(options: list[str], names: str) -> None:
    result = RUNNER.invoke(app, ["simulate", *options])
    assert isinstance(result.exception, BadInputError)
    assert names in str(result.exception)
