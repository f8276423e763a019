import asyncio

import jinja2
from jinja2.sandbox import SandboxedEnvironment

env = SandboxedEnvironment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"], enable_async=True)
template = env.from_string("{% for x in y %}{{ loop.index }} {{ x | title }}{% endfor %}{% do y.append(1) %}")
asyncio.run(template.render_async(y=["a"]))
jinja2.Environment(undefined=jinja2.DebugUndefined).from_string("{{ z }}").render()
