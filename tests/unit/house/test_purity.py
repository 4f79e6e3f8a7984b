"""The engine's packages read no clock, draw no random number and touch no file, which imports alone do not show."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "src"

REFUSED_CALLS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint", "__import__"})
# Differ from process to process: texts are hashed with a random seed, and objects lie elsewhere.
REFUSED_CALLS_OF_THE_PROCESS = frozenset({"hash", "id"})
REFUSED_ATTRIBUTES = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "getnode", "environ", "getenv", "urandom"})
REFUSED_MODULES = frozenset({"time", "random", "secrets", "os", "sys"})


def impurities(source: str) -> list[str]:
    """Say what in a module reaches for the world outside, one line a finding."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in REFUSED_CALLS | REFUSED_CALLS_OF_THE_PROCESS:
                found.append(f"line {node.lineno}: {name}()")
            case ast.Attribute(attr=name) if name in REFUSED_ATTRIBUTES:
                found.append(f"line {node.lineno}: .{name}")
            case ast.Import(names=names):
                found += [f"line {node.lineno}: import {alias.name}" for alias in names if alias.name in REFUSED_MODULES]
            case ast.ImportFrom(module=str(module)) if module in REFUSED_MODULES:
                found.append(f"line {node.lineno}: from {module} import")
            case ast.ImportFrom(names=names):
                found += [f"line {node.lineno}: import of {alias.name}" for alias in names if alias.name in REFUSED_ATTRIBUTES]
            case ast.Global():
                found.append(f"line {node.lineno}: global")
    return found


def pure_modules() -> list[Path]:
    """Return the files of the packages that the import linter's contract calls pure."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract["id"] == "pure")
    files = []
    for module in pure["source_modules"]:
        path = SOURCES.joinpath(*module.split("."))
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return files


@pytest.mark.parametrize("module", pure_modules(), ids=lambda module: module.relative_to(SOURCES).as_posix())
def test_an_engine_module_reaches_for_nothing_outside(module: Path) -> None:
    assert impurities(module.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "open('file')",
        "print(1)",
        "import time",
        "import random",
        "from time import monotonic",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "date.today()",
        "from uuid import uuid4",
        "import uuid\nuuid.uuid1()",
        "def count():\n    global total",
        "hash('customer')",
    ],
)
def test_a_module_that_reaches_outside_is_named(source: str) -> None:
    assert impurities(source)


@pytest.mark.parametrize("source", ["uuid.uuid5(space, 'name')", "event.timestamp", "datetime.fromisoformat(text)", "model.reopen()"])
def test_a_module_that_computes_is_left_alone(source: str) -> None:
    assert impurities(source) == []
