"""How `streamflow up` shows what it is doing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from streamflow.stack import Progress


@contextmanager
def show_progress(*, enabled: bool) -> "Iterator[Callable[[Progress], None]]":
    """Show the components that start: a line each that changes on a terminal, plain lines elsewhere."""
    from rich.console import Console

    console = Console(stderr=True, quiet=not enabled)
    if console.is_terminal:
        with _live(console) as report:
            yield report
    else:
        yield lambda step: _print_line(console, step)


def _print_line(console: "Console", step: "Progress") -> None:
    if step.phase in ("starting", "ready"):
        detail = f": {step.detail}" if step.detail else ""
        console.print(
            f"{step.elapsed_seconds:5.1f} s  {step.component} {step.phase}{detail}", markup=False, highlight=False, soft_wrap=True
        )


@contextmanager
def _live(console: "Console") -> "Iterator[Callable[[Progress], None]]":
    from rich.progress import Progress as Display
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description:<12}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Display(*columns, console=console) as display:
        tasks = {}

        def report(step: "Progress") -> None:
            if step.component not in tasks:
                tasks[step.component] = display.add_task(step.component, total=1, detail="")
            detail = f"{step.phase}: {step.detail}" if step.detail else step.phase
            display.update(tasks[step.component], completed=int(step.phase == "ready"), detail=detail[:80])

        yield report
