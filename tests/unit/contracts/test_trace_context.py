"""What of a payment's headers goes on with its answer, whatever the headers are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.record import HeaderList, decode_headers, encode_headers
from streamflow.contracts.trace_context import carried

TRACE, SPAN = b"0af7651916cd43dd8448eb211c80319c", b"b7ad6b7169203331"
PARENT = b"00-" + TRACE + b"-" + SPAN + b"-01"


def kept(*headers: tuple[str, bytes | None]) -> HeaderList:
    return list(decode_headers(carried(encode_headers(headers))))


def test_parent_and_state_go_on_and_nothing_else_does() -> None:
    headers: HeaderList = [("shop", b"7"), ("tracestate", b"vendor=1"), ("traceparent", PARENT), ("card", b"4711")]
    assert kept(*headers) == [("traceparent", PARENT), ("tracestate", b"vendor=1")]


def test_states_are_joined_in_their_order() -> None:
    assert kept(("tracestate", b"a=1"), ("traceparent", PARENT), ("tracestate", b"b=2"))[1] == ("tracestate", b"a=1,b=2")


@pytest.mark.parametrize(
    "parent",
    [
        None,
        b"",
        b"00",
        PARENT.upper(),
        PARENT + b"\n",
        PARENT[:-1],
        b"ff" + PARENT[2:],
        b"00-" + b"0" * 32 + b"-" + SPAN + b"-01",
        b"00-" + TRACE + b"-" + b"0" * 16 + b"-01",
        PARENT + b"-" + b"x" * 300,
        b"cust-4711",
    ],
)
def test_what_is_no_trace_parent_is_dropped_with_its_state(parent: bytes | None) -> None:
    assert kept(("traceparent", parent), ("tracestate", b"a=1")) == []


def test_two_parents_are_none() -> None:
    assert kept(("traceparent", PARENT), ("traceparent", PARENT)) == []


@pytest.mark.parametrize("state", [None, b"", b"a=1\n", b"\xff", b"a=" + b"x" * 600])
def test_a_state_that_is_none_is_dropped_alone(state: bytes | None) -> None:
    assert kept(("traceparent", PARENT), ("tracestate", state)) == [("traceparent", PARENT)]


def test_a_newer_version_goes_on_as_it_is() -> None:
    newer = b"01" + PARENT[2:] + b"-more"
    assert kept(("traceparent", newer)) == [("traceparent", newer)]


def test_a_parent_in_another_headers_value_is_none() -> None:
    assert kept(("note", b"traceparent" + PARENT)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["traceparent", "tracestate", "other"]), st.one_of(st.none(), st.binary(max_size=80), st.just(PARENT)))
    )
)
def test_any_headers_give_one_parent_and_at_most_one_state(headers: HeaderList) -> None:
    names = [name for name, _ in kept(*headers)]
    assert names in ([], ["traceparent"], ["traceparent", "tracestate"])
