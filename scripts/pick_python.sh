#!/usr/bin/env bash
# Prints the path of an interpreter that StreamFlow runs on: $PYTHON where it is set, else the first that fits.
set -euo pipefail

# A shared libpython is needed because Flink's JVM loads the interpreter; ensurepip because `python -m venv` does.
fits='import sys, sysconfig, ensurepip
sys.exit(not ((3, 11) <= sys.version_info < (3, 13) and sysconfig.get_config_var("Py_ENABLE_SHARED")))'

candidates=(python3 python3.12 python3.11)
if [[ -n "${PYTHON:-}" ]]; then
    candidates=("$PYTHON")
fi
for candidate in "${candidates[@]}"; do
    if command -v "$candidate" >/dev/null && "$candidate" -c "$fits" >/dev/null 2>&1; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done
{
    echo "set-up: expected Python 3.11 or 3.12 with venv and a shared libpython, found none that fits among: ${candidates[*]}"
    for candidate in "${candidates[@]}"; do
        echo "  $candidate: $("$candidate" --version 2>&1 | head -n 1 || true)"
    done
    echo "  try: apt-get install python3 python3-venv libpython3-dev   (Debian 12 or newer), or make PYTHON=/path/to/python3.12"
} >&2
exit 4
