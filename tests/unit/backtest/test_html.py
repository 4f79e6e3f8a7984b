"""The HTML report is whole, well-formed, and shows foreign text as text."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest

from streamflow.backtest.html import page
from streamflow.backtest.plan import Plan, Retraining
from streamflow.backtest.results import Report
from streamflow.backtest.svg import Axis
from streamflow.backtest.truth import Truth
from tests.unit.backtest.histories import configuration, tried

VOID = {"meta", "br"}


class Balance(HTMLParser):
    """Fails where a tag is not closed as it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report() -> Report:
    plan = Plan(retraining=Retraining(every_days=8, delay_days=1))
    return tried(configuration("as it is"), configuration("<b>alpha</b>", alpha=0.6), plan=plan).report


def test_it_needs_nothing_from_anywhere(report: Report) -> None:
    text = page(report, "history.jsonl")
    assert re.findall(r"(?:src|href|url\(|@import|<script|<link|<img)", text) == []
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}


def test_its_tags_are_balanced_and_its_plots_are_xml(report: Report) -> None:
    text, balance = page(report, "history.jsonl"), Balance()
    balance.feed(text)
    assert balance.open == []
    plots = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(plots) >= 14
    for plot in plots:
        ElementTree.fromstring(plot)  # noqa: S314 - our own text
        assert "nan" not in plot


def test_foreign_text_is_shown_as_text(report: Report) -> None:
    assert report.comparison is not None
    one = msgspec.structs.replace(report.comparison.transactions[0], transaction_id="<script>alert(1)</script>")
    comparison = msgspec.structs.replace(report.comparison, transactions=(one,))
    text = page(msgspec.structs.replace(report, comparison=comparison), "<i>history</i>")
    assert "<script" not in text
    assert "<i>history" not in text
    assert "&lt;b&gt;alpha&lt;/b&gt;" in text


@pytest.mark.parametrize("transactions", [b"", None])
def test_a_history_without_labels_or_payments_has_a_report_too(transactions: bytes | None) -> None:
    balance = Balance()
    text = page(tried(transactions=transactions, truth=Truth()).report, "history.jsonl")
    balance.feed(text)
    assert "There are no labels" in text


def test_the_numbers_along_an_axis_are_round() -> None:
    assert Axis(0, 137).ticks() == [0, 50, 100]
    assert Axis(-0.35, 1.1).ticks() == [0.0, 0.5, 1.0]
    assert Axis(0.5, 20_000, logarithmic=True).ticks() == [1, 10, 100, 1000, 10_000]
    assert Axis(3, 3).ticks() == [3]
