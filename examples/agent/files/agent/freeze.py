"""Step: make a checkpoint smaller, for serving.

Weights become multiples of 1/64, and tokens whose weights all vanish are
dropped.
"""

import argparse

from agent import model, outputs

STEPS = 64


def freeze(policy):
    rounded = {t: [round(w * STEPS) / STEPS for w in row] for t, row in policy.weights.items()}
    return model.Policy({t: row for t, row in rounded.items() if any(row)})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    checkpoint = parser.parse_args().checkpoint
    frozen = freeze(model.Policy.from_text(checkpoint)).to_text()
    print(f"{len(checkpoint)} -> {len(frozen)} bytes")
    outputs.write("model", frozen)


if __name__ == "__main__":
    main()
