"""Runs a program, and writes the files of all code that ran: trace.py OUT PROGRAM."""

import os
import runpy
import sys

out, program = sys.argv[1:]
ran = set()


def note(event, arguments):
    if event == "exec" and hasattr(arguments[0], "co_filename"):
        ran.add(arguments[0].co_filename)


sys.addaudithook(note)
sys.argv = [program]
try:
    runpy.run_path(program, run_name="__main__")
finally:
    ran.update(m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None))
    with open(out, "w") as f:
        f.write("\n".join(os.path.realpath(p) for p in ran if p.endswith(".py")))
