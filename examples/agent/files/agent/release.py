"""Step: announce a policy that is good enough. A worse one fails the run."""

import argparse
import hashlib
import sys

GOOD_ENOUGH = 0.6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--mean", type=float, required=True)
    args = parser.parse_args()
    if args.mean < GOOD_ENOUGH:
        sys.exit(f"mean recall {args.mean:.1%} is below {GOOD_ENOUGH:.0%}: not released")
    print(f"released {hashlib.sha256(args.model.encode()).hexdigest()[:12]} with mean recall {args.mean:.1%}")


if __name__ == "__main__":
    main()
