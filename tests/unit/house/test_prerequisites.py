"""A missing prerequisite is named together with the command that installs it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED_BY_SCRIPTS = ("bash", "env", "sed", "head")
TARGETS = {"setup", "demo", "test", "test-fast", "lint", "bench", "up", "down", "clean", "lock"}


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | environment)


@pytest.fixture
def empty_path(tmp_path: Path) -> Path:
    """A folder for PATH that holds what the scripts themselves use, and no Java, Maven or Python."""
    for name in NEEDED_BY_SCRIPTS:
        program = shutil.which(name)
        assert program is not None
        (tmp_path / name).symlink_to(program)
    return tmp_path


def program(folder: Path, name: str, prints: str) -> None:
    path = folder / name
    path.write_text(f"#!/usr/bin/env bash\necho '{prints}'\n")
    path.chmod(0o755)


def test_the_interpreter_that_the_user_names_is_taken() -> None:
    result = run("scripts/pick_python.sh", PYTHON=sys.executable)
    assert (result.returncode, result.stdout.strip()) == (0, sys.executable)


def test_without_a_fitting_python_the_set_up_says_what_to_install(empty_path: Path) -> None:
    result = run("scripts/pick_python.sh", PATH=str(empty_path), PYTHON="")
    assert result.returncode == 4
    assert "expected Python 3.11 or 3.12" in result.stderr
    assert "apt-get install python3 " in result.stderr


def test_a_python_that_does_not_fit_is_refused_by_name() -> None:
    result = run("scripts/pick_python.sh", PYTHON="false")
    assert result.returncode == 4
    assert "among: false" in result.stderr


def test_without_a_jdk_the_set_up_says_what_to_install(empty_path: Path) -> None:
    result = run("scripts/need_java.sh", PATH=str(empty_path), JAVA_HOME="")
    assert result.returncode == 4
    assert "apt-get install openjdk-17-jdk-headless" in result.stderr


def test_another_jdk_than_17_is_refused_with_its_version(empty_path: Path) -> None:
    for name in ("java", "jar", "javac"):
        program(empty_path, name, "javac 21.0.2")
    result = run("scripts/need_java.sh", PATH=str(empty_path), JAVA_HOME="")
    assert result.returncode == 4
    assert "got version 21" in result.stderr


def test_without_maven_the_set_up_says_what_to_install(empty_path: Path) -> None:
    for name in ("java", "jar", "javac"):
        program(empty_path, name, "javac 17.0.15")
    result = run("scripts/need_java.sh", PATH=str(empty_path), JAVA_HOME="")
    assert result.returncode == 4
    assert "apt-get install maven" in result.stderr


def test_make_alone_prints_every_target() -> None:
    result = run("make", "--no-print-directory", MAKEFLAGS="")
    assert result.returncode == 0
    assert set(re.findall(r"^  make ([a-z-]+) ", result.stdout, re.MULTILINE)) >= TARGETS
