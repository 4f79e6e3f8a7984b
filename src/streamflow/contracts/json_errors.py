"""What can go wrong with JSON from elsewhere."""

from typing import Final

import msgspec

UNREADABLE_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises: no JSON or not of the type, text that is no UTF-8, and nesting without end."""
