print(__name__)
x = "__main__"
