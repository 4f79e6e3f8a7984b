"""The probe as a part of the local stack."""

import urllib.request
from typing import ClassVar, Final

from streamflow.stack.component import Component, Program, fingerprint
from streamflow.stack.own_command import own_command

ASK_TIMEOUT_SECONDS: Final = 5.0


class Probe(Component):
    """`streamflow probe` on this stack."""

    name = "probe"
    what = "streamflow probe"
    needs: ClassVar[tuple[str, ...]] = ("kafka",)

    @property
    def endpoint(self) -> str:
        """Address of its metrics; empty in a stack that was last started without knowing of it."""
        return f"http://{self.state.address(self.name)}/metrics" if self.name in self.state.ports else ""

    def prepare(self) -> None:
        """Need nothing."""

    def programs(self) -> dict[str, Program]:
        """Return the probe's process."""
        options = [word for name, value in sorted(self.layout.probe_options.items()) for word in ("--set", f"{name}={value}")]
        command = own_command(self.layout, *options, "probe", "--json", "--port", str(self.state.ports[self.name]))
        return {self.name: Program(command=command, fingerprint=fingerprint(*command))}

    def why_not_ready(self) -> str | None:
        """Ask for its metrics."""
        try:
            with urllib.request.urlopen(self.endpoint, timeout=ASK_TIMEOUT_SECONDS):  # noqa: S310 - our own http address
                return None
        except OSError as error:
            return str(error)
