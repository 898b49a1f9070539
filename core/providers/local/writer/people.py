"""Whether words name people, so that a film may address them: `for night owls`, and not `for plum cake`."""

from __future__ import annotations

import re

from core.providers.local.writer.english import listed

GROUPS = listed(
    "people person persons folk folks woman women man men girl girls boy boys kid kids child children toddler "
    "toddlers baby babies teen teens teenager teenagers adult adults senior seniors family families parent parents "
    "mum mums mom moms dad dads grandparents couple couples friend friends guest guests team teams crew crews owl "
    "owls bird birds fan fans everyone everybody anyone anybody someone somebody us you all pupil pupils nurse nurses "
    "startup startups company companies business businesses firm firms agency agencies shop shops store stores school "
    "schools club clubs brand brands museum museums hospital hospitals restaurant restaurants cafe cafes café cafés "
    "bar bars hotel hotels charity charities community communities office offices studio studios neighbour neighbours "
    "neighbor neighbors head heads addict addicts nerd nerds geek geeks athlete athletes pro pros creative creatives "
    "creator creators professional professionals amateur amateurs group groups expert experts nomad nomads single "
    "singles groom grooms bride brides newlyweds vegan vegans vegetarian vegetarians millennial millennials household "
    "households pet pets dog dogs cat cats puppy puppies rookie rookies pal pals chef chefs cook cooks boss bosses "
    "staff host hosts guide guides coach coaches artist dj djs mc poet poets pilot pilots judge judges colleague "
    "colleagues employee executives relatives locals intellectuals introverts extroverts minds souls hearts"
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
    last = words[-1]
    if last in GROUPS or last.rpartition("-")[2] in GROUPS:
        return True
    one = last.removesuffix("s")
    return bool(AGENTS.fullmatch(last)) and not one.endswith("ment") and not NO_AGENTS & {one, last}
