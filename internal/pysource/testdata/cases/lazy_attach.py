import lazy_loader as lazy
__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["sub", 'other'],
    submod_attrs={"mod": ["x"]},
)
lazy.attach(__name__, names)
lazy.attach_stub(__name__, __file__)
debugger.attach(process, ["no"])
