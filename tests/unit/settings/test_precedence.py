"""Option beats environment beats file beats default; what is unknown or wrong is named."""

from pathlib import Path

import msgspec
import pytest

from streamflow.contracts.errors import BadInputError
from streamflow.flink.settings import JobSettings
from streamflow.settings import Options, Settings
from streamflow.settings.model import SECTIONS, FlinkSettings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "streamflow.toml"
    path.write_text('[kafka]\nbootstrap_servers = "from-file:9092"\n[flink]\nparallelism = 3\nbuckets = 32\n')
    return path


def test_option_beats_environment_beats_file_beats_default(file: Path) -> None:
    environment = {"STREAMFLOW_KAFKA_BOOTSTRAP_SERVERS": "from-environment:9092", "STREAMFLOW_FLINK_PARALLELISM": "4"}
    settings = Settings.load(Options(file=file, values={"flink.parallelism": "5"}), environment)
    assert (settings.flink.parallelism, settings.kafka.bootstrap_servers) == (5, "from-environment:9092")
    assert (settings.flink.buckets, settings.flink.micro_batch_ms) == (32, FlinkSettings().micro_batch_ms)
    origins = {entry.name: entry.origin for entry in settings.entries()}
    assert origins["flink.parallelism"] == "--set flink.parallelism"
    assert origins["kafka.bootstrap_servers"] == "STREAMFLOW_KAFKA_BOOTSTRAP_SERVERS"
    assert origins["flink.buckets"] == "streamflow.toml, flink.buckets"
    assert origins["flink.micro_batch_ms"] == "default"


def test_environment_can_name_the_file(file: Path) -> None:
    assert Settings.load(Options(), {"STREAMFLOW_CONFIG": str(file)}).flink.parallelism == 3


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="not there"):
        Settings.load(Options(file=tmp_path / "absent.toml"), {})


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("[kafka]\nbootstrap_server = 'x'\n", "kafka.bootstrap_servers"),
        ("[kafak]\nbootstrap_servers = 'x'\n", "kafka"),
        ("kafka = 'x'\n", r"\[kafka\]"),
        ("[kafka\n", "TOML"),
        ("[flink]\nparallelism = '4'\n", "int"),
        ("[flink]\nparallelism = 0\n", ">= 1"),
        ("[ingest]\nkey_source = 'header'\n", "header"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_nearest_known_name(tmp_path: Path, text: str, nearest: str) -> None:
    path = tmp_path / "streamflow.toml"
    path.write_text(text)
    with pytest.raises(BadInputError, match=nearest) as caught:
        Settings.load(Options(file=path), {})
    assert "streamflow.toml" in caught.value.where


def test_a_misspelt_variable_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(BadInputError, match="STREAMFLOW_KAFKA_SASL_USERNAME"):
        Settings.load(Options(), {"STREAMFLOW_KAFKA_SASL_USER": "ana"})


def test_a_wrong_number_in_a_variable_names_the_variable() -> None:
    with pytest.raises(BadInputError, match="STREAMFLOW_FLINK_PARALLELISM"):
        Settings.load(Options(), {"STREAMFLOW_FLINK_PARALLELISM": "many"})


def test_foreign_variables_are_no_concern_of_ours() -> None:
    assert Settings.load(Options(), {"KAFKA_HEAP_OPTS": "-Xmx1g", "PATH": "/bin"}) == Settings()


def test_every_setting_says_what_it_means() -> None:
    assert [entry.name for entry in Settings().entries() if not entry.what] == []


def test_defaults_of_the_job_are_those_of_the_settings() -> None:
    settings = Settings.load(Options(values={"kafka.bootstrap_servers": "kafka:9092"}), {})
    expected = JobSettings(kafka={"bootstrap.servers": "kafka:9092", "security.protocol": "PLAINTEXT"})
    assert settings.job_settings() == expected


def test_the_job_gets_what_is_set() -> None:
    values = {"flink.buckets": "32", "ingest.key_source": "payload", "validate.pan_check": "off", "kafka.bootstrap_servers": "k:1"}
    job = Settings.load(Options(values=values), {}).job_settings()
    assert (job.buckets, job.engine.key_source, job.engine.pan_check) == (32, "payload", "off")


def test_sections_and_the_settings_struct_agree() -> None:
    assert {field.name for field in msgspec.structs.fields(Settings)} == {*SECTIONS, "origins"}


def test_a_list_is_one_in_the_file_and_separated_by_commas_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "streamflow.toml"
    path.write_text("[model]\ntrusted_keys = ['a', 'b']\n")
    assert Settings.load(Options(file=path), {}).model.trusted_keys == ("a", "b")
    assert Settings.load(Options(file=path), {"STREAMFLOW_MODEL_TRUSTED_KEYS": "c"}).model.trusted_keys == ("c",)
    assert Settings.load(Options(file=path, values={"model.trusted_keys": " d, e,"}), {}).model.trusted_keys == ("d", "e")
    assert Settings.load(Options(file=path, values={"model.trusted_keys": ""}), {}).model.trusted_keys == ()


def test_the_job_and_the_commands_trust_the_same_keys(tmp_path: Path) -> None:
    file = tmp_path / "ana.pub"
    file.write_text("0a" * 32 + "\n")
    values = {"model.trusted_keys": f"{'0B' * 32},{file}", "kafka.bootstrap_servers": "broker:9092"}
    settings = Settings.load(Options(values=values), {})
    assert settings.trusted_model_keys() == settings.job_settings().engine.trusted_model_keys == ("0b" * 32, "0a" * 32)


def test_a_trusted_key_that_is_none_is_named() -> None:
    with pytest.raises(BadInputError, match=r"64 hexadecimal digits.*\(model\.trusted_keys\)"):
        Settings.load(Options(values={"model.trusted_keys": "ana"}), {}).trusted_model_keys()
