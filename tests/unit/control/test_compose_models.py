"""What a push of a model or of a risk snapshot would write, and what it refuses to."""

import msgspec
import pytest

from streamflow.contracts.control import Generation
from streamflow.contracts.errors import BadInputError
from streamflow.contracts.record import Record
from streamflow.contracts.risk import RiskDocument, StoreRisk
from streamflow.control.compose import Draft, Written, compose
from streamflow.control.documents import NO_LISTS
from streamflow.control.snapshot import ControlSnapshot
from streamflow.score.model import bundle
from tests.unit.tiny_models import STRANGER, TRUSTED, model_files

RISK = RiskDocument(version=9, as_of_ms=5, stores={"store-1": StoreRisk(1, 2, 1, 2, 1, 2, 3, 0.5)}, customers=("cust-1",))


class Topic:
    """Grows by what drafts write."""

    def __init__(self, *trusted_keys: str) -> None:
        self.written: Written = []
        self.trusted_keys = trusted_keys or TRUSTED
        self.write(Draft(None))

    def snapshot(self) -> ControlSnapshot:
        records = (Record("streamflow.control", 0, offset, 1000 * offset, *record) for offset, record in enumerate(self.written))
        return ControlSnapshot(records, self.trusted_keys)

    def write(self, draft: Draft) -> list[str]:
        new = compose(self.snapshot(), draft, "")
        self.written += new
        return [key.decode() for key, _ in new]

    @property
    def current(self) -> Generation:
        published = self.snapshot().current
        assert published is not None
        return published.generation

    def based(self, **changes: int | None) -> Generation:
        return msgspec.structs.replace(self.current, **changes)


def with_model() -> Topic:
    topic = Topic()
    topic.write(Draft(topic.current, bundle=bundle(model_files())))
    return topic


def test_a_model_is_written_in_chunks_before_the_generation_that_names_it() -> None:
    topic = Topic()
    keys = topic.write(Draft(topic.current, bundle=bundle(model_files(card=bytes(range(256)) * 3000))))
    assert keys == ["model/1/0", "model/1/1", "generation/2"]
    assert topic.current == Generation(2, 1, 1, model=1)
    assert (topic.snapshot().models, topic.snapshot().refusals) == ([1], [])


def test_every_push_takes_over_what_it_does_not_change() -> None:
    topic = with_model()
    topic.write(Draft(topic.current, risk=RISK))
    topic.write(Draft(topic.current, bundle=bundle(model_files(2)), role="shadow"))
    topic.write(Draft(topic.current, lists=NO_LISTS))
    assert topic.current == Generation(5, 1, 2, model=1, shadow=2, risk=1)
    assert topic.snapshot().risks[1] == msgspec.structs.replace(RISK, version=1)


def test_a_rollback_is_of_one_generation_alone() -> None:
    topic = with_model()
    topic.write(Draft(topic.current, bundle=bundle(model_files(2))))
    with pytest.raises(BadInputError, match="an older model than the one before it"):
        topic.write(Draft(topic.based(model=1)))
    topic.write(Draft(topic.based(model=1), rollback=True))
    assert topic.current.rollback
    topic.write(Draft(topic.current, lists=NO_LISTS))
    assert topic.current == Generation(5, 1, 2, model=1)
    assert topic.write(Draft(topic.current, bundle=bundle(model_files(3)))) == ["model/3/0", "generation/6"], "no number is given twice"


def test_a_model_of_a_stranger_is_refused_before_anything_is_written() -> None:
    topic = Topic()
    for role in ("model", "shadow"):
        with pytest.raises(BadInputError, match=r"(?s)nothing was written.*signed with a key that is not trusted"):
            topic.write(Draft(topic.current, bundle=bundle(model_files(keys=STRANGER)), role=role))


@pytest.mark.parametrize("name", ["model", "shadow", "risk"])
def test_what_is_not_in_the_topic_cannot_be_named(name: str) -> None:
    topic = Topic()
    with pytest.raises(BadInputError, match="it is not in the topic"):
        topic.write(Draft(topic.based(**{name: 7})))


def test_rules_and_lists_can_be_pushed_by_someone_who_trusts_no_key() -> None:
    topic = with_model()
    topic.trusted_keys = ("00" * 32,)
    topic.write(Draft(topic.current, lists=NO_LISTS))
    assert topic.current == Generation(3, 1, 2, model=1)


def test_risk_that_cannot_be_followed_is_refused() -> None:
    topic = Topic()
    wrong = msgspec.structs.replace(RISK, as_of_ms=1, stores={"s": StoreRisk(1, 2, 1, 2, 1, 2, None, 0.5, counted_at_ms=2)})
    with pytest.raises(BadInputError, match="knows what comes after it"):
        topic.write(Draft(topic.current, risk=wrong))


def test_risk_above_the_topics_limit_is_refused() -> None:
    topic = Topic()
    store = StoreRisk(1, 2, 1, 2, 1, 2, None, 0.5)
    large = msgspec.structs.replace(RISK, stores={f"store-{number:050}": store for number in range(150_000)})
    with pytest.raises(BadInputError, match="too large for the control topic"):
        topic.write(Draft(topic.current, risk=large))


def test_an_older_reader_follows_a_generation_that_names_rules_and_lists_only() -> None:
    """Whoever reads the topic with the version before these fields refuses what it does not know."""
    topic = Topic()
    assert topic.written[-1][1] == b'{"generation":1,"rules":1,"lists":1}'
