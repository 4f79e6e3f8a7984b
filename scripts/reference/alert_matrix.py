"""The table of faults and the alerts that said so, as `make chaos-alerts` measured it."""

from pathlib import Path
from typing import Final

import msgspec

from scripts.reference.markdown import code, table

RESULT: Final = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "alert_matrix.json"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one fault did.

    Parameters
    ----------
    fault, expected, bound_s
        What was done, which alert had to fire, and within how many seconds; without an alert, nobody was to hear of anything.
    fired_after_s : float or None
        When it fired; None: it did not.
    heard : dict of str to float
        The alerts of which somebody heard, after how many seconds, by name.
    pages : list of str
        Which of them were pages.
    wrong_pages : list of str
        Pages beside the expected one that do not follow from the fault.
    quiet_after_s : float or None
        How long after the end of the fault nothing fired any more.
    """

    fault: str
    expected: str
    bound_s: int
    fired_after_s: float | None
    heard: dict[str, float]
    pages: list[str]
    wrong_pages: list[str]
    quiet_after_s: float | None

    @property
    def is_right(self) -> bool:
        """Whether the right alert fired in time, no other page did, and all became quiet again."""
        in_time = self.fired_after_s is not None and self.fired_after_s <= self.bound_s if self.expected else not self.heard
        return in_time and not self.wrong_pages and self.quiet_after_s is not None


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, and what they were made with."""

    date: str
    scale: int
    versions: dict[str, str]
    rows: list[Row]


def alert_matrix() -> tuple[str, ...]:
    """Return the parts of the page that tell of the faults."""
    matrix = msgspec.json.decode(RESULT.read_bytes(), type=Matrix)
    rows = [
        (
            row.fault,
            code(row.expected) if row.expected else "nothing",
            "-" if row.fired_after_s is None else f"{row.fired_after_s:g} s",
            f"{row.bound_s} s" if row.bound_s else "-",
            ", ".join(
                f"{code(name)}{' (page)' * (name in row.pages)} {after:g} s" for name, after in row.heard.items() if name != row.expected
            )
            or "-",
            "still fires" if row.quiet_after_s is None else f"{row.quiet_after_s:g} s",
            "yes" if row.is_right else "**no**",
        )
        for row in matrix.rows
    ]
    return (
        "## Faults on a running stack",
        f"{len(matrix.rows)} faults, made one after the other on a stack with payments, a model and all jobs, while a Prometheus beside it "
        f"has all rules with windows and waits {matrix.scale} times shorter: a second in the table is a minute of a real system. "
        "Right is a row in which the alert fired within its time, no page came that does not follow from the fault, and everything became "
        f"quiet. Measured {matrix.date} (`make chaos-alerts`).",
        table(("fault", "must fire", "fired after", "asked", "and somebody heard of", "quiet again after", "right"), rows),
    )
