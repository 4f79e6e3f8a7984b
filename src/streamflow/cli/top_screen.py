"""The screen of `streamflow top`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streamflow.cli.moments import span

if TYPE_CHECKING:
    from streamflow.observe.snapshot import Snapshot

_STYLES = {"page": "bold red", "ticket": "yellow", "heartbeat": "green", "block": "bold red", "review": "yellow", "approve": "green"}
_UNKNOWN = "-"


def screen(snapshot: "Snapshot", frauds: "list[dict[str, Any]]") -> RenderableType:
    """Return everything that one look found, from the most to the least urgent."""
    return Group(
        Text(f"StreamFlow at {snapshot.at:%H:%M:%S} UTC", style="bold"),
        _traffic(snapshot),
        _table(
            "Alerts that fire",
            ("alert", "severity", "since", "what is the matter"),
            [
                (Text(alert.name, _STYLES.get(alert.severity, "")), alert.severity, alert.since[11:19], alert.summary)
                for alert in snapshot.firing
            ],
            "none, not even the watchdog: does Prometheus know its rules?",
        ),
        _table(
            "Jobs",
            ("job", "up", "restarts", "busy", "behind", "saved", "took", "state"),
            [
                (
                    job.name,
                    span(job.running_seconds),
                    number(job.restarts),
                    percent(job.busy_ratio),
                    number(job.lag_records),
                    f"{span(job.checkpoint_age_seconds)} ago" if job.checkpoint_age_seconds is not None else _UNKNOWN,
                    span(job.checkpoint_duration_seconds),
                    size(job.state_bytes),
                )
                for job in snapshot.jobs
            ],
            "none is known",
        ),
        _table(
            "Objectives over 30 days",
            ("objective", "kept", "budget left", "burns"),
            [
                (
                    budget.name,
                    percent(budget.kept_ratio, 3),
                    Text(percent(budget.left_ratio), "bold red" if (budget.left_ratio or 0) < 0 else ""),
                    _UNKNOWN if budget.burn_rate is None else f"{budget.burn_rate:.1f} x",
                )
                for budget in snapshot.budgets
            ],
            "none has a number yet",
        ),
        _table(
            "Newest frauds",
            ("when", "outcome", "score", "transaction", "why"),
            [
                (
                    f"{fraud['event_time']:%H:%M:%S}",
                    Text(fraud["outcome"], _STYLES.get(fraud["outcome"], "")),
                    f"{fraud['score']:.3f}",
                    fraud["transaction_id"],
                    next(iter(fraud["reasons"]), ""),
                )
                for fraud in frauds
            ],
            "none",
        ),
    )


def _traffic(snapshot: "Snapshot") -> RenderableType:
    cells = [
        ("payments", rate(snapshot.payments_per_second)),
        *((outcome, rate(value)) for outcome, value in snapshot.decisions_per_second.items()),
        ("dead letters", rate(snapshot.dead_letters_per_second)),
        ("wait p50", span(snapshot.wait_p50_seconds)),
        ("p99", span(snapshot.wait_p99_seconds)),
        ("oldest waits", span(snapshot.oldest_waiting_seconds)),
        ("unaccounted", number(snapshot.unaccounted_payments)),
    ]
    # As words rather than columns: a narrow terminal breaks them between two numbers.
    return Columns([Text.assemble((name, _STYLES.get(name, "dim")), " ", (value, "bold")) for name, value in cells], padding=(0, 3))


def _table(title: str, columns: Sequence[str], rows: "Iterable[Sequence[RenderableType]]", nothing: str) -> RenderableType:
    rows = list(rows)
    table = Table(
        *columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in table.columns[1:-1]:
        column.no_wrap = True
    for row in rows:
        # What came from a topic is text, whatever it looks like.
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return table if rows else Text(f"\n{title}: {nothing}", "dim")


def number(value: float | None) -> str:
    """Return a count; a dash for an unknown one."""
    return _UNKNOWN if value is None else f"{value:,.0f}".replace(",", " ")


def rate(value: float | None) -> str:
    """Return a rate a second."""
    return _UNKNOWN if value is None else f"{value:.1f}/s" if value < 100 else f"{number(value)}/s"


def percent(ratio: float | None, decimals: int = 0) -> str:
    """Return a ratio in percent."""
    return _UNKNOWN if ratio is None else f"{ratio * 100:.{decimals}f} %"


def size(value: float | None) -> str:
    """Return bytes in MiB."""
    return _UNKNOWN if value is None else f"{value / 2**20:.1f} MiB"
