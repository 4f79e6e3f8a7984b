"""What a table of the warehouse is: its columns, its key, and how its rows are split."""

from typing import Final

import msgspec

SPLIT_COLUMN: Final = "source_timestamp"
"""Bronze is split by day of the broker's time of the source record: it only grows, whatever time an event claims."""


class Column(msgspec.Struct, frozen=True):
    """A column.

    Parameters
    ----------
    name : str
        Its name.
    type : str
        PostgreSQL's type.
    what : str
        What it means: the column's comment.
    null : bool
        Whether it may be empty.
    """

    name: str
    type: str
    what: str
    null: bool = False


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table that the migrations make.

    Parameters
    ----------
    schema, name : str
        Where it lies.
    what : str
        What a row is: the table's comment.
    columns : tuple of Column
        In order.
    key : tuple of str
        The primary key.
    by_day : bool
        Whether it is split by day of `SPLIT_COLUMN`, in UTC.
    """

    schema: str
    name: str
    what: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    by_day: bool = False

    @property
    def full_name(self) -> str:
        """Schema and name.

        Examples
        --------
        >>> Table(schema="bronze", name="alerts", what="", columns=(), key=()).full_name
        'bronze.alerts'
        """
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def loaded_at() -> Column:
    """Return the column that tells when a row came; the database fills it."""
    return Column("loaded_at", "timestamptz", "When the row was first written; writing it again does not change it.")


def source_columns(record: str) -> tuple[Column, ...]:
    """Return the columns that name a record of Kafka.

    Parameters
    ----------
    record : str
        Which record they name.
    """
    return (
        Column("source_topic", "text", f"Topic of {record}."),
        Column("source_partition", "integer", "Its partition."),
        Column("source_offset", "bigint", "Its offset."),
        Column(SPLIT_COLUMN, "timestamptz", "The broker's time of it; its day, in UTC, decides the row's partition."),
    )
