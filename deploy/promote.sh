#!/usr/bin/env bash
# Writes the digests of released images into an overlay, for a pull request; nothing is applied.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
overlay=${1:-}
file=$root/deploy/kubernetes/overlays/$overlay/kustomization.yaml
if [[ $# -lt 2 || ! -f "$file" ]]; then
    cat >&2 <<'EOF'
usage: deploy/promote.sh OVERLAY IMAGE=sha256:DIGEST...     such as streamflow/tools=sha256:...
       deploy/promote.sh OVERLAY --from OTHER               the digests that another overlay has
EOF
    exit 2
fi

set_digest() {
    local image=$1 digest=$2
    [[ "$digest" =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "promote: expected sha256: and 64 digits, got '$digest' for $image" >&2; exit 3; }
    grep --quiet "{name: $image, " "$file" || { echo "promote: the overlay $overlay has no image $image" >&2; exit 3; }
    sed --in-place "s#{name: $image, digest: \"[^\"]*\"}#{name: $image, digest: \"$digest\"}#" "$file"
    echo "promote: $overlay has $image at $digest"
}

if [[ "$2" == --from ]]; then
    other=$root/deploy/kubernetes/overlays/${3:?the other overlay}/kustomization.yaml
    while read -r image digest; do
        set_digest "$image" "$digest"
    done < <(sed -n 's#.*{name: \([^,]*\), digest: "\([^"]*\)"}.*#\1 \2#p' "$other")
else
    for pair in "${@:2}"; do
        set_digest "${pair%%=*}" "${pair#*=}"
    done
fi
