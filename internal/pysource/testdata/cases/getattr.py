import importlib
_submodules = ["first", "second"]
def __getattr__(name):
    if name in _submodules:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module has no {name}")
