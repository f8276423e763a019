a = f"{root}/conf/{x}.yaml", F'agent.plugins.{name}'
a = rf"{root}\d/{x!r:>{width}.{digits}}/end", fR'\{x}.y', f"\{x}.y", f"\\{x}/\{{y}}/"
a = f"{d["key.x"]}/a", f"{f"{f'{x}/inner'}/middle"}/outer"
a = f'{x:{{}}}', f"{x:%Y/%m/%d}", f"{x!r}", f"{x=}", f"{x = !r:^20}", f"{x!=y}", f"{(lambda y: 1)(2)}", f"{x:=5}"
a = f"{
    __import__("multi.line")  # a comment, and a " in it
}/after"
a = f"""{
    {"dict.x": 1}["dict.y"]
}/{x:
  spec/}{y}"""
a = f"{__import__('in.field')}" f'{importlib.import_module(f"deep.{f"{name}"}")}'
a = "before." f"{x}" "after." f"/{y}" "." "end/"
a = f"\N{BULLET}{x}/\N{LATIN SMALL LETTER A}", f"{{{x}}}/b", f"{{x}}.y"
a = t"{x}/template", Tr'{x}\/template', f"", f"{x}{y}", f"a.b" + f"c.d"
a = f"{x:{"nested.spec"}}/z", f"{lambda x: 1}", f"{yield_from}"
a = f'{x:a{y}b{z!r}c}/d'
a = f'{x:d
}/newline'
import after
