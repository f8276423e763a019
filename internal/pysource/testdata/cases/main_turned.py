def f():
    if not (x and '__main__' != __name__): g()
