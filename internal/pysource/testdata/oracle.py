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


def strings(tree, lines):
    """The constants that are reported whole.

    An f-string without fields is one. What has a named character isn't, for
    only Python has the table of names.
    """
    parts, formats, found = set(), set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue):
            formats.add(id(node.format_spec))
        if isinstance(node, ast.JoinedStr):
            parts.update(id(value) for value in node.values)
            if id(node) not in formats and all(isinstance(value, ast.Constant) for value in node.values):
                found.append((node, "".join(value.value for value in node.values)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            found.append((node, node.value))
    found = [
        (node.lineno, text)
        for node, text in found
        if names_something(text) and not has_named_character(node, lines)
    ]
    found.sort(key=lambda entry: (entry[0], entry[1].encode()))
    return [{"Line": line, "Text": text} for line, text in found] or None


def names_something(text):
    if "." not in text and "/" not in text or BLANKS & set(text) or not set(text) - MARKS:
        return False
    try:
        return len(text.encode()) <= 300
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def has_named_character(node, lines):
    if not any("\\N{" in line for line in lines[node.lineno - 1 : node.end_lineno]):
        return False
    return "\\N{" in (ast.get_source_segment("\n".join(lines), node) or "")


def translated(source):
    """The lines of a source as ast counts them, whatever its encoding."""
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", "replace").split("\n")


for path in sys.stdin.read().split("\n"):
    answer = {"File": path}
    try:
        with open(path, "rb") as f:
            source = f.read()
        tree = ast.parse(source)
        answer["Imports"] = imports(tree) or None
        answer["Strings"] = strings(tree, translated(source))
    except Exception as error:
        answer["Error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer))
