"""What can be said about the simulator's data set without running the simulator."""

import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streamflow.cli.main import app
from streamflow.contracts.errors import BadInputError, NotReadyError
from streamflow.dataset import SAMPLE, WHOLE, SynccfdPlan, make_synccfd
from streamflow.dataset.environment import UV, Environment

RUNNER = CliRunner()


def test_the_whole_set_is_that_of_the_public_protocol() -> None:
    assert SynccfdPlan(customers=4000, terminals=8000, days=150, start="2018-04-01", seed=42) == WHOLE
    assert SAMPLE.customers * SAMPLE.days < WHOLE.customers * WHOLE.days / 15


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"customers": 0}, "customers"),
        ({"terminals": 1}, "terminals"),
        ({"days": 0}, "days"),
        ({"seed": -1}, "seed"),
        ({"start": "1 April"}, "start"),
        ({"start": "9999-12-30"}, "start"),
        ({"start": "1492-10-12"}, "start"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_name(changed: dict[str, Any], name: str) -> None:
    with pytest.raises(BadInputError, match=name):
        SynccfdPlan(**changed)


@pytest.mark.parametrize("option", ["--customers", "--terminals", "--days"])
def test_a_sample_has_sizes_of_its_own(option: str) -> None:
    result = RUNNER.invoke(app, ["dataset", "synccfd", "--sample", option, "10"])
    assert result.exit_code == 2
    assert option in result.output


def test_a_label_before_its_payment_is_refused_before_anything_is_generated(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="before its payment"):
        make_synccfd(SAMPLE, tmp_path / "out", delay_days=-1.0, environment=Environment(tmp_path / "home"))
    assert list(tmp_path.iterdir()) == []


def test_without_a_checkout_the_operator_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="requirements are missing"):
        make_synccfd(SAMPLE, tmp_path / "out", environment=Environment(tmp_path, requirements=tmp_path / "synccfd.txt"))


def test_without_the_installer_the_operator_is_told_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="uv is missing") as caught:
        make_synccfd(SAMPLE, tmp_path / "out", environment=Environment(tmp_path / "home", uv=tmp_path / "uv"))
    assert caught.value.fix == "make setup"
    assert not (tmp_path / "out").exists()


def test_an_installation_that_fails_is_not_taken_for_ready(tmp_path: Path) -> None:
    requirements = tmp_path / "synccfd.txt"
    requirements.write_text("this is no requirement\n")
    environment = Environment(tmp_path / "home", requirements=requirements)
    assert UV.is_file(), "make setup puts it there"
    for _ in range(2):
        with pytest.raises(NotReadyError, match="environment cannot be made"):
            environment.prepare()


def test_an_environment_is_made_once_and_again_when_its_requirements_change(tmp_path: Path) -> None:
    requirements = tmp_path / "synccfd.txt"
    requirements.write_text("# nothing\n")
    environment = Environment(tmp_path / "home", requirements=requirements)
    python = environment.prepare()
    marker = python.parent / "marker"
    marker.touch()
    assert environment.prepare() == python
    assert marker.exists()
    requirements.write_text("# nothing, differently\n")
    environment.prepare()
    assert not marker.exists()


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    requirements = tmp_path / "synccfd.txt"
    requirements.write_text("# nothing\n")
    program = tmp_path / "program.py"
    program.write_text("import sys\nprint(1, 2)\nsys.exit(f'no {sys.argv[1]} today')\n")
    told: list[int] = []
    with pytest.raises(Exception, match="the simulator failed: got no data today"):
        Environment(tmp_path / "home", requirements=requirements).run(program, ["data"], told.append)
    assert told == [1]


def test_the_worker_needs_nothing_of_streamflow() -> None:
    worker = Path(sys.modules["streamflow.dataset.synccfd_worker"].__file__ or "")
    assert "import streamflow" not in worker.read_text()
    assert "from streamflow" not in worker.read_text()
