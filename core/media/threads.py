"""How many threads OpenCV takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2


@contextmanager
def one_each() -> Iterator[None]:
    """Where every core has work already, or pictures are small: more of its threads would wait for one another."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
