"""Step: one table of all scores. An action whose evaluation failed has none."""

import argparse
import json

from agent import ACTIONS, outputs


def table(scores):
    lines = ["| action | recall |", "|---|---|"]
    for action, score in zip(ACTIONS, scores, strict=True):
        lines.append(f"| {action} | {'failed' if score is None else f'{score:.1%}'} |")
    return "\n".join(lines)


def mean(scores):
    known = [s for s in scores if s is not None]
    return sum(known) / len(known) if known else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=json.loads, required=True, help="JSON list in the order of the actions")
    scores = parser.parse_args().scores
    print(table(scores))
    outputs.write("mean", mean(scores))
    outputs.write("summary", dict(zip(ACTIONS, scores, strict=True)))


if __name__ == "__main__":
    main()
