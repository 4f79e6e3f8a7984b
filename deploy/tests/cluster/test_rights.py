"""Who may do what: as the authorizer says, against the page."""

from deploy.gate.render import of_kind
from deploy.gate.rights import PAGE, rights_page
from deploy.tests.cluster.conftest import Applied


def test_each_service_account_may_do_what_the_page_says_and_nothing_else(applied: Applied) -> None:
    assert PAGE.read_text() == rights_page(applied.cluster, applied.resources), "python -m deploy.gate.rights"


def test_nobody_reads_secrets_or_runs_in_others_pods(applied: Applied) -> None:
    for account in of_kind(applied.resources, "ServiceAccount"):
        who = f"system:serviceaccount:{account['metadata']['namespace']}:{account['metadata']['name']}"
        for verb, resource in (("get", "secrets"), ("create", "pods/exec"), ("update", "roles"), ("create", "networkpolicies")):
            assert not applied.cluster.may(who, verb, resource, "streamflow"), (who, verb, resource)
    assert applied.cluster.may("system:serviceaccount:streamflow:flink", "create", "pods", "streamflow")
