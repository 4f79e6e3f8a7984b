"""Columns of foreign tables under the names of a contract's fields."""

from collections.abc import Mapping, Sequence

from streamflow.contracts.errors import BadInputError


def field_names(columns: Sequence[str], mapping: Mapping[str, str], where: str, required: frozenset[str] = frozenset()) -> list[str]:
    """Return the field that each column holds: the one it is mapped to, else that of its own name.

    Parameters
    ----------
    mapping
        Column to field.
    where
        Names the table in errors.
    required
        Fields that must be there.

    Raises
    ------
    BadInputError
        If a mapped column is not there, two columns hold one field, or a required field has no column.

    Examples
    --------
    >>> field_names(["card_holder", "amount"], {"card_holder": "customer_id"}, "payments.csv")
    ['customer_id', 'amount']
    """
    missing = sorted(set(mapping) - set(columns))
    if missing:
        raise BadInputError("a mapped column is not there", expected=f"one of {', '.join(columns)}", got=", ".join(missing), where=where)
    names = [mapping.get(column, column) for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInputError("two columns have the same name", got=", ".join(twice), where=where, fix="--map column=another_name")
    absent = sorted(required - set(names))
    if absent:
        raise BadInputError(
            "a column is missing", expected=", ".join(absent), got=", ".join(columns), where=where, fix=f"--map column={absent[0]}"
        )
    return names
