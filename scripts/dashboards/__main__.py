"""`python -m scripts.dashboards`: draw every dashboard of the running stack's last minutes, and the screen of `streamflow top`.

The stack must have been started with `streamflow up --with observability`.
"""

import argparse
import sys
import time
from pathlib import Path

from scripts.dashboards.draw import draw
from scripts.dashboards.source import dashboards
from streamflow.cli.top_command import looks
from streamflow.cli.top_screen import screen
from streamflow.demo.picture import save_picture
from streamflow.observe.prometheus import Prometheus
from streamflow.settings import Settings

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def main(arguments: list[str]) -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="how far to look back")
    parser.add_argument("--into", type=Path, default=IMAGES, help="folder of the pictures")
    chosen = parser.parse_args(arguments)
    prometheus = Prometheus(Settings.load().local_stack().endpoints().prometheus)
    chosen.into.mkdir(parents=True, exist_ok=True)
    now = time.time()
    for page in dashboards():
        path = chosen.into / f"dashboard-{page.name}.png"
        draw(page, prometheus, now - 60 * chosen.minutes, now, path)
        sys.stdout.write(f"wrote {path}\n")
    path = chosen.into / "top.svg"
    save_picture(screen(*next(looks("", 0))), "streamflow top", path)
    sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
