"""What a speech engine hands over: the sound, and when each spoken token sounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""One channel, full scale is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A line as an engine said it, before any polish."""

    samples: Samples
    rate: int
    """Samples a second."""
    spans: tuple[tuple[float, float] | None, ...]
    """Start and end in seconds of each token that was to be said; None where it was passed over."""
