"""The documents say what the code does: generated pages are fresh, links lead somewhere, and documented commands exist."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from scripts.generate_docs import stale
from scripts.reference.commands import commands, options_of
from scripts.reference.figures import with_figures
from streamflow.cli.main import app
from streamflow.contracts.decision import Outcome
from streamflow.contracts.record import Record
from streamflow.contracts.rejection import Code
from streamflow.contracts.schemas import json_schemas
from streamflow.control.documents import NO_LISTS, default_rules, fixed_control
from streamflow.engine import Decided, Engine, MemoryStates
from streamflow.simulate import FraudRatios, Plan, traffic
from tests.data.hostile import DECISION, hostile_cases

ROOT = Path(__file__).parents[3]
PAGES = [page for folder in (".", "docs") for page in sorted((ROOT / folder).glob("**/*.md" if folder == "docs" else "*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```(?:bash|sh|console)\n(.*?)^```|((?:^(?: {4}).*\n)+)", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
PROGRAM = re.compile(r"^(?:\$ )?(?:[\w./]*/)?(streamflow|make)(?= |$)")
MAKEFILES = "".join(path.read_text() for path in (ROOT / "Makefile", *(ROOT / "deploy").glob("*/*.mk")))
MAKE_TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILES, re.MULTILINE))
SCHEMAS = {
    name: Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER) for name, schema in json_schemas().items()
}
GROUPS = {"config", "dataset", "dlq", "job", "labels", "lists", "model", "reference", "risk", "rules", "topic", "warehouse"}
# What a schema cannot say: it depends on more than the document, or on what JSON text became before a schema saw it.
BEYOND_A_SCHEMA = {
    *(Code.NULL_KEY, Code.NULL_VALUE, Code.EMPTY_VALUE, Code.TOO_LARGE, Code.NOT_UTF8, Code.NOT_JSON, Code.DUPLICATE_FIELD, Code.TOO_DEEP),
    *(Code.NUMBER_OUT_OF_RANGE, Code.LONE_SURROGATE, Code.KEY_MISMATCH, Code.FUTURE_TIMESTAMP, Code.CARD_NUMBER, Code.CONTROL_CHARACTER),
    *(Code.EXTRA_TOO_LARGE, Code.TIMESTAMP_INVALID, Code.INTERNAL_ERROR),
}


PATH = re.compile(r"`((?:src|tests|docs|scripts|java|jars)/[\w./{},*-]+)`")


def by_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def documented_commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each `streamflow` and `make` command in code blocks and inline code, comments and pipes cut off."""
    blocks = ["".join(groups) for groups in CODE_BLOCK.findall(text)]
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()] + INLINE_CODE.findall(text)
    for line in lines:
        for part in re.split(r"&&|\|\||[|;]", line):
            if PROGRAM.match(part.strip()):
                yield shlex.split(part.strip().removeprefix("$ "), comments=True)


def what_is_wrong(words: list[str]) -> str | None:
    """Say what of a documented command does not exist."""
    program, rest = words[0].rpartition("/")[2], words[1:]
    if program == "make":
        unknown = [word for word in rest if "=" not in word and not word.startswith("-") and word not in MAKE_TARGETS]
        return f"no target {unknown[0]}" if unknown else None
    while rest and rest[0].startswith("-"):
        if rest[0] not in ("--set", "--config", "--version", "--help", "--install-completion", "--show-completion"):
            return f"no option {rest[0]} of the program"
        rest = rest[2 if rest[0] in ("--set", "--config") else 1 :]
    if not rest or "|" in " ".join(rest) or rest[0].isupper() or rest == ["..."]:
        return None
    known = dict(commands(get_command(app)))
    depth = 2 if rest[0] in GROUPS and len(rest) > 1 else 1
    name = " ".join(["streamflow", *rest[:depth]])
    if name not in known:
        return None if depth == 1 and rest[0] in GROUPS else f"no command {name}"
    options = [word.partition("=")[0] for word in rest[depth:] if re.match(r"--?[a-zA-Z]", word)]
    unknown = [option for option in options if option not in options_of(known[name])]
    return f"no option {unknown[0]} of {name}" if unknown else None


def test_generated_documents_are_as_the_code_says() -> None:
    assert stale() == [], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text()) if "://" not in link and not link.startswith("#")]
    assert [link for link in links if not (page.parent / link).exists()] == []


