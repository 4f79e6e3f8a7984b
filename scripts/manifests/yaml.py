"""YAML as the generated manifests have it."""

from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML

_NOTE: Final = "# Written by `make docs`: change what it is made from, not this file.\n"
_WIDTH: Final = 100_000
"""Long lines stay whole: a fold would leave a space at the end of each."""


def documents(resources: Iterable[Any]) -> str:
    """Return one file with a document for each resource."""
    writer = YAML()
    writer.width = _WIDTH
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    writer.dump_all(list(resources), stream)
    return _NOTE + stream.getvalue()
