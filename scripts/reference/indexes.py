"""`docs/reference/indexes.md`: how PostgreSQL answered the obvious questions about millions of decisions, as measured."""

from pathlib import Path

from benchmarks import results
from benchmarks.results import RESULTS
from scripts.explain_indexes import NAME
from scripts.reference.markdown import code, page, table


def indexes_pages(folder: Path = RESULTS) -> dict[str, str]:
    """Return the page by its path in the checkout; none where nothing was measured."""
    if not (folder / f"{NAME}.json").exists():
        return {}
    found = results.read(NAME, folder)
    figures = found.figures
    rows = [
        (
            entry["question"],
            f"{entry['milliseconds']:g}",
            f"{entry['rows']:g}",
            "one partition" if entry["read_whole"] else f"{entry['indexes']} x {code(entry['example'])}",
        )
        for entry in figures["questions"]
    ]
    statements = "\n\n".join(f"-- {entry['question']}\n{entry['statement']};" for entry in figures["questions"])
    text = page(
        "Indexes",
        f"{found.parameters['rows']:,} decisions of {found.parameters['days']} days in `bronze.decisions`: {figures['size']}, of which "
        f"{figures['index_size']} are indexes. Planning and execution together, the median of three runs on {found.machine.cores} cores "
        f"({found.machine.cpu}), {found.date[:10]}; the load average was {found.calibration.load_average:g}. "
        "`python -m scripts.explain_indexes` makes the rows and measures again, and fails where a question reads a table from end to end.",
        table(("question", "ms", "rows", "answered by"), rows),
        "Where the broker's time is not part of the question, every day's index is asked; with a condition on `source_timestamp` only "
        "those of its days are.",
        f"```sql\n{statements}\n```",
    )
    return {"docs/reference/indexes.md": text}
