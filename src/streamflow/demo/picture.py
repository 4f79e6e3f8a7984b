"""Terminal screens as pictures, for pages that show what a command looks like."""

import re
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType

_COLUMNS: Final = 130

_WEB_FONT: Final = re.compile(r"@font-face \{[^}]*\}\s*")
"""What rich would have the picture's reader fetch from elsewhere; any monospaced font does."""


def save_picture(screen: RenderableType, title: str, file: Path) -> None:
    """Write a screen as SVG, as a terminal of 130 columns shows it."""
    canvas = Console(record=True, width=_COLUMNS, file=StringIO())
    canvas.print(screen)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_WEB_FONT.sub("", canvas.export_svg(title=title)))
