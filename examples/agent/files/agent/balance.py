"""Step: compare the mix of actions with what we want to train on."""

import argparse
import json

from agent import config


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=json.loads, required=True)
    counts = parser.parse_args().counts
    total = sum(counts.values())
    wanted = config.suites()["full"]["mix"]
    for action, share in sorted(wanted.items()):
        print(f"{action}: {counts.get(action, 0) / total:.1%} recorded, {share:.0%} wanted")


if __name__ == "__main__":
    main()
