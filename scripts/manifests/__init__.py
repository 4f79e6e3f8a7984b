"""The part of `deploy/kubernetes` that is a fact of the code: topics, users and roles with their rights, what others are told."""

from scripts.manifests.flink import facts
from scripts.manifests.kafka import topics, users
from scripts.manifests.postgres import roles
from scripts.manifests.prometheus import rules
from scripts.manifests.yaml import documents

BASE = "deploy/kubernetes/base"


def manifest_files() -> dict[str, str]:
    """Return every generated manifest by its path in the checkout."""
    return {
        f"{BASE}/kafka/topics.yaml": documents(topics()),
        f"{BASE}/kafka/users.yaml": documents(users()),
        f"{BASE}/postgres/roles.yaml": documents(roles()),
        f"{BASE}/jobs/facts.yaml": documents(facts()),
        f"{BASE}/observability/rules.yaml": documents(rules()),
    }
