import io

import pandas as pd

df = pd.DataFrame({"a": [1, 2, 2], "when": pd.date_range("2020-01-01", periods=3)})
df.groupby("a").agg("count"), df.rolling(2, on="when")["a"].mean(), df.set_index("when").resample("D").sum()
pd.read_csv(io.StringIO("a,b\n1,2\n"), engine="python"), df.to_json(), df.to_html(), df.merge(df, on="a"), df.style if False else None
pd.eval("1 + 1"), df.query("a > 1"), pd.api.types.is_list_like([]), pd.to_timedelta("1d"), pd.Series(["x"]).str.upper(), pd.cut(df.a, 2)
try:
    df.to_parquet(io.BytesIO())
except ImportError:
    pass
try:
    df.plot()
except ImportError:
    pass
