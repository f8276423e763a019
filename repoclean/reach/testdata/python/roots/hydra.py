from hydra import compose, initialize_config_dir
from hydra.core.plugins import Plugins
from hydra.utils import call, get_class, instantiate
from omegaconf import OmegaConf

import os
import tempfile

with tempfile.TemporaryDirectory() as d:
    with open(os.path.join(d, "c.yaml"), "w") as f:
        f.write("x: {_target_: collections.Counter}\n")
    with initialize_config_dir(d, version_base=None):
        config = compose("c", overrides=["+y=1"])
    instantiate(config.x)
Plugins.instance()
OmegaConf.to_yaml(config)
