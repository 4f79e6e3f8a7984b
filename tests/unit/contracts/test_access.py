"""Rights to topics: nobody has more than his work takes, and no topic is without somebody who writes it and somebody who reads it."""

from streamflow.contracts.access import CLIENTS
from streamflow.contracts.catalogue import CONTROL, JOBS, RAW, SCORED, TOPICS, Topic


def writers(topic: Topic) -> set[str]:
    return {client.name for client in CLIENTS if topic in client.writes}


def test_rules_are_changed_by_people_and_decisions_are_made_by_the_job() -> None:
    assert writers(CONTROL) == {"operator"}
    assert writers(SCORED) == {"fraud-detector"}
    assert writers(RAW) == {"shop", "probe", "operator"}


def test_every_topic_is_written_and_read_by_somebody() -> None:
    assert [topic.name for topic in TOPICS if not writers(topic)] == []
    assert [topic.name for topic in TOPICS if not any(topic in client.reads for client in CLIENTS)] == []


def test_a_job_is_a_client_of_its_name_whose_group_is_its_own() -> None:
    clients = {client.name: client for client in CLIENTS}
    assert len(clients) == len(CLIENTS)
    for job in JOBS:
        assert job.group_id.startswith(clients[job.name].group_prefix)
        others = [client.name for client in CLIENTS if client.group_prefix and client.group_prefix.startswith(job.group_id)]
        assert others == [job.name]
