"""The model that ships with StreamFlow: trained on simulated traffic, for the demo and to have one from the first day."""

from importlib.resources import files
from typing import Final

import msgspec

from streamflow.contracts.errors import NotReadyError
from streamflow.score.model import ARRAYS, CARDS, MANIFEST, SIGNATURE

_FOLDER: Final = "shipped"
_TRUSTED_KEY: Final = "shipped.pub"


class ShippedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A signed model and the key that it is signed with; the private key was thrown away when the model was made.

    Parameters
    ----------
    files : dict
        Name of file to content.
    trusted_key : str
        For the setting `model.trusted_keys`.
    """

    files: dict[str, bytes]
    trusted_key: str

    @property
    def name(self) -> str:
        """The model's, as its decisions will name it."""
        return str(msgspec.json.decode(self.files[MANIFEST])["name"])


def shipped_model() -> ShippedModel:
    """Return the model that ships with the package (`make model` makes it).

    Examples
    --------
    >>> shipped_model().name.partition("-")[0]
    'supervised'
    """
    folder = files("streamflow.score.model").joinpath(_FOLDER)
    content = {name: folder.joinpath(name) for name in (MANIFEST, ARRAYS, SIGNATURE, *CARDS)}
    found = {name: path.read_bytes() for name, path in content.items() if path.is_file()}
    if MANIFEST not in found:
        raise NotReadyError("the package holds no model", where=str(folder), fix="make model")
    return ShippedModel(files=found, trusted_key=folder.joinpath(_TRUSTED_KEY).read_text(encoding="ascii").strip())
