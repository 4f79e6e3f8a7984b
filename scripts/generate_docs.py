"""Writes what `docs/` and the database's comments say from the code: contracts, reference pages, and the measured figures.

`python -m scripts.generate_docs` writes; with `--check` it names the files that are stale and fails.
"""

import json
import sys
from pathlib import Path
from typing import Final

from scripts.dashboards.grafana import grafana_files
from scripts.manifests import manifest_files
from scripts.reference.capacity import capacity_pages
from scripts.reference.commands import commands_page
from scripts.reference.decision import decision_page
from scripts.reference.drift import drift_pages
from scripts.reference.figures import documents
from scripts.reference.indexes import indexes_pages
from scripts.reference.metrics import metrics_page
from scripts.reference.observability import alerts_page, rule_files
from scripts.reference.rules import rules_page
from scripts.reference.settings import settings_page
from scripts.reference.tables import comments_sql, tables_page
from scripts.reference.topics import codes_page, contracts_page, dead_letter_page, topics_page
from scripts.reference.warehouse import columns_file, sources_file
from streamflow.contracts.schemas import json_schemas

ROOT: Final = Path(__file__).resolve().parents[1]
GENERATED_FOLDERS: Final = ("docs/contracts", "docs/reference", "observability/rules", "observability/grafana")


def generated() -> dict[str, str]:
    """Return every generated file's content by its path in the checkout."""
    schemas = {f"docs/contracts/{name}": json.dumps(schema, indent=2) + "\n" for name, schema in json_schemas().items()}
    pages = {
        "docs/contracts/README.md": contracts_page(),
        "docs/contracts/dead-letter.md": dead_letter_page(),
        "docs/reference/alerts.md": alerts_page(),
        "docs/reference/commands.md": commands_page(),
        "docs/reference/dead-letter-codes.md": codes_page(),
        "docs/reference/decision.md": decision_page(),
        "docs/reference/metrics.md": metrics_page(),
        "docs/reference/rules.md": rules_page(),
        "docs/reference/settings.md": settings_page(),
        "docs/reference/tables.md": tables_page(),
        "docs/reference/topics.md": topics_page(),
        "src/streamflow/store/migrations/comments.sql": comments_sql(),
    }
    models = {"warehouse/models/bronze.md": columns_file(), "warehouse/models/bronze.yml": sources_file()}
    return {
        **schemas,
        **pages,
        **models,
        **rule_files(),
        **grafana_files(),
        **manifest_files(),
        **indexes_pages(),
        **drift_pages(),
        **capacity_pages(),
        **documents(),
    }


def stale(root: Path = ROOT) -> list[str]:
    """Return the paths of files that are not as the code says, and of files in the generated folders that nothing generates."""
    wanted = generated()
    present = {path.relative_to(root).as_posix() for folder in GENERATED_FOLDERS for path in (root / folder).glob("*") if path.is_file()}
    return sorted({name for name, text in wanted.items() if _read(root / name) != text} | (present - wanted.keys()))


def write(root: Path = ROOT) -> list[str]:
    """Write what is stale, delete what nothing generates any more, and return the paths."""
    wanted, changed = generated(), stale(root)
    for name in changed:
        path = root / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str]) -> int:
    """Write or check, and return the exit code."""
    check = arguments == ["--check"]
    changed = stale() if check else write()
    for name in changed:
        sys.stdout.write(f"{'stale' if check else 'wrote'} {name}\n")
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
