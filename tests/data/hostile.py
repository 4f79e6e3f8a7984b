"""Reads `hostile.jsonl`: records that are wrong in one way each, records that only look wrong, and the code that each must get.

A line holds `name`, `code` (a dead letter's code, or DECISION), `timestamp_ms`, `key` or `key_base64`, and the value as `value`,
`value_base64` or `value_parts` (texts, each repeated so many times). `pan_check` and `key_source` stand where they are not the default.
"""

import base64
from pathlib import Path
from typing import Literal

import msgspec

from streamflow.contracts.record import Record
from streamflow.engine import EngineSettings

DECISION = "DECISION"
TABLE = Path(__file__).with_name("hostile.jsonl")


class HostileCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the table."""

    name: str
    code: str
    timestamp_ms: int
    key: str | None = None
    key_base64: str | None = None
    value: str | None = None
    value_base64: str | None = None
    value_parts: tuple[tuple[str, int], ...] | None = None
    pan_check: Literal["reject", "off"] = "reject"
    key_source: Literal["key", "payload"] = "key"

    @property
    def settings(self) -> EngineSettings:
        return EngineSettings(key_source=self.key_source, pan_check=self.pan_check)

    def record(self, offset: int = 0) -> Record:
        return Record("transactions.raw", 0, offset, self.timestamp_ms, _bytes(self.key, self.key_base64), self._value())

    def _value(self) -> bytes | None:
        if self.value_parts is not None:
            return "".join(text * times for text, times in self.value_parts).encode()
        return _bytes(self.value, self.value_base64)


def _bytes(text: str | None, base64_text: str | None) -> bytes | None:
    if base64_text is not None:
        return base64.b64decode(base64_text)
    return None if text is None else text.encode()


def hostile_cases() -> list[HostileCase]:
    decode = msgspec.json.Decoder(HostileCase).decode
    return [decode(line) for line in TABLE.read_bytes().splitlines()]
