"""Keys, signatures and scoring with a model, from the command line; no broker."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError, ExitCode
from tests.unit.factories import payment
from tests.unit.tiny_models import FEATURE, model_files


def streamflow(*arguments: object) -> Any:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.mkdir()
    for name, data in model_files(card=b"# card").items():
        if name != "signature":
            (path / name).write_bytes(data)
    return path


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, str]:
    made = streamflow("model", "keygen", tmp_path / "ana")
    assert made["public_key"] == str(tmp_path / "ana.pub")
    assert (tmp_path / "ana.pub").read_text() == made["trusted_key"] + "\n"
    return made["private_key"], made["public_key"]


def test_a_model_is_signed_and_verified(folder: Path, keys: tuple[str, str]) -> None:
    private, public = keys
    with pytest.raises(BadInputError, match="not signed"):
        streamflow("model", "verify", folder, "--key", public)
    name = streamflow("model", "sign", folder, "--key", private)["name"]
    facts = streamflow("model", "verify", folder, "--key", public)
    assert (facts["valid"], facts["name"], facts["kind"], facts["features"]) == (True, name, "linear", [FEATURE])
    assert streamflow("--set", f"model.trusted_keys={'00' * 32}, {public}", "model", "verify", folder) == facts


def test_a_model_is_refused_with_the_reason(folder: Path, keys: tuple[str, str]) -> None:
    private, public = keys
    streamflow("model", "sign", folder, "--key", private)
    with pytest.raises(BadInputError, match="not trusted"):
        streamflow("model", "verify", folder)
    (folder / "card.md").write_text("# other card")
    with pytest.raises(BadInputError, match=r"was changed.*card\.md"):
        streamflow("model", "verify", folder, "--key", public)
    with pytest.raises(BadInputError, match=r"was changed.*card\.md"):
        streamflow("model", "sign", folder, "--key", private)


def test_a_file_is_scored_with_a_model_that_is_trusted(folder: Path, keys: tuple[str, str], tmp_path: Path) -> None:
    private, public = keys
    source = tmp_path / "in.jsonl"
    source.write_bytes(json.dumps(payment()).encode() + b"\n")
    streamflow("model", "sign", folder, "--key", private)
    with pytest.raises(BadInputError, match="not trusted"):
        streamflow("score", source, "--model", folder, "--out", tmp_path / "out")
    streamflow("--set", f"model.trusted_keys={public}", "score", source, "--model", folder, "--out", tmp_path / "out")
    decision = json.loads((tmp_path / "out" / "decisions.jsonl").read_text())
    assert decision["model_version"] == streamflow("model", "verify", folder, "--key", public)["name"]


@pytest.mark.parametrize("arguments", [("shadow",), ("shadow", "1", "--off"), ("shadow", "--off", "--promote"), ("show", "0"), ("verify",)])
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["model", *arguments]).exit_code == ExitCode.USAGE
