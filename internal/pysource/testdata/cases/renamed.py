def before():
    return il.import_module(x), im("early.use"), load("assigned")
from importlib import import_module as im, util
import importlib as il
import sys as system
load = il.import_module
__import = __import__
def later():
    im("a.b"); im(f"c.{x}"); __import("d")
    system.path.append("x")
from re import compile
from a import exec as run
compile(x); exec(y); run(z)
