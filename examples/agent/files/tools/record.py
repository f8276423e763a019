"""Make data/episodes.jsonl from a simulated user, the same each time.

    python tools/record.py > data/episodes.jsonl
"""

import json
import random

ROLES = {
    "click": ["button", "checkbox", "link", "menuitem"],
    "type": ["textbox", "searchbox", "spinbutton"],
    "navigate": ["link", "tab", "address"],
    "scroll": ["list", "article", "feed"],
}
GOALS = {
    "click": ["send", "accept", "open", "buy"],
    "type": ["search", "fill", "answer"],
    "navigate": ["open", "return", "compare"],
    "scroll": ["read", "find", "compare"],
}
NOISE = ["lang:en", "lang:de", "theme:dark", "theme:light", "device:phone", "device:desktop", "login:yes", "login:no"]
WEIGHTS = {"click": 40, "type": 25, "navigate": 15, "scroll": 20}


def episode(number, rng):
    action = rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
    tokens = [f"role:{rng.choice(ROLES[action])}", f"goal:{rng.choice(GOALS[action])}"]
    tokens += rng.sample(NOISE, 3)
    if rng.random() < 0.1:  # people do surprising things
        action = rng.choice(list(WEIGHTS))
    return {"id": number, "tokens": tokens, "action": action}


def main():
    rng = random.Random(20250901)
    for number in range(600):
        print(json.dumps(episode(number, rng)))


if __name__ == "__main__":
    main()
