"""import docstring; from docstring import nothing"""
import a
import a.b.c as d, e . f, g
from . import (x,
               y as z,  # a comment with import
               )
from .. import *
from ...a.b import c
from.a import(b)
from \
    m \
    import \
    n
import o; from p import q; import r
if x: import s
else: from t import u
try:
    import v
except ImportError: import w
class C:
    import in_class
    def f(self):
        from in_method import (one, two)
        return lambda: 0; import after_lambda
def g(x: int = {1: 2}[1]) -> None: import one_line
if TYPE_CHECKING:
    from typing_only import T
x = [1,
     2]; import after_brackets
lazy import proposed
lazy from proposed.too import name
async def h():
	import tabbed
import ünï.códe
match x:
    case {"import": y}: import in_case
import last
