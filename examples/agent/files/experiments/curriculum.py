"""Order episodes from short pages to long ones. Gave nothing; see the notebook."""

from agent import data


def ordered():
    return sorted(data.load(), key=lambda e: (len(e["tokens"]), e["id"]))
