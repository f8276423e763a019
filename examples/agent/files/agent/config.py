"""Settings of a run: what a person chose, and what the suite adds."""

import dataclasses
import hashlib
import json
import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Config:
    """One training run. Equal configurations train equal policies."""

    model: str
    lr: float
    epochs: int
    seed: int
    prompt: str  # hash of the prompt that the policy is trained for

    def to_json(self):
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text):
        return cls(**json.loads(text))


def suites():
    """The evaluation suites by name, from config/suites.yaml."""
    with open(ROOT / "config" / "suites.yaml", encoding="utf-8") as f:
        return yaml.load(f, Loader=yaml.CSafeLoader)


def prompt_hash():
    """Identifies the prompt in docs/prompt.md, which people edit."""
    return hashlib.sha256((ROOT / "docs" / "prompt.md").read_bytes()).hexdigest()[:12]
