import fsspec

for protocol in ["memory", "file", "local", "zip", "tar", "github", "cached", "reference", "http", "git", "dask", "ftp", "jupyter"]:
    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError:
        pass
with fsspec.open("memory://a", "w") as f:
    f.write("x")
fsspec.filesystem("filecache", target_protocol="memory", cache_storage="TMP")
