"""Scenery: what the local renderer can draw. A builder makes the layers of one scene; BUILDERS names them all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.providers.local.film.layers import Geo, Stack
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.chart import chart
from core.providers.local.film.scenery.city import city
from core.providers.local.film.scenery.flow import flow
from core.providers.local.film.scenery.glyph import glyph
from core.providers.local.film.scenery.grid import grid
from core.providers.local.film.scenery.orbit import orbit
from core.providers.local.film.scenery.photo import photo
from core.providers.local.film.scenery.portrait import portrait
from core.providers.local.film.scenery.ridge import ridge
from core.providers.local.film.scenery.still import still
from core.providers.local.film.setting import Setting

Builder = Callable[[Geo, Roles, np.random.Generator, Setting], Stack]

BUILDERS: dict[str, Builder] = {
    "ridge": ridge,
    "city": city,
    "grid": grid,
    "flow": flow,
    "orbit": orbit,
    "portrait": portrait,
    "chart": chart,
    "still": still,
    "glyph": glyph,
    "photo": photo,
}
