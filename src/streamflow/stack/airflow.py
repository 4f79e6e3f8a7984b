"""Airflow: its scheduler with the tasks' workers, the reader of its DAG files, and its page, on the local PostgreSQL."""

import base64
import json
import secrets
import shlex
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from streamflow.contracts.errors import NotReadyError
from streamflow.contracts.orchestration import SECTION, WAREHOUSE, WAREHOUSE_OWNER
from streamflow.contracts.tables import MIGRATOR, TRANSFORMER
from streamflow.stack.component import Component, Program, fingerprint, write_private
from streamflow.stack.config import CHECKOUT, Layout
from streamflow.stack.network import LOOPBACK
from streamflow.stack.own_command import own_command
from streamflow.stack.postgres import DATABASE as WAREHOUSE_DATABASE
from streamflow.stack.postgres import ROLE as SUPERUSER
from streamflow.stack.state import StackState

DAGS: Final = CHECKOUT / "orchestration" / "dags"
ENVIRONMENT: Final = CHECKOUT / "build" / "airflow" / "venv"
MANIFEST: Final = CHECKOUT / "build" / "airflow" / "dbt" / "manifest.json"
REQUIREMENTS: Final = CHECKOUT / "requirements" / "airflow.txt"
CATALOGUE: Final = CHECKOUT / "orchestration" / "catalogue.py"
USER: Final = "streamflow"
"""Who logs in to the page."""
DATABASE: Final = "airflow"
"""Airflow's own database in PostgreSQL, and the role that owns it."""
PARTS: Final = {
    "airflow-api": ("api-server",),
    # The page reads the logs from the disk: nothing needs to serve them, on all interfaces at that.
    "airflow-scheduler": ("scheduler", "--skip-serve-logs"),
    "airflow-processor": ("dag-processor",),
}
KEYS: Final = ("fernet", "page", "tasks")
"""For what the database holds, the page's sessions, and the tokens of the tasks."""
WORKERS: Final = 6
REPARSE_SECONDS: Final = 120
ASK_TIMEOUT_SECONDS: Final = 5.0


