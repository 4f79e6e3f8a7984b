"""OpenTofu on a copy of deploy/infrastructure, so that what it writes beside the files does not end up in the tree.

`python -m deploy.gate.infrastructure` writes the README of each module and stack out of what OpenTofu reads in them; a test holds them
against it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from deploy.gate.control_plane import BINARIES, ROOT, RefusedError
from deploy.gate.object_storage import ObjectStorage

INFRASTRUCTURE: Final = ROOT / "deploy" / "infrastructure"
MODULES: Final = tuple(sorted(f"modules/{folder.name}" for folder in (INFRASTRUCTURE / "modules").iterdir()))
STACKS: Final = ("stacks/platform", "stacks/streamflow")
BUCKET: Final = "state"
_CHANGES: Final = 2
"""How `tofu plan -detailed-exitcode` ends when there are any."""
_READ: Final = ("infrastructure", "kubernetes", "argocd")


class Infrastructure:
    """A copy that can be applied.

    Parameters
    ----------
    folder : Path
        Where the copy goes; `root` is the copied deploy/infrastructure.
    kubeconfig : Path, optional
        Of the cluster.
    storage : ObjectStorage, optional
        Where the state is kept, in the bucket `state`; without it there is none, and nothing can be applied.
    """

    def __init__(self, folder: Path, kubeconfig: Path | None = None, storage: ObjectStorage | None = None) -> None:
        for name in _READ:
            shutil.copytree(ROOT / "deploy" / name, folder / name, ignore=shutil.ignore_patterns(".terraform*"))
        self.root = folder / "infrastructure"
        settings = folder / "tofurc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{BINARIES.parent / "providers"}" }}\n}}\n')
        self.environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1"}
        if kubeconfig:
            self.environment["KUBE_CONFIG_PATH"] = str(kubeconfig)
        self._backend = ["-backend=false"]
        if storage:
            self.environment |= storage.environment
            self._backend = [f"-backend-config={_backend(folder, storage)}"]

    def start(self, part: str, *arguments: str) -> "subprocess.Popen[str]":
        """Start OpenTofu in a module or stack that was initialised."""
        command = [str(BINARIES / "tofu"), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.root / part, env=self.environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )

    def init(self, part: str) -> None:
        """Let a module or stack find its provider, and a stack its state."""
        self.run(part, "init", "-input=false", "-no-color", *(self._backend if part in STACKS else ["-backend=false"]))

    def run(self, part: str, *arguments: str) -> str:
        """Run OpenTofu in a module or stack and return what it prints.

        Raises
        ------
        RefusedError
            It failed.
        """
        _, said = self._end(part, arguments, (0,))
        return said

    def changes(self, stack: str, *arguments: str) -> bool:
        """Return whether applying a stack would change anything."""
        code, _ = self._end(stack, ("plan", "-detailed-exitcode", "-input=false", "-no-color", *arguments), (0, _CHANGES))
        return code == _CHANGES

    def apply(self, stack: str, *arguments: str) -> str:
        """Apply a stack."""
        return self.run(stack, "apply", "-auto-approve", "-input=false", "-no-color", *arguments)

    def _end(self, part: str, arguments: Iterable[str], well: tuple[int, ...]) -> tuple[int, str]:
        process = self.start(part, *arguments)
        said, _ = process.communicate()
        if process.returncode not in well:
            raise RefusedError(said)
        return process.returncode, said

    def described(self, part: str) -> str:
        """Return the README of a module or stack that was initialised."""
        module = json.loads(self.run(part, "show", "-config", "-json"))["root_module"]
        return _readme(part, (INFRASTRUCTURE / part / "main.tf").read_text(), module)


def _backend(folder: Path, storage: ObjectStorage) -> Path:
    path = folder / "backend.hcl"
    path.write_text(f'bucket = "{BUCKET}"\nregion = "us-east-1"\nendpoints = {{ s3 = "{storage.endpoint}" }}\n')
    # What only Amazon's own has.
    others = (
        "use_path_style",
        "skip_credentials_validation",
        "skip_region_validation",
        "skip_requesting_account_id",
        "skip_metadata_api_check",
    )
    path.write_text(path.read_text() + "".join(f"{name} = true\n" for name in others))
    return path


def _readme(part: str, source: str, module: Mapping[str, Any]) -> str:
    kind, _, name = part.partition("/")
    purpose = source.split("\n", 1)[0].removeprefix("# ")
    lines = [
        f"# {name}: a {kind.removesuffix('s')}",
        "",
        purpose,
        "",
        "Written by `make infrastructure-readme`, out of what OpenTofu reads here.",
        "",
    ]
    lines += ["| variable | type | default | |", "|---|---|---|---|"]
    for key, variable in sorted(module.get("variables", {}).items()):
        default = "needed" if variable.get("required") else f"`{json.dumps(variable.get('default'))}`"
        lines.append(f"| `{key}` | `{_type(variable.get('type', 'any'))}` | {default} | {variable['description']} |")
    lines += ["", "| output | |", "|---|---|"]
    lines += [f"| `{key}` | {output['description']} |" for key, output in sorted(module.get("outputs", {}).items())]
    return "\n".join(lines) + "\n"


def _type(kind: Any) -> str:
    if isinstance(kind, str):
        return kind
    name, inner = kind[:2]
    if name != "object":
        return f"{name}({_type(inner)})"
    return f"object({{{', '.join(f'{key} = {_type(value)}' for key, value in sorted(inner.items()))}}})"


def main() -> None:
    """Write every README."""
    with tempfile.TemporaryDirectory() as folder:
        infrastructure = Infrastructure(Path(folder))
        for part in (*MODULES, *STACKS):
            infrastructure.init(part)
            (INFRASTRUCTURE / part / "README.md").write_text(infrastructure.described(part))
            sys.stdout.write(f"wrote {part}/README.md\n")


if __name__ == "__main__":
    main()
