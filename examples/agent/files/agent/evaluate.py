"""Step: how well the policy does on one type of action."""

import argparse

from agent import ACTIONS, config, data, model, outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--action", choices=ACTIONS, required=True)
    parser.add_argument("--suite", choices=sorted(config.suites()), required=True)
    parser.add_argument("--model", type=model.Policy.from_text, required=True)
    args = parser.parse_args()
    _, held_out = data.split(data.load())
    score = model.recall(args.model, held_out[: config.suites()[args.suite]["episodes"]], args.action)
    print(f"{args.action}: {score:.1%}")
    outputs.write("score", score)


if __name__ == "__main__":
    main()
