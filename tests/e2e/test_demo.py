"""The demo as a newcomer starts it, with a shorter day."""

import json
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.stack


def test_demo_accounts_for_every_record_shows_itself_and_stops_everything(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    command = [sys.executable, "-m", "streamflow.cli.main", "--set", f"stack.directory={tmp_path}"]
    done = subprocess.run(
        [*command, "demo", "--seconds", "15", "--picture", str(picture), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["missing"] == 0
    assert summary["records"] == summary["decisions"] + summary["dead_letters"] > 60_000
    assert summary["rows_in_bronze"] == summary["records"]
    assert summary["windows_counted"] > 0
    assert summary["live_outcomes"]["block"] > 0
    assert "version 2" in summary["rule_push"]
    # Such as "12 of 13, by rules alone 11".
    caught, seen, by_rules = map(int, re.findall(r"\d+", summary["live_frauds_caught"]["impossible_travel"]))
    assert seen >= caught > seen / 2
    assert by_rules > 0
    assert summary["model"].startswith("supervised-")
    drawing = picture.read_text()
    assert "newest" in drawing
    assert "font-face" not in drawing
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert [command for command in commands if str(tmp_path) in command] == []
