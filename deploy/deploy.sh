#!/usr/bin/env bash
# Brings an overlay of deploy/kubernetes onto a cluster, says how it is there, and takes it back.
set -euo pipefail

readonly FIELD_MANAGER=streamflow-deploy NAMESPACE=streamflow REVISION=streamflow.org/revision PREVIOUS=streamflow.org/previous-revision
readonly NOT_READY=4 REFUSED=3 USAGE=2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dry_run=""
timeout=300s

usage() {
    cat <<'EOF'
usage: deploy/deploy.sh [--dry-run] [--timeout DURATION] COMMAND OVERLAY [REVISION]

  kubectl   apply what is committed; running it again changes nothing, and what was cut off is taken up again
  argocd    hand the overlay to Argo CD, which applies it from then on
  smoke     wait until everything that was applied is ready, and say what is not
  status    what is there: revision, jobs, brokers, databases, pods
  rollback  apply the revision before the present one, or the one that is named

Which cluster: KUBECONFIG, as for kubectl. --dry-run asks the API server and changes nothing.
Exit codes: 0 done, 2 wrong usage, 3 refused, 4 something does not answer or is not ready.
EOF
}

fail() {
    printf 'deploy: %s\n' "$2" >&2
    [[ $# -lt 3 ]] || printf '  try: %s\n' "$3" >&2
    exit "$1"
}

kube() {
    "${KUBECTL:-kubectl}" "$@"
}

require_server() {
    local answer
    answer=$(kube get --raw=/readyz --request-timeout=10s 2>&1) ||
        fail "$NOT_READY" "the API server does not answer: ${answer##*$'\n'}" "kubectl config current-context; kubectl get --raw=/readyz"
}

# The manifests of an overlay as a revision had them. To be called in a subshell, whose end takes the folder away.
render() {
    local overlay=$1 revision=$2
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    git -C "$root" archive "$revision" deploy/kubernetes observability | tar -x -C "$folder" ||
        fail "$REFUSED" "there is no revision $revision" "git fetch"
    "${KUSTOMIZE:-kustomize}" build "$folder/deploy/kubernetes/overlays/$overlay" ||
        fail "$REFUSED" "the overlay $overlay cannot be rendered" "kustomize build deploy/kubernetes/overlays/$overlay"
}

namespaces() {
    awk 'BEGIN { RS = "\n---\n"; ORS = "\n---\n" } /(^|\n)kind: Namespace\n/'
}

annotation() {
    kube get namespace "$NAMESPACE" --ignore-not-found --output="jsonpath={.metadata.annotations.${1//./\\.}}"
}

apply() {
    local overlay=$1 revision=$2 manifests present answer
    manifests=$(render "$overlay" "$revision")
    if grep --quiet '@sha256:0\{64\}' <<<"$manifests"; then
        fail "$REFUSED" "an image of the overlay $overlay was never released (its digest is zeros)" \
            "deploy/promote.sh $overlay IMAGE=DIGEST"
    fi
    require_server
    present=$(annotation "$REVISION")
    local options=(--server-side --force-conflicts --field-manager="$FIELD_MANAGER")
    [[ -z "$dry_run" ]] || options+=(--dry-run=server)
    if [[ -n "$dry_run" && -z "$(kube get namespace "$NAMESPACE" --ignore-not-found --output=name)" ]]; then
        fail "$NOT_READY" "a dry run needs the namespaces, and the cluster has none of them yet" \
            "kubectl apply --filename=deploy/kubernetes/base/namespaces/namespaces.yaml"
    fi
    # Namespaces before what lies in them. A Job cannot be changed: the one that prepares is made anew.
    namespaces <<<"$manifests" | kube apply "${options[@]}" --filename=- >/dev/null
    [[ -n "$dry_run" ]] || kube delete job prepare --namespace="$NAMESPACE" --ignore-not-found --wait=true >/dev/null
    if ! answer=$(kube apply "${options[@]}" --filename=- <<<"$manifests" 2>&1); then
        printf '%s\n' "$answer" | grep --invert-match -E ' serverside-applied( \(server dry run\))?$' >&2 || true
        fail "$REFUSED" "the API server refused the above; the rest is applied" "mend it and run the same command again"
    fi
    printf 'deploy: %s resources applied%s\n' "$(wc -l <<<"$answer")" "${dry_run:+, on trial: nothing was changed}"
    [[ -n "$dry_run" ]] && return
    if [[ "$present" != "$revision" ]]; then
        kube annotate namespace "$NAMESPACE" --overwrite "$REVISION=$revision" "$PREVIOUS=$present" >/dev/null
    fi
    printf 'deploy: %s is at %s\n' "$overlay" "$revision"
}

command_kubectl() {
    local revision
    revision=$(git -C "$root" rev-parse HEAD)
    [[ -z "$(git -C "$root" status --porcelain -- deploy/kubernetes observability)" ]] ||
        fail "$REFUSED" "deploy/kubernetes has changes that are not committed" "git commit, or git stash"
    apply "$1" "$revision"
}

command_rollback() {
    local wanted=${2:-}
    require_server
    [[ -n "$wanted" ]] || wanted=$(annotation "$PREVIOUS")
    [[ -n "$wanted" ]] || fail "$REFUSED" "the cluster knows of no revision before the present one" "deploy/deploy.sh rollback $1 REVISION"
    apply "$1" "$(git -C "$root" rev-parse --verify "$wanted^{commit}")"
}

command_argocd() {
    require_server
    local options=(--server-side --field-manager="$FIELD_MANAGER")
    [[ -z "$dry_run" ]] || options+=(--dry-run=server)
    "${KUSTOMIZE:-kustomize}" build "$root/deploy/argocd/$1" | kube apply "${options[@]}" --filename=- ||
        fail "$REFUSED" "Argo CD's resources were refused" "kubectl get crd applications.argoproj.io"
}

command_smoke() {
    require_server
    local waited=0 answer
    wait_for() {
        if answer=$(kube wait --namespace="$2" --timeout="$timeout" --for="$1" "${@:3}" 2>&1); then
            printf 'ready      %s\n' "$3"
        else
            printf 'NOT READY  %s: %s\n' "$3" "${answer##*$'\n'}"
            waited=1
        fi
    }
    wait_for condition=Complete "$NAMESPACE" job/prepare
    wait_for condition=Ready "$NAMESPACE" kafka/kafka
    wait_for condition=Ready "$NAMESPACE" kafkatopic --all
    wait_for condition=Ready "$NAMESPACE" cluster/warehouse
    for job in $(kube get flinkdeployments --namespace="$NAMESPACE" --output=name); do
        wait_for jsonpath='{.status.jobStatus.state}'=RUNNING "$NAMESPACE" "$job"
    done
    wait_for condition=Available "$NAMESPACE" deployment --all
    ((waited == 0)) || fail "$NOT_READY" "not everything is ready" "deploy/deploy.sh status $1; kubectl get events --namespace=$NAMESPACE"
}

command_status() {
    require_server
    printf 'overlay %s, revision %s, before it %s\n' "$1" "$(annotation "$REVISION")" "$(annotation "$PREVIOUS")"
    kube get kafka,cluster,flinkdeployments,jobs,deployments --namespace="$NAMESPACE" --ignore-not-found
    kube get pods --namespace="$NAMESPACE" --field-selector=status.phase!=Running,status.phase!=Succeeded --ignore-not-found
}

while [[ "${1:-}" == --* ]]; do
    case "$1" in
        --dry-run) dry_run=yes ;;
        --timeout)
            timeout=${2:?a duration such as 60s}
            shift
            ;;
        --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit "$USAGE"
            ;;
    esac
    shift
done
command=${1:-} overlay=${2:-}
case "$command" in
    kubectl | argocd | smoke | status | rollback) ;;
    *)
        usage >&2
        exit "$USAGE"
        ;;
esac
[[ -n "$overlay" && -d "$root/deploy/kubernetes/overlays/$overlay" ]] ||
    fail "$USAGE" "there is no overlay '$overlay'" "one of: $(ls -m "$root/deploy/kubernetes/overlays")"
"command_$command" "$overlay" "${@:3}"
