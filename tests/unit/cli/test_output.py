"""How facts are printed for people and for programs."""

import json

import pytest

from streamflow.cli.output import print_error, print_facts, print_table, progress
from streamflow.contracts.errors import NotReadyError


def test_facts_are_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts(
        {"records": 1_234_567, "dead_letters": 3, "late": False, "codes": {"A": 1}, "kinds": ["x", "y"], "model": None}, as_json=False
    )
    assert capsys.readouterr().out.splitlines() == [
        "records       1 234 567",
        "dead letters  3",
        "late          no",
        "codes         A 1",
        "kinds         x, y",
        "model         -",
    ]


def test_facts_are_one_document_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"records": 12_345, "model": None}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"records": 12_345, "model": None}


def test_no_cell_of_a_table_is_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "count"), [("x" * 150, 1), ("[red]y", None)])
    printed = capsys.readouterr().out
    assert "x" * 150 in printed
    assert "[red]y" in printed


def test_an_error_goes_to_standard_error_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(NotReadyError("Kafka does not answer", fix="streamflow up kafka"))
    assert capsys.readouterr().err == "error: Kafka does not answer\n  try: streamflow up kafka\n"


def test_progress_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("scoring", total=10) as report:
        report(5)
    assert capsys.readouterr() == ("", "")
