_import_structure = {
    "configuration_bert": ["BertConfig"],
    "models.bert": ["BertModel"],
}
_import_structure["modeling_bert"] = ["BertModel"]
import sys
sys.modules[__name__] = _LazyModule(__name__, globals()["__file__"], _import_structure)
