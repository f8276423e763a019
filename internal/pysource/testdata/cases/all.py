__all__ = ["echo", "surround",
           'reverse']
__all__ += ["more"]
__all__.extend(other.__all__); __all__.append("import_module")
x = ["not_all"]
