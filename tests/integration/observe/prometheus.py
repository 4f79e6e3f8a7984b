"""What tests ask of a Prometheus beyond what users do."""

from streamflow.contracts.errors import NotReadyError
from streamflow.observe.prometheus import Prometheus
from tests.integration.job.live_job import wait_until


class WatchedPrometheus(Prometheus):
    """A Prometheus that one can wait for."""

    def names(self) -> set[str]:
        """Return the names of all series."""
        return set(self.ask("label/__name__/values"))

    def wait_for(self, expression: str) -> None:
        """Wait until an expression gives something."""

        def gives() -> bool:
            try:
                return bool(self.query(expression))
            except NotReadyError:
                return False

        wait_until(gives, expression)
