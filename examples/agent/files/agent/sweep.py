"""Steps of a sweep: plan the trials, run one, choose the best."""

import argparse
import itertools
import json

from agent import config, data, model, outputs


def plan(args):
    grid = [{"lr": lr, "seed": seed} for lr, seed in itertools.product(args.rates, range(args.seeds))]
    print(f"{len(grid)} trials")
    outputs.write("grid", grid)


def trial(args):
    episodes, held_out = data.split(data.load())
    policy, _ = model.train(episodes, args.trial["lr"], config.suites()["smoke"]["epochs"], args.trial["seed"])
    score = model.recall(policy, held_out)
    print(f"{args.trial}: {score:.1%}")
    outputs.write("score", score)


def best(args):
    scored = [(score, trial) for score, trial in zip(args.scores, args.grid, strict=True) if score is not None]
    score, chosen = max(scored, key=lambda s: s[0])
    print(f"best of {len(args.grid)}: {chosen} with {score:.1%}, baselines {args.baselines}")
    outputs.write("lr", chosen["lr"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("plan", help="the product of rates and seeds")
    command.add_argument("--rates", type=json.loads, required=True)
    command.add_argument("--seeds", type=int, required=True)
    command.set_defaults(run=plan)
    command = commands.add_parser("trial", help="train and score once")
    command.add_argument("--trial", type=json.loads, required=True)
    command.set_defaults(run=trial)
    command = commands.add_parser("best", help="the trial with the highest score")
    command.add_argument("--grid", type=json.loads, required=True)
    command.add_argument("--scores", type=json.loads, required=True)
    command.add_argument("--baselines", type=json.loads, required=True)
    command.set_defaults(run=best)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
