"""A tag becomes a release only if everything is in order, and a release's files are those that its provenance names."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from deploy.gate.control_plane import BINARIES, ROOT
from deploy.release.tag import SIGNERS, faults, main, notes
from streamflow import __version__

PYTHON = ROOT / "build/gate/venv/bin/python"
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-30\n\n### Added\n\n- A thing.\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a work tree whose one commit could be version 1.2.3, with a signer's key beside it."""
    root = tmp_path / "tree"
    (root / "src/streamflow").mkdir(parents=True)
    (root / "src/streamflow/__init__.py").write_text('"""Words."""\n\n__version__ = "1.2.3"\n')
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    for name in ("maintainer", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", tmp_path / name], check=True)
    (root / SIGNERS).parent.mkdir()
    (root / SIGNERS).write_text(f'maintainer namespaces="git" {(tmp_path / "maintainer.pub").read_text()}')
    git(root, "init", "--quiet")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "gpg.format=ssh"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "All")


def sign(root: Path, tag: str, name: str = "maintainer") -> None:
    git(root, "-c", f"user.signingkey={root.parent / name}", "tag", "--sign", "--message", tag, tag)


def test_a_tag_that_a_maintainer_signed_becomes_a_release_with_the_changelogs_words(tree: Path, tmp_path: Path) -> None:
    sign(tree, "v1.2.3")
    assert main(["v1.2.3", str(tmp_path / "notes.md")], tree) == 0
    assert (tmp_path / "notes.md").read_text() == "### Added\n\n- A thing.\n"


def test_a_tag_that_nobody_made_or_signed_does_not(tree: Path) -> None:
    assert list(faults("v1.2.3", tree)) == ["expected an annotated and signed tag v1.2.3, got none"]
    git(tree, "tag", "v1.2.3")
    assert list(faults("v1.2.3", tree)) == ["expected an annotated and signed tag v1.2.3, got a plain one"]
    git(tree, "tag", "--force", "--annotate", "--message", "All", "v1.2.3")
    assert [fault.split(",")[0] for fault in faults("v1.2.3", tree)] == [f"expected a signature by one of {SIGNERS}"]


def test_a_strangers_signature_is_none(tree: Path) -> None:
    sign(tree, "v1.2.3", "stranger")
    (fault,) = faults("v1.2.3", tree)
    assert fault.startswith("expected a signature by one of")


def test_a_tag_of_another_commit_version_or_changelog_is_refused_with_each_reason(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign(tree, "v1.2.3")
    (tree / "CHANGELOG.md").write_text("# Changelog\n")
    commit(tree)
    (tree / "src/streamflow/__init__.py").write_text('__version__ = "1.3.0"\n')
    assert main(["v1.2.3", "unused"], tree) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "release: expected the package's version to be 1.2.3, got 1.3.0 in src/streamflow/__init__.py",
        "release: expected a part '## [1.2.3] - DATE' in CHANGELOG.md, got none",
        "release: expected a clean work tree, got changes that no commit has",
        "release: expected v1.2.3 to be on the commit that is checked out, got another one",
    ]


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1.2.3; true", "main"])
def test_another_name_is_no_release(tag: str, tree: Path) -> None:
    assert list(faults(tag, tree)) == [f"expected a tag like v1.2.3, got {tag}"]


def test_what_is_not_released_yet_has_no_notes() -> None:
    assert notes(CHANGELOG, "1.2.4") is None
    assert notes(CHANGELOG, "1.2") is None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the release twice, in folders of their own."""
    folders = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "TAG")}
    for folder in folders:
        subprocess.run(
            ["make", "--silent", "release", f"RELEASE={folder / 'release'}"], cwd=ROOT, env=clean, check=True, capture_output=True
        )
    return folders[0] / "release", folders[1] / "release"


def test_the_same_commit_gives_the_same_bytes(built: tuple[Path, Path]) -> None:
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in built)
    assert one == two
    names = (f"streamflow-{__version__}{end}" for end in ("-py3-none-any.whl", ".tar.gz", ".cdx.json"))
    assert set(one) == {"provenance.intoto.json", *names}


def test_the_provenance_names_the_commit_the_locks_and_every_file(built: tuple[Path, Path]) -> None:
    said = json.loads((built[0] / "provenance.intoto.json").read_text())
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    source, *locks = said["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source == {"name": "source", "digest": {"gitCommit": head}}
    assert "requirements/runtime.txt" in [lock["name"] for lock in locks]
    assert {subject["name"] for subject in said["subject"]} == {path.name for path in built[0].iterdir()} - {"provenance.intoto.json"}


def test_a_file_that_was_changed_added_or_taken_away_is_named(built: tuple[Path, Path]) -> None:
    _, folder = built
    verify: list[str | Path] = [PYTHON, ROOT / "deploy/release/provenance.py", "verify", folder]
    assert subprocess.run(verify, check=False).returncode == 0
    wheel, source = next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))
    wheel.write_bytes(wheel.read_bytes() + b"?")
    source.unlink()
    (folder / "more.txt").write_text("?")
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == sorted(["more.txt", source.name, wheel.name])


def test_the_bill_of_materials_has_python_and_jars(built: tuple[Path, Path]) -> None:
    (bill,) = built[0].glob("*.cdx.json")
    kinds = [one["purl"].partition("/")[0] for one in json.loads(bill.read_text())["components"]]
    assert kinds.count("pkg:pypi") > 50
    assert kinds.count("pkg:maven") > 50


def test_gitleaks_finds_a_key_that_was_committed_and_taken_back(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    commit(tmp_path)
    (tmp_path / "key").unlink()
    commit(tmp_path)
    found = subprocess.run([BINARIES / "gitleaks", "git", "--no-banner", "--redact", "."], cwd=tmp_path, capture_output=True, check=False)
    assert found.returncode == 1
