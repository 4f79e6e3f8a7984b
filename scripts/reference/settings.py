"""`docs/reference/settings.md`."""

from typing import Any

import msgspec

from scripts.reference.markdown import code, page, table
from scripts.reference.types import allowed
from streamflow.settings.model import SECTIONS
from streamflow.settings.sources import ENVIRONMENT_PREFIX, FILE_NAME, FILE_VARIABLE, environment_variable, known_keys


def settings_page() -> str:
    """Return the page of all settings."""
    parts = [
        f"""A setting is looked for in four places; the first that names it wins:

1. the command line: `streamflow --set SECTION.KEY=VALUE COMMAND`, before the command, as often as needed;
2. the environment: `{ENVIRONMENT_PREFIX}SECTION_KEY`;
3. the file: `[section]` and `key = value` in TOML. It is the file that `--config FILE` names, else `{FILE_VARIABLE}`, else
   `{FILE_NAME}` in the current folder, else `{FILE_NAME}` in the checkout. Only one file is read;
4. the default.

An unknown key, section or `{ENVIRONMENT_PREFIX}*` variable and a value of the wrong type are errors (exit code 3), never passed over.
`streamflow config show` prints every setting, its value and where that was found; secrets are masked.

```toml
# {FILE_NAME}
[kafka]
bootstrap_servers = "broker-1:9093,broker-2:9093"

[flink]
parallelism = 2
```""",
    ]
    for section, kind in SECTIONS.items():
        rows = []
        for field in msgspec.structs.fields(kind):
            key = f"{section}.{field.name}"
            hint = known_keys()[key]
            rows.append((code(key), code(environment_variable(key)), _default(field), allowed(hint), _what(hint)))
        parts += [f"## {section}", (kind.__doc__ or "").strip(), table(("setting", "environment", "default", "allowed", "meaning"), rows)]
    return page("Settings", *parts)


def _default(field: msgspec.structs.FieldInfo) -> str:
    return "empty" if field.default in ("", ()) else code(field.default)


def _what(hint: Any) -> str:
    return next((fact.description for fact in getattr(hint, "__metadata__", ()) if isinstance(fact, msgspec.Meta) and fact.description), "")
