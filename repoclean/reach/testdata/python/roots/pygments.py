import pygments
from pygments.filters import get_filter_by_name
from pygments.formatters import HtmlFormatter, get_formatter_by_name
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename, guess_lexer
from pygments.styles import get_style_by_name

for name in ["python", "go", "yaml", "html+django", "rust"]:
    pygments.highlight("x", get_lexer_by_name(name), get_formatter_by_name("terminal256", style=get_style_by_name("monokai")))
get_lexer_for_filename("x.toml")
get_formatter_by_name("svg")
