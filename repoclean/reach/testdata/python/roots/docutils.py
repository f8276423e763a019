from docutils.core import publish_string

text = "Title\n=====\n\n.. note:: x\n\n.. math:: a\n\n.. code:: python\n\n   x = 1\n"
for writer in ["html5", "latex", "manpage", "pseudoxml", "xml", "odt"]:
    try:
        publish_string(text, writer=writer, settings_overrides={"language_code": "de"})
    except Exception as e:
        print(writer, e)
