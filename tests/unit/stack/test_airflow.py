"""Airflow as a component: what it is told, and what it keeps to itself."""

import json
from configparser import ConfigParser
from pathlib import Path

import pytest

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.orchestration import SECTION
from streamflow.stack import StackSettings, airflow
from streamflow.stack.airflow import PARTS, Airflow
from streamflow.stack.config import Layout
from streamflow.stack.registry import select
from streamflow.stack.state import StackState


@pytest.fixture
def component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Airflow:
    """Return the component of a stack whose environment for Airflow is there."""
    environment, manifest = tmp_path / "venv", tmp_path / "manifest.json"
    environment.mkdir()
    (environment / ".ready").touch()
    manifest.touch()
    monkeypatch.setattr(airflow, "ENVIRONMENT", environment)
    monkeypatch.setattr(airflow, "MANIFEST", manifest)
    return Airflow(Layout(StackSettings(directory=str(tmp_path / "100%"))), StackState(ports={"postgres": 5432, "airflow": 8080}))


def configuration(component: Airflow) -> ConfigParser:
    parser = ConfigParser()
    parser.read(component.config_file)
    return parser


def test_it_is_started_only_where_it_is_named_and_brings_postgres() -> None:
    assert "airflow" not in select([])
    assert select(["airflow"]) == ["postgres", "airflow"]


def test_passwords_and_keys_stay_the_same_and_are_for_their_owner_alone(component: Airflow) -> None:
    component.prepare()
    files = (component.config_file, component.database_password_file, component.page_password_file, component.key_file)
    before = [file.read_text() for file in files]
    component.prepare()
    assert [file.read_text() for file in files] == before
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    assert component.home.stat().st_mode & 0o077 == 0


def test_no_password_stands_in_what_other_users_can_see_of_a_process(component: Airflow) -> None:
    component.prepare()
    secrets = [component.database_password_file.read_text().strip().rpartition(":")[2]]
    secrets += [*json.loads(component.page_password_file.read_text()).values(), *json.loads(component.key_file.read_text()).values()]
    scripts = "".join(program.script() for program in component.programs().values())
    assert [secret for secret in secrets if secret in scripts] == []


def test_it_listens_on_loopback_and_reports_to_nobody(component: Airflow) -> None:
    component.prepare()
    found = configuration(component)
    assert (found["api"]["host"], found["api"]["port"], component.endpoint) == ("127.0.0.1", "8080", "http://127.0.0.1:8080")
    assert (found["usage_data_collection"]["enabled"], found["cosmos"]["enable_telemetry"]) == ("False", "False")
    assert "--skip-serve-logs" in PARTS["airflow-scheduler"], "the log server listens on every interface"


def test_a_path_with_a_percent_sign_survives_the_configuration(component: Airflow) -> None:
    component.prepare()
    found = configuration(component)
    assert found["core"]["simple_auth_manager_passwords_file"] == str(component.page_password_file)
    assert str(component.layout.directory) in found[SECTION]["command"]


def test_another_port_or_catalogue_restarts_it_and_nothing_else_does(component: Airflow) -> None:
    def marks() -> set[str]:
        return {program.fingerprint for program in component.programs().values()}

    before = marks()
    component.prepare()
    assert marks() == before
    component.state.ports["airflow"] = 8081
    assert marks() != before


def test_without_its_environment_it_says_how_to_make_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow, "ENVIRONMENT", tmp_path)
    component = Airflow(Layout(StackSettings(directory=str(tmp_path))), StackState(ports={"postgres": 5432, "airflow": 8080}))
    with pytest.raises(NotReadyError) as caught:
        component.prepare()
    assert caught.value.fix == "make airflow"


def test_a_stack_that_was_started_before_airflow_was_known_has_no_address_for_it(tmp_path: Path) -> None:
    assert Airflow(Layout(StackSettings(directory=str(tmp_path))), StackState(ports={"postgres": 5432})).endpoint == ""


def test_a_page_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    component = Airflow(Layout(StackSettings(directory=str(tmp_path))), StackState(ports={"postgres": 5432, "airflow": 9}))
    assert "refused" in (component.why_not_ready() or "")
