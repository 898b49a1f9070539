"""Writes the tags of ASS, the language of libass: colours, edges, shapes, escaped words."""

from __future__ import annotations

from core.media.emoji import UNITS, Shape
from core.media.faces import Face, runs

CURVE = 0.5523
"""How far the handles of a Bezier curve stand out to make a quarter of a circle."""
WORD_JOINER = "\u2060"
"""Draws nothing; between a backslash and its letter it keeps libass from reading a command."""


LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"
"""Draw nothing; around a text they say in which direction the line goes that it stands in."""


def escaped(text: str) -> str:
    """Text that libass shows as it is."""
    safe = text.replace("\\", "\\" + WORD_JOINER).replace("{", "\\{").replace("}", "\\}")
    return " ".join(safe.split())


def words(text: str, face: Face, em: float, style: str, mark: str = "") -> str:
    """Text in a face at `em` pixels an em, with `style` tags before it; letters it lacks in another face.

    `mark` is the direction of the line, when the text's own is another.
    """
    out = []
    for run in runs(text, face):
        size = em * (run.face.above + run.face.below)
        out.append(f"{{\\fn{run.face.family}\\fs{size:.2f}\\b{int(run.face.bold)}}}{escaped(run.text)}")
    if mark:  # inside the first and last run: they are letters of a font, too
        out[0] = out[0].replace("}", "}" + mark, 1)
        out.append(mark)
    return "".join([f"{{{style}}}", *out])


def fill(colour: str) -> str:
    """The colour of letters and shapes; a shape has no edge."""
    return f"\\1c{_bgr(colour)}\\bord0\\shad0"


def edge(colour: str, pixels: float) -> str:
    """A line around letters, after `fill`."""
    return f"\\3c{_bgr(colour)}\\bord{pixels:.2f}"


def see_through(share: float) -> str:
    """How much of what is behind shows, 0-1."""
    return f"\\alpha&H{round(255 * share):02X}&"


def pop(start: float, peak: float) -> str:
    """Grows from `start` percent over `peak` to its size in 170 ms."""
    return f"\\fscx{start}\\fscy{start}\\t(0,90,\\fscx{peak}\\fscy{peak})\\t(90,170,\\fscx100\\fscy100)"


def filling(place: tuple[float, float, float, float], *, leftward: bool, seconds: float) -> str:
    """Uncovers a place (left, top, right, bottom) from one side to the other."""
    left, top, right, bottom = place
    begin = (right, right) if leftward else (left, left)
    upright = f"{{0:.0f}},{top - 2:.0f},{{1:.0f}},{bottom + 2:.0f}"
    first, last = upright.format(*begin), upright.format(left - 1, right + 1)
    return f"\\clip({first})\\t(0,{round(seconds * 1000)},\\clip({last}))"


def rounded(x: float, y: float, wide: float, high: float, radius: float, style: str) -> str:
    """A rectangle with round corners about a middle point, in pixels."""
    r = min(radius, wide / 2, high / 2)
    k = r * (1 - CURVE)
    path = (
        f"m {r:.1f} 0 l {wide - r:.1f} 0 b {wide - k:.1f} 0 {wide:.1f} {k:.1f} {wide:.1f} {r:.1f} "
        f"l {wide:.1f} {high - r:.1f} b {wide:.1f} {high - k:.1f} {wide - k:.1f} {high:.1f} {wide - r:.1f} {high:.1f} "
        f"l {r:.1f} {high:.1f} b {k:.1f} {high:.1f} 0 {high - k:.1f} 0 {high - r:.1f} "
        f"l 0 {r:.1f} b 0 {k:.1f} {k:.1f} 0 {r:.1f} 0"
    )
    return f"{{\\an5\\pos({x:.1f},{y:.1f}){style}\\p1}}{path}"


def picture(shape: Shape, x: float, y: float, side: float, style: str) -> str:
    """A layer of an emoji about a middle point, `side` pixels high and wide."""
    scale = side / UNITS
    path = " ".join(n if n.isalpha() else f"{int(n) * scale:.2f}" for n in shape.path.split())
    corners = f"m 0 0 l 0 0 0 0 m {side:.2f} {side:.2f} l {side:.2f} {side:.2f} {side:.2f} {side:.2f}"
    clear = see_through(shape.see_through) if shape.see_through else ""
    return f"{{\\an5\\pos({x:.1f},{y:.1f}){fill(shape.colour)}{clear}{style}\\p1}}{corners} {path}"


def _bgr(colour: str) -> str:
    return f"&H{colour[5:7]}{colour[3:5]}{colour[1:3]}&".upper()
