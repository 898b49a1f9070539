"""What a sound is made of over time, with numpy alone: SciPy's own takes longer to load than a sample to be heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def levels(mono: Floats, size: int, hop: int) -> Floats:
    """How strong each frequency is, (size / 2 + 1, n): windows of `size` samples (Hann), one every `hop`.

    A full-scale sine gives 0.5 at its frequency. The sound is at least `size` samples long.
    """
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    pieces = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    found = np.fft.rfft(pieces * (window / window.sum()), axis=1)
    return np.ascontiguousarray(np.abs(found).T, np.float32)
