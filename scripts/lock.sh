#!/usr/bin/env bash
# Writes requirements/*.txt anew: hashes, no index, no addresses. Takes `--upgrade` for newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

resolve() {
    build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "${options[@]}" "$@"
}

options=("$@")
resolve requirements/uv.in --output-file requirements/uv.txt
resolve requirements/build.in --output-file requirements/build.txt
resolve pyproject.toml --output-file requirements/runtime.txt
resolve pyproject.toml --extra ml --group dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
# One version of each for both Pythons, so that both generate the same bytes.
resolve --fork-strategy fewest requirements/synccfd.in --output-file requirements/synccfd.txt
resolve --fork-strategy fewest requirements/dbt.in --output-file requirements/dbt.txt
resolve --fork-strategy fewest requirements/airflow.in --output-file requirements/airflow.txt
resolve requirements/gate.in --output-file requirements/gate.txt
