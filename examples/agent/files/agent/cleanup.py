"""Last step: remove what a run left in the scratch directory."""

import argparse
import pathlib
import shutil
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdict", required=True)
    verdict = parser.parse_args().verdict
    removed = 0
    for left in pathlib.Path(tempfile.gettempdir()).glob("agent-scratch-*"):
        shutil.rmtree(left, ignore_errors=True)
        removed += 1
    print(f"the run ended: {verdict}; removed {removed} scratch directories")


if __name__ == "__main__":
    main()
