"""What a step hands to later steps: one file per output."""

import json
import os
import pathlib


def write(name, value):
    """Write an output; text as it is, everything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    directory = os.environ.get("GANTLINE_OUTPUTS")
    if directory is None:  # started by hand
        print(f"output {name}: {text}")
        return
    pathlib.Path(directory, name).write_text(text, encoding="utf-8")
