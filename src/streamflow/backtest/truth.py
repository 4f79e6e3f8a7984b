"""What the labels say: all of them in the order in which they became known, and of each transaction the last word."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from streamflow.contracts.errors import BadInputError
from streamflow.contracts.label import Label, decode_label
from streamflow.labels.book import moment_order
from streamflow.labels.faults import Fault, Faults
from streamflow.labels.imports import LabelFile
from streamflow.labels.rows import LINE_ENDINGS

UNLABELLED: Final = -1
HONEST: Final = 0
NO_SCENARIO: Final = "not said"
"""Name of the frauds whose labels name no scenario."""

_END_OF_TIME_MS: Final = 253_402_300_799_999


class Truth:
    """Labels, sorted, and the verdict that holds in the end. Memory: about 500 bytes a label.

    Parameters
    ----------
    labels : iterable of Label or Fault
        In any order.

    Examples
    --------
    >>> Truth([]).verdicts, Truth([]).scenarios
    ({}, [])
    """

    def __init__(self, labels: Iterable[Label | Fault] = ()) -> None:
        self.faults = Faults()
        self.labels: list[Label] = []
        for label in labels:
            if isinstance(label, Fault):
                self.faults.add(label)
            else:
                self.labels.append(label)
        self.labels.sort(key=moment_order)
        self.scenarios: list[str] = []
        self.verdicts: dict[str, int] = {}
        codes: dict[str, int] = {}
        for label in self.labels:
            code = HONEST
            if label.is_fraud:
                code = codes.setdefault(label.scenario or NO_SCENARIO, len(codes) + 1)
            self.verdicts[label.transaction_id] = code
        self.scenarios = list(codes)


def read_truth(path: Path, mapping: Mapping[str, str] | None = None) -> Truth:
    """Read a file of labels, as `streamflow labels import` does; lines that hold none are faults.

    Raises
    ------
    BadInputError
        If the file cannot be read, or a column is missing.
    """
    labels = _plain_lines(path) if path.suffix in LINE_ENDINGS and not mapping else None
    return Truth(LabelFile(path, mapping).labels(_END_OF_TIME_MS) if labels is None else labels)


def _plain_lines(path: Path) -> list[Label] | None:
    """Return the labels of a file in which every line is one as the topic holds it, at a third of the cost; None for any other file."""
    try:
        with path.open("rb") as stream:
            return list(_decoded(stream))
    except BadInputError:
        return None
    except OSError as error:
        raise BadInputError("the file cannot be read", got=error.strerror or str(error), where=str(path)) from error


def _decoded(stream: Iterable[bytes]) -> Iterator[Label]:
    for line in stream:
        if not line.isspace():
            yield decode_label(line)
