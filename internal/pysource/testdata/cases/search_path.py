import sys, site
sys.path.insert(0, "x"); sys.path.append("y")
site.addsitedir("z")
__path__ = __import__("pkgutil").extend_path(__path__, __name__)
__path__.append("w")
agent.__path__ += ["v"]
from sys import path
print(agent.__path__, other.path, sys.pathology, sys.modules)
x = [__path__[0]]
if x: __path__.insert(0, "u")
