"""By rows: large pictures that are worked out a few rows at a time, when they are laid down.

A layer of a film of 1080x1920 has five million pixels: its colours as floats are 63 MB, and so is every step on the
way to them. What is marked here with `by_rows` is not worked out at once; it remembers what it is made of, like a
formula, and takes the same values as if it were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

Float = npt.NDArray[np.float32]
BAND = 1 << 17
"""Pixels that are worked on at a time."""


SPARSE = 0.7
"""A field that is 0 outside such a share of it is kept as that share."""


def bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a large picture, few at a time."""
    step = max(1, BAND // max(1, width))
    return (slice(first, min(first + step, height)) for first in range(0, height, step))


class Rows(NDArrayOperatorsMixin):
    """A picture, h x w or h x w x channels, of which `rows(slice)` answers some rows. Arithmetic makes more of them."""

    def __init__(self, shape: tuple[int, ...], rows: Callable[[slice], npt.NDArray[Any]]) -> None:
        self.shape, self.ndim, self.rows = shape, len(shape), rows

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        shape = np.broadcast_shapes(*(np.shape(x) for x in inputs))
        whole = Rows(shape, lambda rows: ufunc(*(some_rows(x, rows, len(shape)) for x in inputs)))
        if out is None or isinstance(out[0], Rows):
            return whole
        for rows in bands(*shape[:2]):  # into an array that is there
            ufunc(*(some_rows(x, rows, len(shape)) for x in inputs), out=out[0][rows])
        return out[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:  # noqa: FBT001
        """All of it, worked out."""
        del copy
        made: npt.NDArray[Any] | None = None
        for rows in bands(self.shape[0], self.shape[1]):
            part = self.rows(rows)
            made = np.empty(self.shape, dtype or part.dtype) if made is None else made
            made[rows] = part
        assert made is not None
        return made

    def __getitem__(self, key: Any) -> Any:
        if key == (..., None):
            return Rows((*self.shape, 1), lambda rows: self.rows(rows)[..., None])
        return np.asarray(self)[key]

    def clip(self, low: float, high: float, out: None = None) -> Rows:
        """What np.clip makes of it."""
        del out
        return Rows(self.shape, lambda rows: np.clip(self.rows(rows), low, high))


def by_rows(array: Any) -> Float:
    """The same picture, and whatever is reckoned with it, worked out only when it is laid down.

    Of a large field that is 0 around its middle, only the middle is kept.
    """
    if isinstance(array, Rows):
        return cast("Float", array)
    if array.ndim == 2 and array.size > BAND:
        down, across = (np.flatnonzero(array.any(axis=axis)) for axis in (1, 0))
        if len(down) and np.ptp(down) * np.ptp(across) < SPARSE * array.size:
            return _boxed(array, slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1))
    return cast("Float", Rows(array.shape, lambda rows: array[rows]))


def _boxed(array: npt.NDArray[Any], down: slice, across: slice) -> Float:
    """A field of which only a part is not 0."""
    middle, shape = array[down, across].copy(), array.shape

    def some(rows: slice) -> npt.NDArray[Any]:
        part = np.zeros((rows.stop - rows.start, shape[1]), middle.dtype)
        first, last = max(rows.start, down.start), min(rows.stop, down.stop)
        if first < last:
            part[first - rows.start : last - rows.start, across] = middle[first - down.start : last - down.start]
        return part

    return cast("Float", Rows(shape, some))


def picked(field: Float, above: float, high: float, low: float) -> Float:
    """H x w x 1 by rows: `high` where the field is above a level, else `low`."""

    def some(rows: slice) -> npt.NDArray[Any]:
        return np.asarray(np.where(field[rows] > above, high, low))[..., None]

    return cast("Float", Rows((*field.shape, 1), some))


def either(condition: Any, yes: Float, no: Float) -> Float:
    """H x w x 3 by rows: `yes` where the condition (h x w, by rows) holds, else `no`."""

    def some(rows: slice) -> npt.NDArray[Any]:
        holds = condition.rows(rows)[..., None]
        return np.asarray(np.where(holds, some_rows(yes, rows, 3), some_rows(no, rows, 3)))

    return cast("Float", Rows((*condition.shape, 3), some))


def on_sheet(size: tuple[int, int], box: tuple[int, int, int, int], picture: Float) -> Float:
    """H x w x 3 by rows: a picture at its place (left, top, right, bottom) on a sheet of that height and width."""
    left, top, right, bottom = box

    def some(rows: slice) -> Float:
        part = np.zeros((rows.stop - rows.start, size[1], 3), np.float32)
        first, last = max(rows.start, top), min(rows.stop, bottom)
        if first < last:
            inside = some_rows(picture, slice(first - top, last - top), 3)
            part[first - rows.start : last - rows.start, left:right] = inside
        return part

    return cast("Float", Rows((*size, 3), some))


def some_rows(x: Any, rows: slice, ndim: int) -> Any:
    """Some rows of what is broadcast to `ndim` dimensions."""
    if np.ndim(x) < ndim or x.shape[0] == 1:
        return np.asarray(x) if isinstance(x, Rows) else x
    return x.rows(rows) if isinstance(x, Rows) else x[rows]
