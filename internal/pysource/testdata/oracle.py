"""Answers what Python's own parser finds in the files whose names it reads."""
import ast
import json
import string
import sys

sys.setrecursionlimit(20000)
BLANKS = set(" \t\n\r\f\v")
MARKS = set(string.punctuation) - {"_"}


def imports(tree):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for k, name in enumerate(node.names):
                found.append((node.lineno, node.col_offset, k, 0, name.name, None))
        elif isinstance(node, ast.ImportFrom):
            names = [name.name for name in node.names]
            found.append((node.lineno, node.col_offset, 0, node.level, node.module or "", names))
    found.sort(key=lambda entry: entry[:3])
    return [
        {"Line": line, "Level": level, "Module": module, "Names": names}
        for line, _, _, level, module, names in found
    ]


def strings(tree):
    parts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(id(value) for value in node.values)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            text = node.value
            if "." not in text and "/" not in text:
                continue
            if BLANKS & set(text) or not set(text) - MARKS:
                continue
            try:
                size = len(text.encode())
            except UnicodeEncodeError:
                continue
            if size <= 300:
                found.append((node.lineno, text))
    found.sort(key=lambda entry: (entry[0], entry[1].encode()))
    return [{"Line": line, "Text": text} for line, text in found] or None


for path in sys.stdin.read().split("\n"):
    answer = {"File": path}
    try:
        with open(path, "rb") as f:
            tree = ast.parse(f.read())
        answer["Imports"] = imports(tree) or None
        answer["Strings"] = strings(tree)
    except Exception as error:
        answer["Error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=False)
