"""A docstring. It has blanks."""
a = "a.b"
a = 'conf/model.yaml'
a = u"u.v", R"raw\w.x", Rb"bytes.x", b"bytes.y", BR'bytes.z'
a = "tab\tstop.", "new\nline.", "with blank.", "\x61.\u0062.\U00000063.\1414", "\N{BULLET}.x", "\ud800.x"
a = "implicit." "joined" '.here'
a = ("over."
     'lines'  # with a comment
     """.too""")
a = "half." "has a blank"
a = "no.join" + "in.sum"
a = """long.quotes""", '''it's."here"''', """ends.in\""""
a = r"ends.in\"quote", r'''ends.in\'''', "a.b\
c"
a = r"\.x", "\.y", rb"\.z"
a = ".", "/", "...", "../", "-.-", ".5", "名.前"
a = "identifier", "two-words", ""
a = f"no.{{fields}}.here" "and.more"
a = "x.y" "" "".z
path = Path("data") / "train.csv"
match a:
    case "case.x" | "case.y": pass
config = {"_target_": "agent.models.Net", "other": ["agent.a", "agent.b"]}