class Airflow(Component):
    """Airflow with a database of its own in the local PostgreSQL; only started when it is asked for."""

    name = "airflow"
    what = "Airflow"
    needs: ClassVar[tuple[str, ...]] = ("postgres",)

    def __init__(self, layout: Layout, state: StackState) -> None:
        super().__init__(layout, state)
        self.home = layout.data(self.name)
        self.config_file = self.home / "airflow.cfg"
        self.database_password_file = self.home / "pgpass"
        self.page_password_file = self.home / "password.json"
        self.key_file = self.home / "keys.json"

    @property
    def endpoint(self) -> str:
        """Address of the page; empty in a stack that was last started without knowing of Airflow."""
        return f"http://{self.state.address('airflow')}" if "airflow" in self.state.ports else ""

    def prepare(self) -> None:
        """Write the configuration; passwords and keys that there are stay."""
        if not (ENVIRONMENT / ".ready").is_file() or not MANIFEST.is_file():
            raise NotReadyError("Airflow's environment is missing", where=str(ENVIRONMENT), fix="make airflow")
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self.database_password_file, self._database_passwords())
        if not self.page_password_file.exists():
            write_private(self.page_password_file, json.dumps({USER: secrets.token_urlsafe(12)}) + "\n")
        if not self.key_file.exists():
            keys = {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in KEYS}
            write_private(self.key_file, json.dumps(keys) + "\n")
        write_private(self.config_file, self.config(json.loads(self.key_file.read_text())))

    def config(self, keys: Mapping[str, str]) -> str:
        """Return `airflow.cfg` with these keys."""
        address = f"{DATABASE}@{self.state.address('postgres')}/{DATABASE}?passfile={quote(str(self.database_password_file))}"
        sections: dict[str, dict[str, object]] = {
            "core": {
                "dags_folder": DAGS,
                "executor": "LocalExecutor",
                "parallelism": WORKERS,
                "load_examples": False,
                "dags_are_paused_at_creation": False,
                "simple_auth_manager_users": f"{USER}:admin",
                "simple_auth_manager_passwords_file": self.page_password_file,
                "execution_api_server_url": f"{self.endpoint}/execution/",
                "fernet_key": keys["fernet"],
            },
            "database": {
                "sql_alchemy_conn": f"postgresql+psycopg2://{address}",
                "sql_alchemy_conn_async": f"postgresql+asyncpg://{address}",
            },
            "api": {
                "host": LOOPBACK,
                "port": self.state.ports["airflow"],
                "base_url": self.endpoint,
                "workers": 1,
                "secret_key": keys["page"],
            },
            "api_auth": {"jwt_secret": keys["tasks"]},
            "logging": {"base_log_folder": self.home / "logs"},
            "dag_processor": {"min_file_process_interval": REPARSE_SECONDS},
            # Neither of them reports anything to anybody.
            "usage_data_collection": {"enabled": False},
            "cosmos": {"enable_telemetry": False, "cache_dir": self.home / "cosmos"},
            SECTION: {"command": shlex.join(own_command(self.layout))},
        }
        lines = ["# Written by `streamflow up`: changes are lost."]
        for section, options in sections.items():
            # Airflow expands what looks like a format or an interpolation.
            lines += [f"[{section}]", *(f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items())]
        return "\n".join(lines) + "\n"

    def programs(self) -> dict[str, Program]:
        """Return Airflow's three processes; each sees to the database before it becomes what it is."""
        warehouse = f"{self.state.address('postgres')}/{WAREHOUSE_DATABASE}?passfile={quote(str(self._warehouse_passwords))}"
        environment = {
            "AIRFLOW_HOME": str(self.home),
            "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'src'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DO_NOT_TRACK": "1",
            # Airflow renames its processes; that would overwrite the mark by which `down` finds what a killed one left behind.
            "SPT_NOENV": "1",
            f"AIRFLOW_CONN_{WAREHOUSE.upper()}": f"postgresql://{TRANSFORMER.name}@{warehouse}",
            f"AIRFLOW_CONN_{WAREHOUSE_OWNER.upper()}": f"postgresql://{MIGRATOR.name}@{warehouse}",
        }
        launcher = [sys.executable, "-m", "streamflow.stack.airflow_launch", str(self.home), self._superuser_address()]
        parts = {
            name: Program(command=[*launcher, str(ENVIRONMENT / "bin" / "airflow"), *arguments], environment=environment)
            for name, arguments in PARTS.items()
        }
        configuration = "".join([self.config(dict.fromkeys(KEYS, "")), *(program.script() for program in parts.values())])
        mark = fingerprint(configuration, *(path for path in (REQUIREMENTS, CATALOGUE) if path.is_file()))
        return {name: Program(command=part.command, environment=environment, fingerprint=mark) for name, part in parts.items()}

    def why_not_ready(self) -> str | None:
        """Ask the page how it and the other processes are."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/api/v2/monitor/health", timeout=ASK_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own http address
                health = json.load(response)
        except OSError as error:
            return str(error)
        ill = [part for part in ("metadatabase", "scheduler", "dag_processor") if health[part]["status"] != "healthy"]
        return f"not well: {', '.join(ill)}" if ill else None

    def after_start(self) -> str:
        """Say who may log in, and where the password is."""
        return f"{self.endpoint}, user {USER}, password in {self.page_password_file}"

    @property
    def _warehouse_passwords(self) -> Path:
        return self.layout.data("postgres") / "pgpass"

    def _superuser_address(self) -> str:
        return f"postgresql://{SUPERUSER}@{self.state.address('postgres')}/postgres?passfile={quote(str(self._warehouse_passwords))}"

    def _database_passwords(self) -> str:
        file = self.database_password_file
        password = file.read_text().strip().rpartition(":")[2] if file.exists() else secrets.token_urlsafe(24)
        host, _, port = self.state.address("postgres").partition(":")
        return f"{host}:{port}:*:{DATABASE}:{password}\n"
