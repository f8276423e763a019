def eval(model): pass
class A:
    def exec(self): pass
eval(model)
exec(code)
