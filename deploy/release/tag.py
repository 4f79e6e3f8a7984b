"""Whether a tag may become a release, and what its notes are.

``python -m deploy.release.tag v0.1.0 NOTES`` writes the tag's part of CHANGELOG.md to a file, or says each thing that is wrong with it.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.gate.control_plane import ROOT

SIGNERS: Final = Path(".github/allowed_signers")
_TAG: Final = re.compile(r"v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)")
_VERSION: Final = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def notes(changelog: str, version: str) -> str | None:
    r"""Return what a changelog says of a version, without its heading; None where it has no such part.

    Examples
    --------
    >>> notes("## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n- More.\n\n## [0.1.0] - 2026-11-01\n", "0.2.0")
    '### Added\n- More.'
    """
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## \[|\Z)"
    found = re.search(heading, changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else None


def faults(tag: str, root: Path) -> Iterator[str]:
    """Say each thing because of which a tag of a repository may not become a release: expected and got.

    Parameters
    ----------
    tag : str
        Its name, such as v0.1.0.
    root : Path
        The work tree.
    """
    named = _TAG.fullmatch(tag)
    if named is None:
        yield f"expected a tag like v1.2.3, got {tag}"
        return
    found = _VERSION.search((root / "src/streamflow/__init__.py").read_text())
    if found is None or found[1] != named[1]:
        yield f"expected the package's version to be {named[1]}, got {found[1] if found else 'none'} in src/streamflow/__init__.py"
    text = notes((root / "CHANGELOG.md").read_text(), named[1])
    if not text:
        yield f"expected a part '## [{named[1]}] - DATE' in CHANGELOG.md, got {'none' if text is None else 'an empty one'}"
    if _git(root, "status", "--porcelain").stdout:
        yield "expected a clean work tree, got changes that no commit has"
    if _git(root, "cat-file", "-t", tag).stdout.strip() != "tag":
        yield f"expected an annotated and signed tag {tag}, got {'a plain one' if _git(root, 'rev-parse', tag).returncode == 0 else 'none'}"
        return
    if _git(root, "rev-parse", f"{tag}^{{commit}}").stdout != _git(root, "rev-parse", "HEAD").stdout:
        yield f"expected {tag} to be on the commit that is checked out, got another one"
    signed = _git(root, "-c", f"gpg.ssh.allowedSignersFile={SIGNERS}", "verify-tag", tag)
    if signed.returncode != 0:
        yield f"expected a signature by one of {SIGNERS}, got: {' '.join(signed.stderr.split()) or 'none'}"


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write the notes of a tag that may become a release; 1 where it may not."""
    tag, target = arguments
    wrong = list(faults(tag, root))
    if wrong:
        sys.stderr.write("".join(f"release: {fault}\n" for fault in wrong))
        return 1
    Path(target).write_text(f"{notes((root / 'CHANGELOG.md').read_text(), tag.removeprefix('v'))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
