"""Arrays as bytes and back: an `.npz` as NumPy writes it, read with nothing that could unpickle, run or swell.

`numpy.load` would allocate whatever a header asks for. Here every member's kind, rank and size are held against what is expected
before its bytes become an array.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streamflow.contracts.errors import BadInputError

Arrays = Mapping[str, npt.NDArray[Any]]

MAX_UNPACKED_BYTES: Final = 16 << 20
"""Some 700 000 nodes of trees. The job reads a model between two batches, and scores nothing meanwhile."""

_npy: Any = np.lib.format  # it has no types
_MAX_HEADER_BYTES: Final = 4096
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError, OverflowError, OSError)


class Form(NamedTuple):
    """What an array must be: NumPy's code of its numbers (little-endian), and how many axes it has."""

    dtype: str
    axes: int = 1


def write_arrays(arrays: Arrays, forms: Mapping[str, Form]) -> bytes:
    """Return arrays as a compressed `.npz`; the same arrays always give the same bytes with the same versions of NumPy and zlib."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, form in sorted(forms.items()):
            member = io.BytesIO()
            array = np.ascontiguousarray(arrays[name], dtype=form.dtype)
            _npy.write_array(member, array, version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), member.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def read_arrays(data: bytes, forms: Mapping[str, Form], where: str) -> dict[str, npt.NDArray[Any]]:
    """Read exactly the arrays of these forms.

    Raises
    ------
    BadInputError
        If an array is missing, unknown, of another form or not finite where it must be, or all together are too large.
    """
    try:
        found = dict(_members(data, forms, where))
    except _BROKEN as error:
        raise BadInputError("the model's arrays cannot be read", got=str(error) or type(error).__name__, where=where) from None
    if missing := sorted(forms.keys() - found.keys()):
        raise BadInputError("an array of the model is missing", expected=missing[0], where=where)
    return found


def _members(data: bytes, forms: Mapping[str, Form], where: str) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if (unpacked := sum(member.file_size for member in members)) > MAX_UNPACKED_BYTES:
            expected = f"at most {MAX_UNPACKED_BYTES} bytes"
            raise BadInputError("the model's arrays are too large", expected=expected, got=f"{unpacked} bytes", where=where)
        names = [member.filename for member in members]
        if unknown := [name for name in names if name.removesuffix(".npy") not in forms or names.count(name) > 1 or name[-4:] != ".npy"]:
            raise BadInputError("the model's arrays hold one that is not known or one twice", got=unknown[0], where=where)
        for member in members:
            name = member.filename.removesuffix(".npy")
            with archive.open(member) as file:
                yield name, _array(file.read(), name, forms[name], where)


def _array(data: bytes, name: str, form: Form, where: str) -> npt.NDArray[Any]:
    file = io.BytesIO(data)
    if _npy.read_magic(file) != (1, 0):
        raise BadInputError("an array of the model has an unknown format", expected="NPY 1.0", got=name, where=where)
    shape, fortran_order, dtype = _npy.read_array_header_1_0(file, max_header_size=_MAX_HEADER_BYTES)
    expected = np.dtype(form.dtype)
    if dtype != expected or len(shape) != form.axes or fortran_order or min(shape) < 0:
        got = f"{dtype.str}, {len(shape)} axes"
        raise BadInputError(f"the array {name} has another form", expected=f"{expected.str}, {form.axes} axes", got=got, where=where)
    size = expected.itemsize
    for length in shape:
        size *= length
    rest = data[file.tell() :]
    if size != len(rest):
        raise BadInputError(f"the array {name} is cut short or too long", expected=f"{size} bytes", got=f"{len(rest)} bytes", where=where)
    return np.frombuffer(rest, expected).reshape(shape)
