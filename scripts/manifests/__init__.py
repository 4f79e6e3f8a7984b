"""The part of `deploy/kubernetes` that is a fact of the code: topics, users and roles with their rights, what others are told."""

from scripts.generated_yaml import WHOLE_LINES, as_yaml
from scripts.manifests.flink import facts
from scripts.manifests.kafka import topics, users
from scripts.manifests.postgres import roles
from scripts.manifests.prometheus import rules

BASE = "deploy/kubernetes/base"


def manifest_files() -> dict[str, str]:
    """Return every generated manifest by its path in the checkout."""
    resources = {
        "kafka/topics": topics(),
        "kafka/users": users(),
        "postgres/roles": roles(),
        "jobs/facts": facts(),
        "observability/rules": rules(),
    }
    return {f"{BASE}/{name}.yaml": as_yaml(*made, width=WHOLE_LINES) for name, made in resources.items()}
