"""The recorded episodes: what was on the page, and what a person did."""

import json

from agent.config import ROOT

EPISODES = ROOT / "data" / "episodes.jsonl"
TOKENIZER = ROOT / "assets" / "tokenizer.model"


def load(path=EPISODES):
    """All episodes, in the order in which they were recorded."""
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def vocabulary(path=TOKENIZER):
    """The tokens that the tokenizer makes. Git LFS keeps the file."""
    with open(path, encoding="utf-8") as f:
        return {line.split("\t", 1)[0] for line in f}


def split(episodes):
    """Training and held-out episodes: every fifth is held out."""
    train = [e for e in episodes if e["id"] % 5]
    held_out = [e for e in episodes if e["id"] % 5 == 0]
    return train, held_out
