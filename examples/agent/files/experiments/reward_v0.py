"""First try at a reward: distance to the goal in clicks. Kept for the paper."""


def reward(path, goal):
    if goal not in path:
        return -1.0
    return 1.0 / (1 + path.index(goal))


def advantage(rewards, baseline):
    return [r - baseline for r in rewards]
