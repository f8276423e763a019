"""The policy: softmax regression over the tokens of a page.

It is small enough to travel between steps as text, and to train in a second
on one core.
"""

import base64
import math
import random

import msgpack

from agent import ACTIONS


class Policy:
    """Weights of each token for each action."""

    def __init__(self, weights=None):
        self.weights = weights if weights is not None else {}

    def scores(self, tokens):
        totals = [0.0] * len(ACTIONS)
        for token in tokens:
            for i, weight in enumerate(self.weights.get(token, ())):
                totals[i] += weight
        return totals

    def probabilities(self, tokens):
        scores = self.scores(tokens)
        highest = max(scores)
        powers = [math.exp(s - highest) for s in scores]
        total = sum(powers)
        return [p / total for p in powers]

    def act(self, tokens):
        scores = self.scores(tokens)
        return ACTIONS[scores.index(max(scores))]

    def learn(self, tokens, action, lr):
        """One step of stochastic gradient descent; gives the loss before it."""
        probabilities = self.probabilities(tokens)
        wanted = ACTIONS.index(action)
        for token in tokens:
            row = self.weights.setdefault(token, [0.0] * len(ACTIONS))
            for i, p in enumerate(probabilities):
                row[i] -= lr * (p - (i == wanted))
        return -math.log(max(probabilities[wanted], 1e-12))

    def to_text(self):
        packed = msgpack.packb(sorted(self.weights.items()), use_single_float=True)
        return base64.b64encode(packed).decode("ascii")

    @classmethod
    def from_text(cls, text):
        return cls({token: list(row) for token, row in msgpack.unpackb(base64.b64decode(text))})


def train(episodes, lr, epochs, seed, progress=lambda epochs: epochs):
    """A policy for the episodes, and the mean loss of each epoch."""
    policy, losses, order = Policy(), [], list(episodes)
    shuffle = random.Random(seed).shuffle
    for _ in progress(range(epochs)):
        shuffle(order)
        losses.append(sum(policy.learn(e["tokens"], e["action"], lr) for e in order) / len(order))
    return policy, losses


def recall(policy, episodes, action=None):
    """The share of episodes (of one action) that the policy gets right."""
    wanted = [e for e in episodes if action in (None, e["action"])]
    return sum(policy.act(e["tokens"]) == e["action"] for e in wanted) / len(wanted)
