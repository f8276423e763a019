import os
import tempfile

import pytest

with tempfile.TemporaryDirectory() as d:
    with open(os.path.join(d, "test_x.py"), "w") as f:
        f.write("def test_x(tmp_path, monkeypatch, capsys, caplog):\n    assert 1 == 1\n")
    pytest.main(["-q", "-p", "no:cacheprovider", d])
