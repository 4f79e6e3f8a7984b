"""What dbt is told of bronze: its sources, and the words for their columns, from the catalogue of tables."""

from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from streamflow.contracts.tables import BRONZE, REALTIME, SCHEMAS, Table

_WIDTH: Final = 140
_HEAD: Final = "# Written by `make docs` from src/streamflow/contracts/tables.py.\n"
_MINUTES, _HOURS, _DAYS = "minute", "hour", "day"
# How long a table may go without a new row, to warn and to fail. Dead letters and unreadable records may stay away for ever, and
# customers and stores change when the shop exports them.
_FRESHNESS: Final = {
    "bronze.decisions": ((15, _MINUTES), (1, _HOURS)),
    "bronze.alerts": ((6, _HOURS), (1, _DAYS)),
    "bronze.labels": ((2, _DAYS), (7, _DAYS)),
    "metrics.realtime": ((15, _MINUTES), (1, _HOURS)),
}


def sources_file() -> str:
    """Return dbt's `sources.yml`.

    Examples
    --------
    >>> "- name: decisions" in sources_file()
    True
    """
    sources = [_source("bronze", BRONZE), _source("metrics", (REALTIME,))]
    stream = StringIO()
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump({"version": 2, "sources": sources}, stream)
    return _HEAD + stream.getvalue()


def _source(schema: str, tables: tuple[Table, ...]) -> dict[str, Any]:
    return {"name": schema, "schema": schema, "description": SCHEMAS[schema], "tables": [_table(table) for table in tables]}


def _table(table: Table) -> dict[str, Any]:
    found = _FRESHNESS.get(table.full_name)
    # Without limits, and said so: dbt would otherwise take those of the source.
    config: dict[str, Any] = {"freshness": None}
    if found is not None:
        warn, error = ({"count": count, "period": period} for count, period in found)
        config = {"loaded_at_field": "loaded_at", "freshness": {"warn_after": warn, "error_after": error}}
    columns = [{"name": column.name, "description": column.what, "data_type": column.type} for column in table.columns]
    return {"name": table.name, "description": table.what, "config": config, "columns": columns}


def columns_file() -> str:
    """Return doc blocks, so that a model's column that only passes one of bronze on is described by bronze's words.

    Examples
    --------
    >>> "{% docs decisions__amount %}" in columns_file()
    True
    """
    blocks = [
        f"{{% docs {table.name}__{column.name} %}}\n{column.what}\n{{% enddocs %}}\n"
        for table in (*BRONZE, REALTIME)
        for column in table.columns
    ]
    return "{# Written by `make docs` from src/streamflow/contracts/tables.py. #}\n\n" + "\n".join(blocks)
