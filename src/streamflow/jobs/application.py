"""A job as an application with a Flink cluster of its own, as on Kubernetes: told its settings as every command is.

`streamflow job submit` brings a job to a cluster that is there, and writes a file for it. An application's program runs inside the
cluster, where the settings are: in `STREAMFLOW_*` variables and mounted files. No password lies in a file of ours on the way.
"""

import importlib
import sys

import msgspec

from streamflow.contracts.errors import BadInputError, StreamFlowError
from streamflow.jobs.programs import PROGRAMS, job_named
from streamflow.settings import Settings


def main(arguments: list[str]) -> None:
    """Build the job that is named and run it: ``--pyModule streamflow.jobs.application fraud-detector``.

    Raises
    ------
    BadInputError
        There is no such job, or a setting is wrong.
    NotReadyError
        PostgreSQL does not answer, or its schema is older than the job.
    """
    if len(arguments) != 1:
        raise BadInputError("an application takes one argument", expected="the name of a job", got=repr(arguments))
    program = PROGRAMS[job_named(arguments[0]).name]
    # The cluster was made for this job, and knows how large it is.
    settings = msgspec.structs.replace(program.settings(Settings.load()), parallelism=None)
    importlib.import_module(program.module).run(settings)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StreamFlowError as error:
        sys.exit(str(error))
