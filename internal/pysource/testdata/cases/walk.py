import pkgutil
import agent.plugins
import agent.models as models
from . import steps
from agent import tools as kit, more
pkgutil.walk_packages(__path__)
pkgutil.walk_packages(__path__, __name__ + ".")
pkgutil.iter_modules([os.path.dirname(__file__)])
pkgutil.iter_modules(agent.plugins.__path__)
pkgutil.iter_modules(models.__path__, models.__name__ + ".")
pkgutil.iter_modules(path=steps.__path__, prefix="agent.steps.")
pkgutil.walk_packages(steps.__path__)
pkgutil.walk_packages(path, prefix=f"{kit.__name__}.sub.")
pkgutil.walk_packages(more.__path__)
pkgutil.walk_packages(path)
pkgutil.walk_packages(unknown.__path__)
pkgutil.iter_modules()
for m in map(pkgutil.iter_modules, paths): pass
import_module(f"{kit.__name__}.{name}")
import_module("." + name, more.__name__)
import_module(".x", more.__name__)
import_module(models.__name__ + ".y")
import_module(models.__name__)
