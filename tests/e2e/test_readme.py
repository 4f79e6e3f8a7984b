"""What README tells a newcomer to type about files is typed, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from streamflow.stack.config import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_the_commands_about_a_file_run_as_they_stand_and_account_for_every_record(tmp_path: Path) -> None:
    found = re.search(r"\*\*Decide a file\*\*.*?```bash\n(.*?)```", README, re.DOTALL)
    assert found is not None
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", found[1]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "because" in done.stdout
    decided, dead = ((tmp_path / "scored" / name).read_bytes().count(b"\n") for name in ("decisions.jsonl", "dead_letters.jsonl"))
    assert decided + dead == (tmp_path / "traffic.jsonl").read_bytes().count(b"\n") > 0
