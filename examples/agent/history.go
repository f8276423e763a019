package agent

var (
	mira = person{"Mira Okafor", "mira@agent.example"}
	jon  = person{"Jón Halldórsson", "jon@agent.example"}
	ana  = person{"Ana Duarte", "ana@agent.example"}
	kei  = person{"Kei Tanaka", "kei@agent.example"}
)

// What "Check the tokens of episodes" adds.
const (
	vocabularyFunction = "def vocabulary(path=TOKENIZER):\n" +
		"    \"\"\"The tokens that the tokenizer makes. Git LFS keeps the file.\"\"\"\n" +
		"    with open(path, encoding=\"utf-8\") as f:\n" +
		"        return {line.split(\"\\t\", 1)[0] for line in f}\n\n\n"
	unknownTokens = "        if unknown := sorted(set(episode[\"tokens\"]) - vocabulary):\n" +
		"            found.append(f\"{name} has tokens that the tokenizer doesn't make: {', '.join(unknown)}\")\n"
)

// story is the history, oldest commit first.
func story() []commit {
	weights := checkpoint(3 << 20)
	return []commit{
		{author: mira, message: "A policy over the tokens of a page", changes: []change{
			add{".gitignore", "README.md", "pyproject.toml", "agent/__init__.py", "agent/model.py"}}},
		{author: jon, message: "Record episodes with a simulated user", changes: []change{
			add{"tools/record.py", "data/episodes.jsonl", "data/README.md"}}},
		{author: jon, message: "Load episodes, hold every fifth out", changes: []change{
			add{"agent/data.py"}}},
		{author: mira, message: "Train\n\nThe configuration is JSON, so that it can be handed from step to step.", changes: []change{
			add{"train.py", "agent/config.py", "agent/outputs.py", "config/suites.yaml"}}},
		{author: ana, message: "Keep the first good checkpoint", changes: []change{
			added{"checkpoints/step-1000.pt", weights}}},
		{author: ana, message: "Notebook: sparse against shaped reward", changes: []change{
			add{"notebooks/rewards.ipynb", "experiments/reward_v0.py"}}},
		{author: mira, message: "Tests of the policy", changes: []change{
			add{"tests/test_model.py"}}},
		{author: jon, message: "Tokenize raw HTML", changes: []change{
			add{"agent/legacy_tokenizer.py"}}},
		{author: kei, message: "Tokenizer, in Git LFS", changes: []change{
			add{".gitattributes", "assets/tokenizer.model"}}},
		{author: ana, message: "Reward model", changes: []change{
			add{"assets/reward.model"}}},
		{author: mira, message: "Settle the configuration in a step of its own", changes: []change{
			add{"agent/setup.py"}}},
		{author: mira, message: "Freeze checkpoints for serving", changes: []change{
			add{"agent/freeze.py"}}},
		{author: ana, side: true, message: "Evaluate one type of action", changes: []change{
			add{"agent/evaluate.py"}}},
		{author: ana, side: true, message: "Evaluate: as many episodes as the suite says", changes: []change{
			edit{"agent/evaluate.py",
				`held_out, args.action)`,
				`held_out[: config.suites()[args.suite]["episodes"]], args.action)`}}},
		{author: mira, merge: true, message: "Merge branch 'evaluation'"},
		{author: mira, message: "Report all scores in one table", changes: []change{
			add{"agent/report.py"}}},
		{author: jon, message: "Recordings hold tokens: mark the tokenizer as unused", changes: []change{
			edit{"agent/legacy_tokenizer.py", " into tokens.\"\"\"",
				" into tokens. Nothing uses it since recordings hold tokens.\"\"\""}}},
		{author: kei, message: "Remove the checkpoint: it belongs into storage", changes: []change{
			remove{"checkpoints/step-1000.pt", weights}}},
		{author: ana, message: "Curriculum, short pages first", changes: []change{
			add{"experiments/curriculum.py", "notebooks/curriculum.ipynb"}}},
		{author: ana, message: "Curriculum gave nothing", changes: []change{
			edit{"experiments/curriculum.py", "to long ones.\"\"\"", "to long ones. Gave nothing; see the notebook.\"\"\""}}},
		{author: kei, message: "No diffs of notebooks", changes: []change{
			edit{".gitattributes", "-text\n", "-text\n*.ipynb -diff\n"}}},
		{author: jon, message: "Docs: where episodes come from", changes: []change{
			add{"docs/data.md"}}},
		{author: mira, message: "The prompt that policies are trained for", changes: []change{
			add{"docs/prompt.md"}}},
		{author: mira, message: "Prompt: never spend money without asking", changes: []change{
			edit{"docs/prompt.md", "\nscroll.\n", "\nscroll. Never submit a form that spends money without asking.\n"}}},
		{author: jon, message: "Check recorded episodes", changes: []change{
			add{"agent/check_data.py"}}},
		{author: jon, message: "Check the tokens of episodes against the tokenizer", changes: []change{
			edit{"agent/data.py", "", "TOKENIZER = ROOT / \"assets\" / \"tokenizer.model\"\n"},
			edit{"agent/data.py", "", vocabularyFunction},
			edit{"agent/check_data.py", "problems(episodes):", "problems(episodes, vocabulary):"},
			edit{"agent/check_data.py", "", unknownTokens},
			edit{"agent/check_data.py", "problems(episodes)\n", "problems(episodes, data.vocabulary())\n"}}},
		{author: ana, message: "Report: a failed evaluation has no score", changes: []change{
			edit{"agent/report.py", `{score:.1%} |"`, `{'failed' if score is None else f'{score:.1%}'} |"`},
			add{"tests/test_report.py"}}},
		{author: kei, message: "Pin dependencies by hash", changes: []change{
			add{"requirements.lock"}}},
		{author: mira, message: "Show progress of training", changes: []change{
			edit{"train.py", "import argparse\n\nfrom agent", "import argparse\n\nfrom tqdm import tqdm\n\nfrom agent"},
			edit{"train.py", "        return epochs\n",
				"        return tqdm(epochs, desc=f\"{settled.model}, lr {settled.lr}\", unit=\"epoch\", mininterval=1)\n"}}},
		{author: ana, message: "Clean scratch directories up", changes: []change{
			add{"agent/cleanup.py"}}},
		{author: ana, message: "Release what is good enough", changes: []change{
			add{"agent/release.py"}}},
		{author: ana, message: "Release: 60 %, not 50 %", changes: []change{
			edit{"agent/release.py", "GOOD_ENOUGH = 0.5\n", "GOOD_ENOUGH = 0.6\n"}}},
		{author: jon, message: "Compare the mix of actions with the wanted one", changes: []change{
			add{"agent/balance.py"},
			edit{"config/suites.yaml", "episodes: 100\n",
				"episodes: 100\n  mix: {click: 0.4, type: 0.25, navigate: 0.15, scroll: 0.2}\n"}}},
		{author: mira, message: "Sweep over learning rates and seeds", changes: []change{
			add{"agent/sweep.py"}}},
		{author: kei, message: "Flow: look at the data every night", changes: []change{
			add{"workflows/nightly-data-check.yaml"}}},
		{author: mira, message: "Flow: train and evaluate every night", changes: []change{
			add{"workflows/finetune-eval.yaml"}}},
		{author: mira, message: "Flow: find the learning rate", changes: []change{
			add{"workflows/sweep.yaml"}}},
		{author: kei, message: "Runbook", changes: []change{
			add{"docs/runbook.md"}}},
		{author: kei, message: "Gantline takes commits to the nightly flows", changes: []change{
			add{"gantline.yaml"},
			edit{"README.md", "the runbook |\n",
				"the runbook |\n\n`gantline.yaml` says how a commit becomes an image and what is deployed;\n`gantline pipeline` does it.\n"}}},
	}
}
