"""Add up the junit reports of all environments and close with one line in pytest's form.

Run as ``python scripts/sum_reports.py [--failed STEP]... REPORT...``. A step that failed without a failed test (lint, coverage)
counts as an error. The exit code is 0 only where every report could be read, at least one test passed and nothing failed.
"""

import argparse
import sys
import xml.etree.ElementTree as ElementTree  # the reports are our own test runs' output
from dataclasses import dataclass
from pathlib import Path

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Counts:
    """What one or more test runs came to."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.errors + other.errors,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
        )

    @property
    def is_green(self) -> bool:
        """Whether something passed and nothing went wrong."""
        return self.passed > 0 and self.failed == 0 and self.errors == 0

    def closing_line(self) -> str:
        """Return the last line of the run.

        Examples
        --------
        >>> Counts(passed=312, skipped=2, seconds=600.123).closing_line()
        '================== 312 passed, 0 failed, 2 skipped in 600.12s =================='
        """
        parts = [f"{self.passed} passed", f"{self.failed} failed"]
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        parts += [f"{self.errors} error{'s' if self.errors > 1 else ''}"] if self.errors else []
        return f" {', '.join(parts)} in {self.seconds:.2f}s ".center(WIDTH, "=")


def counts_of(report: str) -> Counts:
    """Read one junit report.

    Examples
    --------
    >>> counts_of('<testsuites><testsuite tests="3" failures="1" errors="0" skipped="0" time="1.5"/></testsuites>')
    Counts(passed=2, failed=1, errors=0, skipped=0, seconds=1.5)
    """
    total = Counts()
    for suite in ElementTree.fromstring(report).iter("testsuite"):  # noqa: S314 see the import
        tests, failed, errors, skipped = (int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped"))
        # A test that passes and whose teardown fails counts once in `tests` and once in `errors`.
        passed = max(0, tests - failed - errors - skipped)
        total += Counts(passed, failed, errors, skipped, float(suite.get("time", "0")))
    return total


def main(arguments: list[str]) -> int:
    """Print the sum of the reports; the result is the exit code."""
    parser = argparse.ArgumentParser(description="Add up junit reports.")
    parser.add_argument("--failed", metavar="STEP", action="append", default=[], help="a step of the run that failed")
    parser.add_argument("reports", metavar="REPORT", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    total = Counts()
    for path in options.reports:
        try:
            counts = counts_of(path.read_text(encoding="utf-8"))
        except (OSError, ElementTree.ParseError) as error:
            sys.stdout.write(f"{path}: no readable report ({error})\n")
            counts = Counts(errors=1)
        else:
            sys.stdout.write(f"{path.stem}: {counts.passed} passed, {counts.failed} failed, {counts.errors} errors\n")
        total += counts
    for step in options.failed:
        sys.stdout.write(f"{step}: failed\n")
        # A step fails together with its tests: those are counted already.
        total += Counts(errors=0 if total.failed or total.errors else 1)
    sys.stdout.write(total.closing_line() + "\n")
    return 0 if total.is_green and not options.failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
