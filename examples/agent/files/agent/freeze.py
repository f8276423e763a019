"""Step: make a checkpoint smaller, for serving.

Weights become whole numbers, multiples of 1/16, and tokens whose weights all
vanish are dropped. Which action has the highest score does not depend on the
scale.
"""

import argparse

from agent import model, outputs

STEPS = 16


def freeze(policy):
    rounded = {t: [round(w * STEPS) for w in row] for t, row in policy.weights.items()}
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
