import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(3, 3))
np.linalg.eigh(x @ x.T), np.fft.fft(x), np.polynomial.Polynomial([1, 2])(3)
np.ma.masked_array(x), np.rec.array(x), np.char.upper(np.array(["a"])), np.testing.assert_allclose(x, x)
np.mean(x), np.clip(x, 0, 1), str(x), np.datetime64("2020-01-01"), np.emath.sqrt(-1), np.lib.stride_tricks.sliding_window_view(x[0], 2)
np.random.RandomState(0).rand(), np.ctypeslib, np.f2py if False else None
