import io

import dateutil.parser
import lazy_loader
import six
import yaml
from six.moves import urllib_parse
from tqdm.auto import tqdm

yaml.dump(yaml.safe_load("a: [1]"))
list(tqdm([1], file=io.StringIO()))
dateutil.parser.parse("2020-01-01")
np = lazy_loader.load("numpy")
np.zeros(3)
