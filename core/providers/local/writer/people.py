"""Whether words name people, so that a film may address them: `for night owls`, and not `for plum cake`."""

from __future__ import annotations

import re

from core.providers.local.writer.english import listed

GROUPS = listed(
    "people person folk woman women man men girl boy kid child children toddler baby babies teen teenager adult "
    "senior family families parent mum mom dad grandparents couple friend guest team crew owl bird fan everyone "
    "everybody anyone anybody someone somebody us you all pupil nurse startup company companies business businesses "
    "firm agency agencies shop store school club brand museum hospital restaurant cafe café bar hotel charity "
    "charities community communities office studio neighbour neighbor head addict nerd geek athlete pro creative "
    "creator professional amateur group expert nomad single groom bride newlyweds vegan vegetarian millennial "
    "household pet dog cat puppy puppies rookie pal chef cook boss bosses staff host guide coach coaches artist dj mc "
    "poet pilot judge colleague employee executives relatives locals intellectuals introverts extroverts minds souls "
    "hearts"
)
AGENTS = re.compile(r"\w{2,}(?:er|or|ist|ian|eer|ee|ent|ant|ess|eur|aholic)s?")
"""Endings of who does something: `freelancers`, `cyclists`, `students`."""
NO_AGENTS = listed(
    "flower paper number computer dinner supper summer winter cover corner offer order letter poster sticker drawer "
    "leather weather water butter border center laser charger printer scanner speaker container blender mixer heater "
    "cooler freezer scooter trailer tower shower power river sweater trouser jumper slipper pepper ginger cider "
    "burger laptop quarter semester dollar calendar color colour door floor mirror motor interior exterior decor "
    "sector factor plant event content accent scent tent cent percent talent coffee toffee committee fee knee tree "
    "degree business fitness wellness happiness dress mess process success stress mattress rest december november "
    "october september adventure chapter character filter monitor counter shoulder finger hair ladder lantern timer "
    "buffer folder header parameter over after either other newsletter reminder answer outdoor indoor parlor harbor "
    "harbour restaurant croissant instant amount different present transparent recent easter cancer soccer poker "
    "silver copper timber rubber fiber laughter matter gutter hammer roller toaster dryer washer router browser "
    "sensor tractor elevator generator beer career pant list playlist checklist mist twist chess free three paint "
    "print pier layer"
)
"""What ends so, and is nobody."""


def are_people(text: str) -> bool:
    """Whether the words name people, or what stands for them: `small teams`, `museums`, `dogs that pull`."""
    said = text.lower()
    if re.search(r"\bwho\b", said):
        return True
    head = re.split(r"\s(?:that|which|with|without|in|at|on|of|from|near|between|under|over|by|to|and|or)\s|,", said)[0]
    words = re.findall(r"[\w'’-]+", head)
    if not words:
        return False
    last = words[-1].rpartition("-")[2]
    forms = {last, last.removesuffix("s")}
    if forms & GROUPS:
        return True
    return bool(AGENTS.fullmatch(last)) and not forms & NO_AGENTS and not last.removesuffix("s").endswith("ment")
