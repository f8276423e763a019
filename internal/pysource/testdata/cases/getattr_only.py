_names = {"Model": "model", "Data": "data.set"}
if not TYPE_CHECKING:
    def __getattr__(name: str):
        return _load(_names[name])
