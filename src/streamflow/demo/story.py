"""The demo from beginning to end."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.live import Live

from streamflow.contracts.control import RulesDocument
from streamflow.contracts.errors import StreamFlowError
from streamflow.control.documents import default_rules
from streamflow.control.model_versions import push_model
from streamflow.control.publish import push_lists, push_rules
from streamflow.control.shipped import shipped_model
from streamflow.demo.feed import Feed
from streamflow.demo.picture import save_picture
from streamflow.demo.tally import Tally
from streamflow.demo.traffic import DAYS_OF_HISTORY, DemoTraffic
from streamflow.demo.view import live_view, plain_line
from streamflow.demo.warehouse import Stored
from streamflow.demo.watch import Watcher
from streamflow.simulate import Batch
from streamflow.simulate.reference import blocklists

PUSH_AFTER_RATIO: Final = 0.5
PUSHED_RULE: Final = "FR-001"
PUSHED_RATIO: Final = 2.0
_ANSWER_TIMEOUT_SECONDS: Final = 120.0
_PLAIN_LINE_SECONDS: Final = 5.0
_REFRESHES_PER_SECOND: Final = 4


class Summary(msgspec.Struct, kw_only=True):
    """What the demo showed: of history and live day together, and what the live day alone brought."""

    records: int
    decisions: int
    dead_letters: int
    missing: int
    rows_in_bronze: int
    windows_counted: int
    history_decisions_per_second: int
    live_latency_p50_ms: float
    live_latency_p99_ms: float
    live_outcomes: dict[str, int]
    live_frauds_caught: dict[str, str]
    live_honest_alerts: str
    model: str
    live_dead_letter_codes: dict[str, int]
    rule_push: str


class Story:
    """Plays the traffic through a job that runs, and tells what happens.

    Parameters
    ----------
    config : dict
        confluent-kafka's properties.
    console : rich Console
        Where the story is told; without a terminal it is told in plain lines.
    live_seconds : int
        How long the last day takes.
    count_windows : callable
        Called between the history and the last day: starts what counts windows from there on.
    await_stored : callable
        Gets the numbers of decisions and of dead letters, and returns once the warehouse holds them.
    """

    def __init__(
        self,
        config: dict[str, str],
        traffic: DemoTraffic,
        console: Console,
        live_seconds: int,
        count_windows: Callable[[], None],
        await_stored: Callable[[dict[str, int]], Stored],
    ) -> None:
        self._count_windows, self._await_stored = count_windows, await_stored
        self._config, self._traffic, self._console, self._live_seconds = config, traffic, console, live_seconds
        self._tally = Tally(traffic.frauds, frozenset(rule.id for rule in default_rules().rules if rule.outcome_at_least))
        self._feed = Feed(config, self._tally)
        self._pushed_at: float | None = None

    def tell(self, history: list[Batch]) -> Summary:
        """Play history and live traffic, push a rule in between, and return the summary.

        Raises
        ------
        StreamFlowError
            If a record has no answer in time: the demo does not claim what it did not see.
        """
        listed = blocklists(self._traffic.plan)
        push_lists(
            self._config,
            lambda lists: msgspec.structs.replace(lists, customers=listed.customers, stores=listed.stores),
            "lists of the demo",
        )
        with Watcher(self._config, self._tally) as watcher, closing(self._feed):
            rate = self._play_history(history, watcher)
            self._count_windows()
            self._push_model()
            self._play_live(watcher)
            self._wait_for_all(watcher)
            return self._summary(rate)

    def save_picture(self, file: Path) -> None:
        """Write the live view, as it stands now, as SVG."""
        save_picture(live_view(self._tally, f"StreamFlow live: the last of {self._live_seconds} s"), "streamflow demo", file)

    def _play_history(self, history: list[Batch], watcher: Watcher) -> float:
        self._console.print(f"{DAYS_OF_HISTORY} days of history of {self._traffic.plan.customers:,} customers, at full speed ...")
        begin = time.monotonic()
        for batch in history:
            self._feed.history(*batch.records())
        self._feed.flush()
        self._wait_for_all(watcher)
        seconds = time.monotonic() - begin
        answered = self._tally.answered()
        self._console.print(f"  {answered:,} records decided in {seconds:.1f} s: {answered / seconds:,.0f} a second")
        return answered / seconds

    def _push_model(self) -> None:
        shipped = shipped_model()
        push_model(self._config, shipped.files, [shipped.trusted_key], reason="demo: the model that StreamFlow ships")
        self._console.print(f"  live now: model {shipped.name}, beside the rules")

    def _play_live(self, watcher: Watcher) -> None:
        live = [(event.key, event.value) for event in self._traffic.live]
        self._console.print(f"the last day, {len(live):,} payments in {self._live_seconds} seconds, with frauds and malformed records:")
        self._tally.live = True
        pusher = Thread(target=self._push_rule, daemon=True)
        push_at = int(len(live) * PUSH_AFTER_RATIO)
        with self._shown() as show:
            for number in self._feed.live(live, self._live_seconds):
                if number == push_at:
                    pusher.start()
                show(f"StreamFlow live: {self._live_seconds * (1 - number / len(live)):.0f} s to go")
                watcher.check()
        pusher.join()

    def _push_rule(self) -> None:
        push_rules(self._config, _stricter(default_rules()), f"demo: {PUSHED_RULE} from {PUSHED_RATIO} times the average")
        self._pushed_at = time.monotonic()

    @contextmanager
    def _shown(self) -> Iterator[Callable[[str], None]]:
        if not self._console.is_terminal:
            shown_at = time.monotonic()

            def show_line(title: str) -> None:
                nonlocal shown_at
                if time.monotonic() - shown_at > _PLAIN_LINE_SECONDS:
                    shown_at = time.monotonic()
                    self._console.print(f"  {plain_line(self._tally)}", soft_wrap=True)

            yield show_line
            return
        title = "StreamFlow live"

        def show_title(text: str) -> None:
            nonlocal title
            title = text

        view = Live(get_renderable=lambda: live_view(self._tally, title), console=self._console, refresh_per_second=_REFRESHES_PER_SECOND)
        with view:
            yield show_title

    def _wait_for_all(self, watcher: Watcher) -> None:
        deadline = time.monotonic() + _ANSWER_TIMEOUT_SECONDS
        while (accounting := self._tally.accounting()).missing:
            watcher.check()
            if time.monotonic() > deadline:
                raise StreamFlowError(
                    "the job has not answered every record",
                    expected=f"{accounting.sent} answers",
                    got=f"{accounting.sent - accounting.missing} after {_ANSWER_TIMEOUT_SECONDS:.0f} s",
                    fix="streamflow job list, streamflow logs taskmanager",
                )
            time.sleep(0.02)

    def _summary(self, history_rate: float) -> Summary:
        tally, accounting = self._tally, self._tally.accounting()
        stored = self._await_stored({"decisions": accounting.scored, "dead_letters": accounting.dead})
        p50, p99 = tally.latency_ms(50, 99)
        return Summary(
            records=accounting.sent,
            decisions=accounting.scored,
            dead_letters=accounting.dead,
            missing=accounting.missing + accounting.both,
            rows_in_bronze=stored.decisions + stored.dead_letters,
            windows_counted=stored.windows,
            history_decisions_per_second=round(history_rate),
            live_latency_p50_ms=round(p50, 1),
            live_latency_p99_ms=round(p99, 1),
            live_outcomes=dict(tally.outcomes),
            live_frauds_caught={
                name: f"{tally.frauds_caught[name]} of {seen}, by rules alone {tally.caught_by_rules[name]}"
                for name, seen in sorted(tally.frauds_seen.items())
            },
            live_honest_alerts=f"{tally.honest_alerts}, by rules alone {tally.honest_alerts_by_rules}",
            model=", ".join(name for name in tally.models if name) or "none",
            live_dead_letter_codes=dict(tally.codes.most_common()),
            rule_push=self._effect(),
        )

    def _effect(self) -> str:
        tally = self._tally
        parts = [
            f"{1000 * tally.hits[version, PUSHED_RULE] / decided:.1f} in 1000 payments under version {version}"
            for version, decided in sorted(tally.rulesets.items())
        ]
        return f"{PUSHED_RULE} at {PUSHED_RATIO:g} instead of 3 times the average, without a restart; it fires for {', '.join(parts)}"


def _stricter(document: RulesDocument) -> RulesDocument:
    def change(rule: Any) -> Any:
        if rule.id != PUSHED_RULE:
            return rule
        return msgspec.structs.replace(rule, version=rule.version + 1, parameters={**rule.parameters, "ratio": PUSHED_RATIO})

    return msgspec.structs.replace(document, rules=tuple(change(rule) for rule in document.rules))