def spelled_out(path: str) -> list[str]:
    """Return the paths that a brace expression stands for."""
    before, brace, rest = path.partition("{")
    if not brace:
        return [path]
    middle, _, after = rest.partition("}")
    return [f"{before}{part}{after}" for part in middle.split(",")]


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    paths = [path for found in PATH.findall(page.read_text()) for path in spelled_out(found)]
    assert [path for path in paths if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_documented_command_and_option_exists(page: Path) -> None:
    wrong = {" ".join(words): what_is_wrong(words) for words in documented_commands(page.read_text())}
    assert {command: reason for command, reason in wrong.items() if reason} == {}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("make nothing", "no target nothing"),
        (".venv/bin/streamflow fly", "no command streamflow fly"),
        ("streamflow dlq burn --code NOT_JSON", "no command streamflow dlq burn"),
        ("streamflow --set stack.directory=x up --fast", "no option --fast of streamflow up"),
        ("streamflow --loud up", "no option --loud of the program"),
        ("streamflow dlq list --code NOT_JSON --since 2h", None),
        ("make test ARGS='-k velocity'", None),
    ],
)
def test_a_command_that_does_not_exist_is_seen(command: str, reason: str | None) -> None:
    (words,) = documented_commands(f"```bash\n{command}\n```\n")
    assert what_is_wrong(words) == reason


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(json_schemas()[name])
    assert json.loads((ROOT / "docs/contracts" / name).read_text()) == json_schemas()[name]


def decided(events: int = 600) -> Iterator[tuple[Record, Decided]]:
    plan = Plan(events=events, customers=20, fraud=FraudRatios().scaled(0.05), late_ratio=0.02, repeated_ratio=0.02)
    engine, states = Engine(fixed_control()), MemoryStates()
    for offset, event in enumerate(traffic(plan)):
        record = Record("transactions.raw", 0, offset, event.timestamp_ms, event.key, event.value)
        answer = engine.process(record, states)
        assert isinstance(answer, Decided)
        yield record, answer


def test_transactions_decisions_and_alerts_have_the_documented_form() -> None:
    outcomes, alerts, marks = set(), 0, set()
    for record, answer in decided():
        decision = json.loads(answer.value)
        SCHEMAS["transaction.json"].validate(json.loads(record.value or b""))
        SCHEMAS["decision.json"].validate(decision)
        assert SCHEMAS["alert.json"].is_valid(decision) == answer.is_alert
        assert list(decision) == list(json_schemas()["decision.json"]["properties"])
        outcomes.add(answer.answer.outcome)
        alerts += answer.is_alert
        marks |= {mark for mark in ("late", "duplicate") if decision[mark]}
    assert outcomes == set(Outcome)
    assert alerts > 0
    assert marks == {"late", "duplicate"}


def hostile_payloads() -> Iterator[tuple[Any, str]]:
    """Yield the hostile records' payloads that a schema can judge, and what must become of each."""
    for case in hostile_cases():
        if case.code not in BEYOND_A_SCHEMA:
            # Python refuses to read integers of thousands of digits; their first ones are wrong enough.
            payload = json.loads(case.record().value or b"", parse_int=lambda digits: int(digits[:100]))
            # To JSON Schema 1.0 is an integer; to us it is not.
            if not (isinstance(payload, dict) and isinstance(payload.get("schema_version"), float)):
                yield payload, case.code


def test_the_schema_of_a_transaction_agrees_with_validation_on_the_hostile_records() -> None:
    judged = [(SCHEMAS["transaction.json"].is_valid(payload), payload, code) for payload, code in hostile_payloads()]
    assert [(payload, code) for valid, payload, code in judged if valid != (code == DECISION)] == []
    assert len({code for _, _, code in judged}) > 10


def test_control_documents_have_the_documented_form() -> None:
    SCHEMAS["control-rules.json"].validate(json.loads(msgspec.json.encode(default_rules())))
    SCHEMAS["control-lists.json"].validate(json.loads(msgspec.json.encode(NO_LISTS)))


def test_documents_without_results_say_how_to_measure(tmp_path: Path) -> None:
    text = with_figures("a\n<!-- figures:begin -->\nold\n<!-- figures:end -->\nb\n", tmp_path)
    assert "old" not in text
    assert "make bench" in text
    assert with_figures(text, tmp_path) == text
