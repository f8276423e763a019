import io

from rich import print_json, traceback
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import track
from rich.syntax import Syntax
from rich.table import Table

console = Console(file=io.StringIO(), force_terminal=True)
table = Table("a", "b")
table.add_row("1", ":smile:")
console.print(table, Markdown("# x\n\n```python\n1\n```"), Syntax("x = 1", "python"), "wide \u4f60")
console.print_json('{"a": 1}')
for _ in track([1], console=console):
    pass
console.log({"a": 1}, log_locals=True)
traceback.install()
