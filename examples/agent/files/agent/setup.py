"""Step: settle the configuration of a run."""

import argparse

from agent import config, outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--suite", choices=sorted(config.suites()), required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    suite = config.suites()[args.suite]
    settled = config.Config(args.model, args.lr, suite["epochs"], args.seed, config.prompt_hash())
    outputs.write("config", settled.to_json())


if __name__ == "__main__":
    main()
