"""Step: train a policy on the recorded episodes."""

import argparse

from tqdm import tqdm

from agent import config, data, model, outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=config.Config.from_json, required=True)
    settled = parser.parse_args().config
    episodes, _ = data.split(data.load())

    def progress(epochs):
        return tqdm(epochs, desc=f"{settled.model}, lr {settled.lr}", unit="epoch", mininterval=1)

    policy, losses = model.train(episodes, settled.lr, settled.epochs, settled.seed, progress)
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f} over {settled.epochs} epochs, prompt {settled.prompt}")
    outputs.write("checkpoint", policy.to_text())
    outputs.write("loss", losses[-1])


if __name__ == "__main__":
    main()
