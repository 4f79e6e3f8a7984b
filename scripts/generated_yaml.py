"""YAML as every generated file has it."""

from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML

_NOTE: Final = "# Written by `make docs`: change what it is made from, not this file.\n"
WIDTH: Final = 140
WHOLE_LINES: Final = 100_000
"""Nothing is folded: a fold leaves a space at the end of each line."""


def as_yaml(*documents: Any, width: int = WIDTH) -> str:
    """Return generated documents as one file."""
    writer = YAML()
    writer.width = width
    writer.indent(mapping=2, sequence=4, offset=2)
    # Each part stands for itself: no anchors.
    writer.representer.ignore_aliases = lambda *_: True
    text = StringIO()
    writer.dump_all(documents, text)
    return _NOTE + text.getvalue()
