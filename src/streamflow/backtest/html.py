"""The report as one HTML file that needs nothing else: no script, no font, no picture from anywhere."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape

from streamflow.backtest import plots
from streamflow.backtest.plots import amount, percent
from streamflow.backtest.results import Comparison, ConfigurationResult, Report
from streamflow.backtest.style import STYLE


def page(report: Report, title: str) -> str:
    """Return the page.

    Parameters
    ----------
    title : str
        What was run, such as the history's file.
    """
    history, every = report.history, report.configurations
    period = f"{_day(history.first_ms)} to {_day(history.last_ms)}"
    measured = "" if history.measured == history.payments else f", {_count(history.measured)} of them measured"
    parts = [
        f"<header><h1>Backtest</h1><p>{escape(title)}: {_count(history.payments)} payments, {period}{measured}; "
        f"{_count(history.frauds)} frauds on {_count(history.compromised_cards)} of {_count(history.customers)} cards</p></header>",
        _warnings(report),
        f'<div class="tiles">{_tiles(every)}</div>',
        *(f"{_section(one, every, place)}" for place, one in enumerate(every)),
        _comparison(report.comparison, every) if report.comparison is not None else "",
        _trainings(report),
        _footer(report),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Backtest of {escape(title)}</title><style>{STYLE}</style>"
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>\n'


def _warnings(report: Report) -> str:
    return "".join(f'<div class="warning">{escape(text)}</div>' for text in report.warnings)


def _tiles(every: Sequence[ConfigurationResult]) -> str:
    kinds: tuple[tuple[str, Callable[[ConfigurationResult], str]], ...] = (
        ("of the frauds are caught", lambda one: _share(one.alerts.recall)),
        ("of the alerts are frauds", lambda one: _share(one.alerts.precision)),
        ("average precision", lambda one: _decimals(one.detection[0].average_precision)),
        ("AUC", lambda one: _decimals(one.detection[0].auc)),
        ("of the compromised cards are caught", lambda one: _share(one.alerts.cards_caught)),
        ("alerts a day", lambda one: amount(one.alerts.alerts_a_day)),
        ("money caught", lambda one: amount(one.alerts.caught_amount)),
        ("money missed", lambda one: amount(one.alerts.missed_amount)),
    )
    return "".join(
        f'<div class="tile"><b>{escape(show(every[0]))}</b><span>{escape(words)}</span>'
        + "".join(f"<i>{escape(show(one))} with {escape(one.name)}</i>" for one in every[1:])
        + "</div>"
        for words, show in kinds
    )


def _section(one: ConfigurationResult, every: Sequence[ConfigurationResult], place: int) -> str:
    cards = [
        _card("Alerts a day", "Each bar is a day; what the line has above the green is missed.", plots.days(one), wide=True),
        _card("Scenarios", "Frauds by what their labels call them.", plots.scenarios(one)),
        _card("Rules", "How often each fired, and on what share of frauds.", plots.rules(one)),
        _card("Payments by score", "Frauds right of the dashed lines are reviewed or blocked.", plots.scores(one)),
        _card("What a score meant", "Share of frauds among the payments of a score.", plots.calibration(one)),
    ]
    if one.alphas:
        cards.append(_card("Another share of the model", "The same evidence, blended otherwise.", plots.alphas(one)))
    if place == 0:
        price = "Saved money less the price of the false alerts, at any threshold."
        cards[1:1] = [
            _card("Precision and recall", "At any threshold; the dot is where it stands.", plots.precision_recall(every)),
            _card("What alerts are worth", price, plots.gain(every)),
        ]
        cards.append(_card("Money", "Of all frauds, in the reference currency.", plots.money(every)))
    rows = [
        (
            found.scores,
            _count(found.payments),
            _decimals(found.auc),
            _decimals(found.average_precision),
            _decimals(found.card_precision_at_100),
            _share(found.precision),
            _share(found.recall),
            _decimals(found.best_f1),
        )
        for found in one.detection
    ]
    names = ("ranking by", "payments", "AUC", "average precision", "card precision@100", "precision", "recall", "best F1")
    words = f"How well each ranks frauds first; precision and recall where it reaches {one.review_threshold:g}."
    cards.append(_card("Score, model and rules", words, _table(names, rows), wide=True))
    heading = f"<h2>{escape(one.name)}</h2>" if len(every) > 1 else ""
    return f'{heading}<div class="cards"{"" if heading else " style=margin-top:16px"}>{"".join(cards)}</div>'


def _comparison(found: Comparison, every: Sequence[ConfigurationResult]) -> str:
    changes = _table(
        ("outcome", "payments"),
        [(name, _count(count)) for name, count in sorted(found.outcomes.items(), key=lambda item: -item[1])],
    )
    sums = _table(
        ("", "gained", "lost"),
        [
            ("alerts", _count(found.alerts_gained), _count(found.alerts_lost)),
            ("caught frauds", _count(found.frauds_gained), _count(found.frauds_lost)),
            ("money of frauds", amount(found.amount_gained), amount(found.amount_lost)),
        ],
    )
    rows = [
        (
            one.transaction_id,
            one.customer_id,
            one.store_id,
            _minute(one.event_time_ms),
            amount(one.amount),
            one.truth,
            *one.answers,
        )
        for one in found.transactions
    ]
    names = ("transaction", "customer", "store", "time (UTC)", "amount", "truth", *(one.name for one in every))
    words = f"{_count(found.differing)} payments are answered differently; here those with the highest amounts."
    cards = (
        _card("Gained and lost", f"By {every[1].name}, against {every[0].name}.", sums),
        _card("Outcomes that change", "Before and after.", changes),
        _card("Payments that differ", words, _table(names, rows), wide=True),
    )
    return f'<h2>What differs</h2><div class="cards">{"".join(cards)}</div>'


def _trainings(report: Report) -> str:
    if not report.trainings:
        return ""
    rows = [
        (
            _minute(one.at_ms),
            one.model or f"the one before stays: {one.refusal}",
            _count(one.learnt),
            _count(one.frauds),
            f"{one.seconds:.1f}",
        )
        for one in report.trainings
    ]
    table = _table(("at (UTC)", "model", "learnt from", "known frauds", "seconds"), rows)
    return f'<h2>Trainings on the way</h2><div class="cards">{_card("Models", "Each from what was known by then.", table, wide=True)}</div>'


def _footer(report: Report) -> str:
    history = report.history
    sentences = (
        f"{_count(history.records)} records in {history.seconds:.1f} s.",
        f"{report.risk_snapshots} risk snapshots, each of the labels that were known by then.",
        f"A false alert costs {report.price_of_alert:g}, a caught fraud saves {percent(report.saved_share)} of its amount.",
        f"{_count(history.unlabelled)} measured payments have no label and count as honest.",
        "Simulated histories flatter.",
    )
    return f"<footer>{' '.join(sentences)}</footer>"


def _card(title: str, words: str, content: str, *, wide: bool = False) -> str:
    return f'<section class="card{" wide" if wide else ""}"><h3>{escape(title)}</h3><p>{escape(words)}</p>{content}</section>'


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    numbers = [all(_is_number(row[place]) for row in rows) and place > 0 for place in range(len(names))]

    def cells(tag: str, row: Sequence[str]) -> str:
        classes = [' class="number"' if number else "" for number in numbers]
        return "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(classes, row, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><tr>{cells('th', names)}</tr>{body}</table>"


def _is_number(cell: str) -> bool:
    return cell == "-" or (cell[:1].isdigit() and not any(letter in cell for letter in "-:_"))


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _share(ratio: float | None) -> str:
    return "-" if ratio is None else f"{100 * ratio:.1f} %"


def _decimals(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _day(time_ms: int | None) -> str:
    return "-" if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d")


def _minute(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
