"""Puts a scene into words for a vendor's film model. Pure: the same order gives the same prompt."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache

from core.domain.analysis import Colour
from core.domain.plan import Angle, Camera, ShotSize, Tone, TypeStyle
from core.domain.shoot import ShotOrder

FRAMINGS: dict[ShotSize, str] = {
    "extreme_wide": "Extreme wide shot",
    "wide": "Wide shot",
    "medium": "Medium shot",
    "close_up": "Close-up",
    "extreme_close_up": "Extreme close-up",
}
ANGLES: dict[Angle, str] = {
    "eye_level": "at eye level",
    "low": "from a low angle, looking up",
    "high": "from a high angle, looking down",
    "top_down": "from straight above",
}
CAMERAS: dict[Camera, str] = {
    "static": "The camera does not move",
    "push_in": "The camera slowly pushes in",
    "pull_out": "The camera slowly pulls back",
    "pan_left": "The camera slowly pans to the left",
    "pan_right": "The camera slowly pans to the right",
    "tilt_up": "The camera slowly tilts up",
    "tilt_down": "The camera slowly tilts down",
    "orbit": "The camera slowly circles around the subject",
    "handheld": "Handheld camera with a slight, natural shake",
}
LIGHTS: dict[Tone, str] = {
    "warm": "Warm golden light with soft shadows, an intimate mood",
    "calm": "Soft, even light, a calm and quiet mood",
    "tense": "Hard, contrasty light with deep shadows, a tense mood",
    "tech": "Clean, cool light with fine highlights, a precise and modern mood",
    "night": "Night, few sources of light, glowing highlights in deep shadows",
    "hope": "Bright morning light from the side, an open and hopeful mood",
    "playful": "Bright, colourful light, a lively and playful mood",
}
LOOKS: dict[TypeStyle, str] = {
    "impact": "Bold cinematic look with strong contrast",
    "grotesk": "Clean, modern cinematic look",
    "serif": "Elegant, refined cinematic look",
    "heavy": "Graphic look with simple, strong shapes",
}
NO_TEXT = "No text, no captions, no watermark."
"""Titles and captions are added in the cut."""
ROOM_FOR_WISHES = 120
"""Units of a prompt; in a shorter one the picture alone has its place."""
COLOURS_NAMED = 4

FRAMING_FIRST = re.compile(
    r"^(?:an? )?(?:extreme(?:ly)? )?(?:close[- ]?up|(?:wide|long|medium|full|close) shot)(?: shot)?(?:[.:,]| of )\s*",
    re.IGNORECASE,
)
WORDS_SHOWN = ((r"room for the words “[^”]*”", "room left empty"), (r"the words “[^”]*”", "an empty area"))
"""How the offline writer asks for a title, and what a film model is asked for instead."""
DANGLING = re.compile(r"(?:[\s,;:–—-]|\s(?:a|an|and|at|by|for|from|in|into|of|on|or|the|to|with))+$", re.IGNORECASE)

COLOURS = {
    "black": "#0c0c10", "charcoal": "#2e3136", "grey": "#808080", "light grey": "#c4c4c4", "white": "#ffffff",
    "off-white": "#f5f3ee", "cream": "#fbeed5", "beige": "#dcc4a0", "dark brown": "#3b2417", "brown": "#7d4a25",
    "tan": "#b98d5a", "gold": "#d4af4b", "yellow": "#ffd634", "pale yellow": "#fff3b8", "orange": "#f5893c",
    "burnt orange": "#c65f22", "peach": "#f4c08c", "terracotta": "#cf7c55", "red": "#dc2b2b", "dark red": "#7a1820",
    "coral": "#ff5e62", "pink": "#f29bb7", "hot pink": "#ff3a94", "pale pink": "#f6d8d2", "dusty rose": "#b8787f",
    "burgundy": "#431d2c", "magenta": "#c22fa0", "purple": "#5b2a91", "deep purple": "#26134d", "lavender": "#cdb9ee",
    "violet": "#7a4fe0", "navy": "#14213f", "dark blue": "#1f3a7a", "blue": "#2f63d6", "bright blue": "#4d82ff",
    "sky blue": "#5fabdc", "pale blue": "#d3e4f7", "steel blue": "#4a6f92", "slate": "#4a5462",
    "dark teal": "#123d47", "teal": "#24828a", "turquoise": "#33cfc0", "sage": "#8fbfa8", "green": "#35994c",
    "dark green": "#16402a", "lime": "#a6d93a", "olive": "#77783a", "mint": "#bfead3",
}  # fmt: skip
"""Colours as film makers call them; a colour is called by the name of the nearest."""


def film_prompt(order: ShotOrder, *, limit: int = 1000) -> str:
    """The scene as a prompt of at most `limit` UTF-16 units: what happens, framing, camera, light, look, colours.

    What does not fit is cut at the end of a word, the least important first: look, colours, light, camera,
    framing and at last the picture itself. On-screen text is never asked for.
    """
    scene = order.scene
    closing = NO_TEXT if limit >= ROOM_FOR_WISHES else ""
    parts = [
        f"{FRAMINGS[scene.shot_size]} {ANGLES[scene.angle]}.",
        _picture(scene.visual, given=order.image is not None),
        f"{CAMERAS[scene.camera]}.",
        f"{LIGHTS[order.tone]}.",
        "" if order.image else _colours(order.palette),
        f"{LOOKS[order.style]}." if scene.cuts else f"{LOOKS[order.style]}, one continuous shot.",
    ]
    room = limit - (_units(closing) + 1 if closing else 0)
    for least in (5, 4, 3, 2, 0, 1):
        others = [part for place, part in enumerate(parts) if place != least and part]
        parts[least] = _cut(parts[least], room - _units(" ".join([*others, ""])))
    return " ".join(part for part in (*parts, closing) if part)


def still_prompt(order: ShotOrder, *, has_reference: bool, limit: int = 1000) -> str:
    """The scene as a prompt for a still: the moment at its beginning, without camera moves and without words."""
    scene = order.scene
    keeps = "The person or thing in the given picture looks exactly the same here." if has_reference else ""
    parts = [
        f"{FRAMINGS[scene.shot_size]} {ANGLES[scene.angle]}, a single frame of a film.",
        _picture(scene.visual, given=False),
        keeps,
        f"{LIGHTS[order.tone]}.",
        _colours(order.palette),
        f"{LOOKS[order.style]}.",
    ]
    room = limit - _units(NO_TEXT) - 1
    for least in (5, 4, 3, 2, 0, 1):
        others = [part for place, part in enumerate(parts) if place != least and part]
        parts[least] = _cut(parts[least], room - _units(" ".join([*others, ""])))
    return " ".join(part for part in (*parts, NO_TEXT) if part)


def _picture(visual: str, *, given: bool) -> str:
    """What is seen, without a framing that the scene may have changed since, and without words in the picture."""
    text = FRAMING_FIRST.sub("", " ".join(visual.split())) or visual.strip()
    for asked, instead in WORDS_SHOWN:
        text = re.sub(asked, instead, text)
    text = text[:1].upper() + text[1:]
    if text[-1:] not in ".!?…":
        text += "."
    return f"The given first picture comes to life. {text}" if given else text


def _units(text: str) -> int:
    """UTF-16 units, in which vendors count: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, room: int) -> str:
    """The text as far as whole words fit into `room` units; '' when no word does."""
    if _units(text) <= room:
        return text
    kept = ""
    for word in text.split(" "):
        longer = f"{kept} {word}".strip()
        if _units(longer) + 1 > room:
            break
        kept = longer
    kept = DANGLING.sub("", kept)
    return f"{kept.rstrip('.')}." if kept else ""


def _colours(palette: Sequence[Colour]) -> str:
    """The main colours by name, the largest first; '' without any."""
    largest = sorted(palette, key=lambda colour: -colour.share)
    names = list(dict.fromkeys(_name(colour.hex) for colour in largest))[:COLOURS_NAMED]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Colours: {listed}."


def _name(code: str) -> str:
    """What people call a colour given as `#rrggbb`."""
    wanted = _lab(code)
    return min(COLOURS, key=lambda name: math.dist(wanted, _lab(COLOURS[name])))


@cache
def _lab(code: str) -> tuple[float, float, float]:
    """A colour as CIE L*a*b* (D65), in which distances are as people see them."""
    red, green, blue = (_linear(int(code[i : i + 2], 16) / 255) for i in (1, 3, 5))
    x = _cube_root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _cube_root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _cube_root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _cube_root(value: float) -> float:
    """The curve of CIE L*a*b*: a cube root, and a straight line near black."""
    return float(value ** (1 / 3)) if value > 0.008856 else 7.787 * value + 16 / 116
