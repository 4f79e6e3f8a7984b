"""Continuous integration ends with one line that tells the truth about every environment."""

from pathlib import Path

import pytest

from scripts import sum_reports


def report(path: Path, *, tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> str:
    path.write_text(
        f'<testsuites name="pytest tests"><testsuite name="pytest" errors="{errors}" failures="{failures}"'
        f' skipped="{skipped}" tests="{tests}" time="1.250"/></testsuites>'
    )
    return str(path)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1].strip("= ")


def test_two_green_environments_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = [report(tmp_path / "main.xml", tests=300), report(tmp_path / "dbt.xml", tests=12, skipped=2)]
    assert sum_reports.main(reports) == 0
    assert last_line(capsys) == "310 passed, 0 failed, 2 skipped in 2.50s"


def test_one_failure_in_one_environment_fails_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = [report(tmp_path / "main.xml", tests=300), report(tmp_path / "dbt.xml", tests=12, failures=1)]
    assert sum_reports.main(reports) == 1
    assert last_line(capsys) == "311 passed, 1 failed in 2.50s"


def test_an_error_outside_a_test_fails_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sum_reports.main([report(tmp_path / "main.xml", tests=3, errors=1)]) == 1
    assert last_line(capsys) == "2 passed, 0 failed, 1 error in 1.25s"


@pytest.mark.parametrize("content", [None, "", "<testsuites><testsuite"])
def test_an_environment_without_a_readable_report_fails_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    broken = tmp_path / "dbt.xml"
    if content is not None:
        broken.write_text(content)
    assert sum_reports.main([report(tmp_path / "main.xml", tests=3), str(broken)]) == 1
    assert last_line(capsys) == "3 passed, 0 failed, 1 error in 1.25s"


def test_no_test_at_all_is_a_failure(tmp_path: Path) -> None:
    assert sum_reports.main([]) == 1
    assert sum_reports.main([report(tmp_path / "main.xml", tests=0)]) == 1
    assert sum_reports.main([report(tmp_path / "main.xml", tests=2, skipped=2)]) == 1


def test_the_closing_line_has_the_form_of_pytests_own(capsys: pytest.CaptureFixture[str]) -> None:
    line = sum_reports.Counts(passed=312, seconds=600.12).closing_line()
    assert line.startswith("====")
    assert line.endswith("====")
    assert " 312 passed, 0 failed in 600.12s " in line


def test_a_step_that_fails_without_a_failed_test_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sum_reports.main(["--failed", "make lint", report(tmp_path / "main.xml", tests=3)]) == 1
    assert last_line(capsys) == "3 passed, 0 failed, 1 error in 1.25s"


def test_a_step_that_fails_by_its_tests_is_counted_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sum_reports.main(["--failed", "make test", report(tmp_path / "main.xml", tests=3, failures=1)]) == 1
    assert last_line(capsys) == "2 passed, 1 failed in 1.25s"
