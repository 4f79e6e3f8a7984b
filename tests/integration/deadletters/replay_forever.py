"""Replays every dead letter in small transactions: a program that a test kills. Arguments: bootstrap servers."""

import sys

from streamflow.deadletters.replay import Fix, plan_replay, replay
from streamflow.deadletters.selection import Selection

if __name__ == "__main__":
    config, fix = {"bootstrap.servers": sys.argv[1]}, Fix()
    replay(config, plan_replay(config, Selection(), fix), fix, batch_records=3)
