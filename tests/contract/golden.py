"""Documents as version 1 wrote them. These files are never changed: what they hold lies in topics and checkpoints."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "data" / "contracts"


def golden_bytes(name: str) -> bytes:
    return (FOLDER / name).read_bytes().removesuffix(b"\n")


def golden(name: str) -> Any:
    return json.loads(golden_bytes(name))


def golden_lines(name: str) -> list[Any]:
    return [json.loads(line) for line in golden_bytes(name).splitlines()]
