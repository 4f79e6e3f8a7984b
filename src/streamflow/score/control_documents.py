"""What generations name: rules, lists, risk snapshots and models of the control topic, each under its number, read once."""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from streamflow.contracts.catalogue import MEBIBYTE
from streamflow.contracts.control import ControlKey, ListsDocument
from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.contracts.model_chunks import Chunk, read_chunk
from streamflow.contracts.preview import preview
from streamflow.contracts.risk import RiskDocument
from streamflow.score.lists import Blocklists
from streamflow.score.model import Model, read_model, unbundle
from streamflow.score.risk import RiskSnapshot
from streamflow.score.ruleset import RuleSet, read_rules

MAX_WAITING_BYTES: Final = 64 * MEBIBYTE
"""So much of models that no generation has named yet is kept in memory; what comes beyond it is refused."""

MAX_REASON_BYTES: Final = 300


class Models:
    """Takes models in chunk by chunk, and reads one when it is first asked for.

    Parameters
    ----------
    trusted_keys : collection of str
        Public keys, each as 64 hexadecimal digits: whose models are read.
    """

    def __init__(self, trusted_keys: Collection[str] = ()) -> None:
        self._trusted_keys = frozenset(map(bytes.fromhex, trusted_keys))
        self._chunks: dict[int, dict[int, Chunk]] = {}
        self._waiting_bytes = 0
        self._read: dict[int, Model | str] = {}

    def add(self, key: ControlKey, value: bytes) -> None:
        """Take in one chunk.

        Raises
        ------
        BadInputError
            If it is none, was there before, contradicts another one, or too much waits already.
        """
        chunk, others = read_chunk(value), self._chunks.get(key.version, {})
        if key.version in self._read or key.chunk in others:
            raise _rewritten(key)
        total = next(iter(others.values())).total if others else chunk.total
        if chunk.total != total or key.chunk >= total:
            got = f"chunk {key.chunk} of {chunk.total}"
            raise BadInputError("the chunks of a model contradict one another", expected=f"one of {total}", got=got, where=_name(key))
        if self._waiting_bytes + len(chunk.data) > MAX_WAITING_BYTES:
            expected = f"at most {MAX_WAITING_BYTES} bytes"
            raise BadInputError("too much of models waits for a generation that names it", expected=expected, where=_name(key))
        self._chunks.setdefault(key.version, {})[key.chunk] = chunk
        self._waiting_bytes += len(chunk.data)

    def get(self, number: int) -> Model:
        """Return a model; it is read, and its bytes forgotten, the first time.

        Raises
        ------
        BadInputError
            Why it cannot be followed.
        """
        if number not in self._read:
            bundle = self._assembled(number)
            self._waiting_bytes -= len(bundle)
            del self._chunks[number]
            self._read[number] = read_bundle(bundle, self._trusted_keys)
        model = self._read[number]
        if isinstance(model, str):
            raise BadInputError(model)
        return model

    def _assembled(self, number: int) -> bytes:
        chunks = self._chunks.get(number)
        if not chunks:
            raise BadInputError("it is not in the topic")
        total = next(iter(chunks.values())).total
        missing = [place for place in range(total) if place not in chunks]
        if missing:
            raise BadInputError("chunks are missing or were refused", expected=f"chunks 0 to {total - 1}", got=f"no chunk {missing[0]}")
        return b"".join(chunks[place].data for place in range(total))


def read_bundle(bundle: bytes, trusted_keys: Collection[bytes]) -> Model | str:
    """Return the model in a bundle, or why it is refused; never raises."""
    try:
        return read_model(unbundle(bundle), trusted_keys)
    except StreamFlowError as error:
        return first_line(error)
    except Exception as error:
        # Whatever a foreign file does to the libraries that read it: rules go on without it.
        return f"reading it failed: {type(error).__name__}: {first_line(error)}"


class Documents:
    """The documents of one control topic.

    Parameters
    ----------
    trusted_keys : collection of str
        See `Models`.
    """

    def __init__(self, trusted_keys: Collection[str] = ()) -> None:
        self.rules: dict[int, RuleSet] = {}
        self.lists: dict[int, Blocklists] = {}
        self.risks: dict[int, RiskSnapshot] = {}
        self.models = Models(trusted_keys)

    def add(self, key: ControlKey, value: bytes) -> None:
        """Take in a document.

        Raises
        ------
        BadInputError, msgspec.MsgspecError
            If it cannot be read or was there before.
        """
        where = _name(key)
        if key.kind == "model":
            self.models.add(key, value)
            return
        known: dict[str, dict[int, Any]] = {"rules": self.rules, "lists": self.lists, "risk": self.risks}
        if key.version in known[key.kind]:
            raise _rewritten(key)
        if key.kind == "rules":
            rules = read_rules(msgspec.json.decode(value), where)
            _require_version(rules.version, key)
            self.rules[key.version] = RuleSet(rules, where)
        elif key.kind == "lists":
            lists = msgspec.json.decode(value, type=ListsDocument)
            _require_version(lists.version, key)
            self.lists[key.version] = Blocklists(lists)
        else:
            risk = msgspec.json.decode(value, type=RiskDocument)
            _require_version(risk.version, key)
            self.risks[key.version] = RiskSnapshot(risk)

    def risk(self, number: int) -> RiskSnapshot:
        """Return a risk snapshot, or raise BadInputError where there is none of this number that can be read."""
        if number not in self.risks:
            raise BadInputError("it is not in the topic or was refused")
        return self.risks[number]


def first_line(error: Exception) -> str:
    """Return what an error says on one line, safe to show, bounded."""
    return preview(next(iter(str(error).splitlines()), ""), MAX_REASON_BYTES)


def _name(key: ControlKey) -> str:
    return f"{key.kind}/{key.version}/{key.chunk}" if key.kind == "model" else f"{key.kind}/{key.version}"


def _rewritten(key: ControlKey) -> BadInputError:
    return BadInputError("a control document was rewritten", expected="a new version", got=_name(key))


def _require_version(version: int, key: ControlKey) -> None:
    if version != key.version:
        raise BadInputError("a document has another version than its key", expected=str(key.version), got=str(version), where=_name(key))
