import os
import tempfile

import setuptools
from setuptools import Extension, find_packages, setup

with tempfile.TemporaryDirectory() as d:
    os.chdir(d)
    os.mkdir("p")
    open("p/__init__.py", "w").close()
    open("pyproject.toml", "w").write('[project]\nname = "p"\nversion = "1"\n')
    setup(script_args=["-q", "sdist", "bdist_wheel"])
    os.chdir("/")
