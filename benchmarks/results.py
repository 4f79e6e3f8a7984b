"""Results as files: one JSON document a benchmark."""

from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.machine import Calibration, Machine, machine, now, software
from streamflow.contracts.errors import BadInputError
from streamflow.stack.config import CHECKOUT

RESULTS: Final = CHECKOUT / "benchmarks" / "results"


class Result(msgspec.Struct, frozen=True):
    """What one benchmark found, and on what.

    Parameters
    ----------
    name : str
        engine, throughput or latency.
    parameters : dict
        What it was told.
    figures : dict
        What it measured; names carry their units.
    """

    name: str
    date: str
    machine: Machine
    versions: dict[str, str]
    calibration: Calibration
    parameters: dict[str, Any]
    figures: dict[str, Any]


def make(name: str, calibration: Calibration, parameters: dict[str, Any], figures: dict[str, Any]) -> Result:
    """Return a result of this machine, now."""
    return Result(name, now(), machine(), software(), calibration, parameters, figures)


def write(result: Result, folder: Path = RESULTS) -> Path:
    """Write a result in the place of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    return path


def read(name: str, folder: Path = RESULTS) -> Result:
    """Read a result.

    Raises
    ------
    BadInputError
        If it is not there, or is not a result.
    """
    path = folder / f"{name}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInputError("the result cannot be read", got=str(error), where=path.name, fix=f"python -m benchmarks {name}") from error
