"""How the kernels become machine code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function at its first call, and keep the machine code on disk where there is a place for it.

    `compiled_for` does so when its module is imported, for arguments of known types.

    No `fastmath` and no `parallel`: both may change the order of a sum, and so its last digit. Numba looks for the place itself
    (`NUMBA_CACHE_DIR`, `__pycache__` beside the source, the user's cache folder) and gives up where none can be written; then the code
    is compiled anew in each process, about a second, and nothing else differs.

    A kernel may use only kernels and numbers of its own file: Numba compiles a cached one anew when its own file changes, not when
    another does.
    """
    return _compiled(function)


def compiled_for(signature: Any) -> Callable[[Function], Function]:
    """Compile a function now, for arguments of these Numba types, so that its first call costs what every call costs."""
    return lambda function: _compiled(function, signature)


def _compiled(function: Function, signature: Any = None) -> Function:
    # error_model: a division by zero is NaN or infinite, as in NumPy, and no exception that hides in a kernel.
    try:
        kernel: Any = njit(signature, cache=True, error_model="numpy")(function)
    except RuntimeError:
        kernel = njit(signature, error_model="numpy")(function)
    return cast(Function, kernel)
