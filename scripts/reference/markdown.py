"""Small pieces of Markdown."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any, Final

WIDTH: Final = 140
NOTE: Final = "<!-- Written by `make docs`: change the code that it is made from, not this page. -->"


def page(title: str, *parts: str) -> str:
    """Return a generated page."""
    return "\n\n".join([f"# {title}", NOTE, *(_wrapped(part.strip("\n")) for part in parts if part)]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""Return a table; a cell that is None stays empty.

    Examples
    --------
    >>> print(table(("a", "b"), [(1, "x | y"), (2, None)]))
    | a | b |
    |---|---|
    | 1 | x \| y |
    | 2 |  |
    """
    lines = [_line(columns), "|" + "---|" * len(columns), *(_line(row) for row in rows)]
    return "\n".join(lines)


def code(value: object) -> str:
    """Return a value in the form of code; nothing where there is none."""
    return "" if value is None or value == "" else f"`{value}`"


def _wrapped(part: str) -> str:
    """Break the lines of prose; tables and code stay as they are."""
    if "```" in part:
        return part
    paragraphs = part.split("\n\n")
    return "\n\n".join(
        paragraph if "\n" in paragraph else "\n".join(wrap(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False))
        for paragraph in paragraphs
    )


def _line(cells: Sequence[Any]) -> str:
    texts = ("" if cell is None else str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(texts)} |"
