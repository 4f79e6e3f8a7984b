"""A trained model as a folder: the artefact, its card, and its plots."""

from pathlib import Path
from typing import Final

from streamflow.contracts.errors import BadInputError
from streamflow.ml.plots import draw
from streamflow.ml.train import TrainedModel
from streamflow.score.model import SIGNATURE, sign

PLOTS: Final = "plots"


def write_folder(trained: TrainedModel, out: Path, private_key: bytes | None = None, *, plots: bool = True) -> dict[str, bytes]:
    """Write a model, signed where there is a key, in place of the one that the folder holds; return the artefact's files.

    Raises
    ------
    BadInputError
        If the folder cannot be written.
    """
    files = trained.files if private_key is None else sign(trained.files, private_key)
    try:
        (out / PLOTS if plots else out).mkdir(parents=True, exist_ok=True)
        # Else a new model would lie beside an old one's signature and plots.
        for stale in (out / SIGNATURE, *(out / PLOTS).glob("*.svg")):
            stale.unlink(missing_ok=True)
        for name, data in files.items():
            (out / name).write_bytes(data)
        for name, data in (draw(trained) if plots else {}).items():
            (out / PLOTS / name).write_bytes(data)
    except OSError as error:
        raise BadInputError("the model cannot be written", got=error.strerror or str(error), where=str(out)) from error
    return files
