#!/usr/bin/env bash
# Says what is missing where Go is not there, or too old for the deployment checks. Takes the version that is needed.
set -euo pipefail

found=$(go env GOVERSION 2>/dev/null | sed 's/^go//' || true)
if [[ -z "$found" || "$(printf '%s\n' "$1" "$found" | sort --version-sort | head -n 1)" != "$1" ]]; then
    echo "Go $1 or later is needed to check deployments (found: ${found:-none}), from the Go project's downloads" >&2
    exit 4
fi
