"""The Python side of the frames; test_job.py holds the Java side against it."""

from hypothesis import given
from hypothesis import strategies as st

from streamflow.contracts.record import Record, decode_headers, encode_headers
from streamflow.flink.frames import decode_batch, encode_batch

TOPIC = "transactions.raw"
long = st.integers(-(2**63), 2**63 - 1)
headers = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.none() | st.binary(max_size=40)), max_size=5
)
records = st.builds(
    Record,
    st.just(TOPIC),
    st.integers(0, 2**31 - 1),
    long,
    long,
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=400),
    headers.map(encode_headers),
)


@given(st.lists(records, max_size=20))
def test_a_batch_comes_back_as_it_went(batch: list[Record]) -> None:
    assert decode_batch(TOPIC, encode_batch(batch)) == batch


@given(headers)
def test_headers_keep_order_repeats_and_nulls(pairs: list[tuple[str, bytes | None]]) -> None:
    assert list(decode_headers(encode_headers(pairs))) == pairs
