"""The tasks of `transform`: dbt's models, one task each, in a group for each layer, and the layer's tests at its end.

A group's models are built by one dbt process, because every start of dbt costs seconds; the models' own tasks watch what it says, and
build their model themselves where that process was lost.
"""

from typing import Any, Final, NamedTuple

from airflow.sdk import chain, get_current_context, task

from orchestration import audit, settings
from orchestration.catalogue import DBT_POOL, Spec
from streamflow.contracts.orchestration import REFRESH, WAREHOUSE

PROFILE: Final = "streamflow"
TARGET: Final = "warehouse"
PROMOTED: Final = "promoted"
LOOK_SECONDS: Final = 2
# Labels come weeks late, and change what a model's past days were worth.
MODEL_PERFORMANCE: Final = ("int_model_days", "mart_model_performance")
_CONNECTION: Final = "{{ conn." + WAREHOUSE
# What the dbt project's profile reads; filled from Airflow's connection when a task runs.
ENVIRONMENT: Final = {
    "PGHOST": _CONNECTION + ".host }}",
    "PGPORT": _CONNECTION + ".port or 5432 }}",
    "PGDATABASE": _CONNECTION + ".schema }}",
    "PGUSER": _CONNECTION + ".login }}",
    "PGPASSWORD": _CONNECTION + ".password or '' }}",
    "PGPASSFILE": _CONNECTION + ".extra_dejson.passfile or '' }}",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    # dbt's unit tests compare SQL with made-up rows: they belong to the build, not to every run.
    "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
}

ARGUMENTS: Final = {"append_env": True, "emit_datasets": False}


class Layer(NamedTuple):
    """A part of the dbt project that is built and tested before the next one."""

    name: str
    select: tuple[str, ...]


LAYERS: Final = (
    Layer("staging", ("tag:staging",)),
    Layer("intermediate", ("tag:intermediate", "tag:snapshots")),
    Layer("marts", ("tag:marts",)),
)


def tasks(spec: Spec) -> None:
    """Make a group for each layer, one after the other, the audit of gold, and the task that says that gold is new."""
    from airflow.providers.standard.operators.empty import EmptyOperator

    promoted = EmptyOperator(task_id=PROMOTED, outlets=[spec.gives])
    chain(*(_group(layer) for layer in LAYERS), audit.of_gold(), promoted)
    chain(promoted, task.short_circuit(task_id="is_refresh_asked_for")(refresh_is_asked_for)(), _refresh())


def refresh_is_asked_for() -> bool:
    """Say whether this run shall build the models' past days anew; `maintenance` asks for it once a day."""
    return bool((get_current_context()["dag_run"].conf or {}).get(REFRESH))


def _refresh() -> Any:
    from cosmos.constants import InvocationMode
    from cosmos.operators.local import DbtRunLocalOperator

    return DbtRunLocalOperator(
        task_id=REFRESH,
        select=" ".join(MODEL_PERFORMANCE),
        full_refresh=True,
        profile_config=_profile(),
        project_dir=str(settings.dbt_project()),
        dbt_executable_path=settings.dbt(),
        invocation_mode=InvocationMode.SUBPROCESS,
        pool=DBT_POOL.name,
        env=ENVIRONMENT,
        install_deps=False,
        **ARGUMENTS,
    )


def _group(layer: Layer) -> Any:
    # Cosmos takes a second to import: only the DAG files that need it pay for it.
    from cosmos.airflow.task_group import DbtTaskGroup
    from cosmos.config import ExecutionConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior, TestIndirectSelection

    return DbtTaskGroup(
        group_id=layer.name,
        project_config=ProjectConfig(
            dbt_project_path=settings.dbt_project(),
            manifest_path=settings.dbt_manifest(),
            project_name=PROFILE,
            install_dbt_deps=False,
            env_vars=ENVIRONMENT,
        ),
        profile_config=_profile(),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.SUBPROCESS,
            dbt_executable_path=settings.dbt(),
            setup_operator_args={"pool": DBT_POOL.name},
            # A test that compares two layers waits for the later one.
            test_indirect_selection=TestIndirectSelection.BUILDABLE,
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            invocation_mode=InvocationMode.SUBPROCESS,
            dbt_executable_path=settings.dbt(),
            select=list(layer.select),
            test_behavior=TestBehavior.AFTER_ALL,
            emit_datasets=False,
            enable_owner_inheritance=False,
        ),
        operator_args={**ARGUMENTS, "poke_interval": LOOK_SECONDS, "deferrable": False},
    )


def _profile() -> Any:
    from cosmos.config import ProfileConfig

    return ProfileConfig(profile_name=PROFILE, target_name=TARGET, profiles_yml_filepath=settings.dbt_project() / "profiles.yml")
