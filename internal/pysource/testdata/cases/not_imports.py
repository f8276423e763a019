important = from_ = 1
x.important.from_ = important
def generator():
    yield from iterator
    value = yield from iterator
    y = (yield
         from iterator)
    yield \
        from iterator
    (yield from iterator)
    raise ValueError from important
    raise (
        ValueError
    ) from important
importer(important, from_=1)
s = """
import in_string
from in_string import x
"""
s = 'import in_string'; t = r'\'; import_still_in_string'
s = 'a\
import in_string'
# import in_comment
d = {
    important: 1,
}
lazy = 1
lazy.important
