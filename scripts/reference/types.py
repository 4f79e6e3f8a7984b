"""What a type allows, in words."""

from typing import Any, Final

from msgspec import inspect

_NAMES: Final[dict[type, str]] = {
    inspect.BoolType: "true or false",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.StrType: "text",
}


def allowed(hint: Any) -> str:
    """Return the values that an annotated type takes.

    Examples
    --------
    >>> from typing import Annotated, Literal
    >>> import msgspec
    >>> allowed(Annotated[int, msgspec.Meta(ge=1, le=128)]), allowed(Literal["on", "off"]), allowed(str)
    ('integer, 1 to 128', '`on` or `off`', 'text')
    >>> allowed(Annotated[float, msgspec.Meta(gt=0, le=12)])
    'number, above 0, at most 12'
    """
    found = inspect.type_info(hint)
    while isinstance(found, inspect.Metadata):
        found = found.type
    if isinstance(found, inspect.LiteralType):
        values = [f"`{value}`" if value else "empty" for value in hint_values(hint)]
        return ", ".join(values[:-1]) + f" or {values[-1]}"
    if isinstance(found, inspect.VarTupleType):
        return "list of texts; separated by commas outside the file"
    name = _NAMES.get(type(found), type(found).__name__)
    bounds = _bounds(found) if isinstance(found, inspect.IntType | inspect.FloatType) else ""
    return f"{name}, {bounds}" if bounds else name


def hint_values(hint: Any) -> tuple[str, ...]:
    """Return the values of a literal type in the order in which they are written."""
    while hasattr(hint, "__metadata__"):
        hint = hint.__origin__
    return tuple(hint.__args__)


def _bounds(found: inspect.IntType | inspect.FloatType) -> str:
    if found.ge is not None and found.le is not None:
        return f"{found.ge:g} to {found.le:g}"
    parts = (("above", found.gt), ("at least", found.ge), ("below", found.lt), ("at most", found.le))
    return ", ".join(f"{words} {bound:g}" for words, bound in parts if bound is not None)
