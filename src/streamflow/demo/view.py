"""The demo on a terminal: a live view, or plain lines where there is no terminal."""

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streamflow.demo.tally import Tally

_STYLES = {"approve": "green", "review": "yellow", "block": "bold red"}


def live_view(tally: Tally, title: str) -> RenderableType:
    """Return the whole view as it stands now."""
    return Group(
        Text(title, style="bold"),
        Columns([_numbers(tally), _scenarios(tally), _dead_letters(tally)], expand=True),
        _alerts(tally),
    )


def plain_line(tally: Tally) -> str:
    """Return the same in one line."""
    p50, p99 = tally.latency_ms(50, 99)
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(tally.outcomes.items()))
    caught, seen = tally.frauds_caught.total(), tally.frauds_seen.total()
    dead = tally.codes.total()
    return (
        f"{tally.answers_per_second():.0f}/s  p50 {p50:.0f} ms  p99 {p99:.0f} ms  {outcomes}  frauds caught {caught} of {seen}  dead {dead}"
    )


def _numbers(tally: Tally) -> Panel:
    p50, p99 = tally.latency_ms(50, 99)
    table = Table.grid(padding=(0, 2))
    table.add_row("transactions a second", f"{tally.answers_per_second():.0f}")
    table.add_row("latency p50 / p99", f"{p50:.0f} / {p99:.0f} ms")
    for outcome, style in _STYLES.items():
        table.add_row(Text(outcome, style=style), str(tally.outcomes[outcome]))
    table.add_row("rules in force", f"version {max(tally.rulesets, default=1)}")
    table.add_row("model", next((name for name in tally.models if name), "none"))
    return Panel(table, title="now")


def _scenarios(tally: Tally) -> Panel:
    table = Table(box=None, padding=(0, 1))
    for name in ("", "of", "caught", "rules alone"):
        table.add_column(name, justify="right" if name else "left")
    for scenario, seen in sorted(tally.frauds_seen.items()):
        table.add_row(scenario.replace("_", " "), str(seen), str(tally.frauds_caught[scenario]), str(tally.caught_by_rules[scenario]))
    table.add_row(Text("honest, alerted", style="dim"), "", str(tally.honest_alerts), str(tally.honest_alerts_by_rules))
    return Panel(table, title="simulated frauds")


def _dead_letters(tally: Tally) -> Panel:
    table = Table.grid(padding=(0, 2))
    for code, count in tally.codes.most_common(8):
        table.add_row(code, str(count))
    return Panel(table, title="dead letters by code")


def _alerts(tally: Tally) -> Panel:
    table = Table.grid(padding=(0, 2), expand=True)
    for name in ("outcome", "customer", "amount"):
        table.add_column(name, no_wrap=True)
    table.add_column("reason", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("truth", no_wrap=True)
    for alert in list(tally.alerts):
        truth = Text(f"fraud: {alert.scenario.replace('_', ' ')}", style="red") if alert.scenario else Text("honest", style="dim")
        table.add_row(Text(alert.outcome, style=_STYLES[alert.outcome]), alert.customer_id, alert.amount, alert.reason, truth)
    return Panel(table, title="newest alerts")
