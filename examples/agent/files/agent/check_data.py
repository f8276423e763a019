"""Step: is every recorded episode usable?"""

import argparse
import collections

from agent import ACTIONS, data, outputs


def problems(episodes, vocabulary):
    """A sentence for each thing that is wrong."""
    found, seen = [], set()
    for episode in episodes:
        name = f"episode {episode['id']}"
        if episode["id"] in seen:
            found.append(f"{name} is recorded twice")
        seen.add(episode["id"])
        if episode["action"] not in ACTIONS:
            found.append(f"{name} has the unknown action {episode['action']!r}")
        if not episode["tokens"]:
            found.append(f"{name} has an empty page")
        if unknown := sorted(set(episode["tokens"]) - vocabulary):
            found.append(f"{name} has tokens that the tokenizer doesn't make: {', '.join(unknown)}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=20, help="how many problems to print")
    limit = parser.parse_args().limit
    episodes = data.load()
    found = problems(episodes, data.vocabulary())
    for problem in found[:limit]:
        print(problem)
    counts = collections.Counter(e["action"] for e in episodes)
    print(f"{len(episodes)} episodes, {len(found)} problems, {dict(counts)}")
    outputs.write("problems", len(found))
    outputs.write("counts", dict(counts))


if __name__ == "__main__":
    main()
