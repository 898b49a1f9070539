"""The sceneries of the local renderer: every builder, in every shape of frame, draws something that moves."""

import numpy as np
import pytest

from core.domain.analysis import Colour
from core.providers.local.film.layers import TITLE, Geo, Layer, Stage, View, camera_pose, composite, layer_matrix, posed
from core.providers.local.film.palette import roles_of
from core.providers.local.film.scenery import BUILDERS
from core.providers.local.film.setting import Setting

ROLES = roles_of([Colour(hex=h, share=0.25) for h in ("#0d1b33", "#2f6fb0", "#9cc9e8", "#e9b872")])
SIZES = ((180, 320), (320, 180), (220, 220))
SECONDS = 4.0
LAYOUTS = {
    "ridge": ("range", "lake", "dunes", "forest", "coast"),
    "city": ("skyline", "street", "rooftop", "window"),
    "grid": ("sun", "towers", "portal", "peaks"),
    "flow": ("spheres", "waves", "ribbons", "rings", "arches"),
    "orbit": ("ringed", "moonrise", "network", "system"),
    "portrait": ("disc", "arch", "burst", "plain"),
}
EVERY = [(motif, layout) for motif, layouts in LAYOUTS.items() for layout in layouts]


def build(motif, size, seed=3, **told):
    setting = Setting(motif=motif, seed=seed, **told)
    return BUILDERS[motif](Geo(*size), ROLES, np.random.default_rng(seed), setting)


def picture(stack, size, t=1.0):
    geo, out = Geo(*size), np.zeros((size[1], size[0], 3), np.uint8)
    pose = camera_pose("static", 0.5, 1)
    stage = Stage(geo, pose, View())
    for item in stack:
        if isinstance(item, Layer):
            own = item.anim(t, SECONDS) if item.anim else None
            matrix = layer_matrix(item.depth, pose, geo, View())
            composite(out, item, posed(matrix, own) if own else matrix, own.opacity if own else 1.0)
        elif item is not TITLE:
            item.draw(out, t, t / SECONDS, pose, stage)
    return out


@pytest.mark.parametrize("size", SIZES, ids=["tall", "wide", "square"])
@pytest.mark.parametrize(("motif", "layout"), EVERY)
def test_every_composition_fills_every_frame_and_leaves_one_place_for_the_title(motif, layout, size):
    stack = build(motif, size, detail=layout, figure=True)
    shot = picture(stack, size)
    assert sum(item is TITLE for item in stack) == 1
    assert shot.std() > 8
    edges = np.concatenate([shot[0], shot[-1], shot[:, 0], shot[:, -1]])
    assert edges.max(axis=1).min() > 0, "a hole at the edge of the frame"


@pytest.mark.parametrize(("motif", "layout"), EVERY)
def test_every_composition_moves_while_the_camera_stands_still(motif, layout):
    stack = build(motif, SIZES[0], detail=layout)
    early, late = picture(stack, SIZES[0], 0.5).astype(int), picture(stack, SIZES[0], 2.0).astype(int)
    assert (np.abs(early - late).max(axis=2) > 3).mean() > 0.003


@pytest.mark.parametrize("motif", LAYOUTS)
def test_one_seed_draws_the_same_picture_and_another_seed_another(motif):
    one, again, other = (picture(build(motif, SIZES[0], seed), SIZES[0]) for seed in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("mood", ["warm", "calm", "tense", "tech", "night", "hope", "playful"])
def test_landscapes_and_cities_know_every_mood(mood):
    for motif in ("ridge", "city"):
        assert picture(build(motif, SIZES[2], mood=mood), SIZES[2]).std() > 8


@pytest.mark.parametrize("inside", ["ridge", "city", "grid", "orbit", "flow"])
def test_another_scenery_can_be_seen_inside_a_portrait(inside):
    plain, filled = (picture(build("portrait", SIZES[0], inside=name), SIZES[0]) for name in ("", inside))
    assert (np.abs(plain.astype(int) - filled.astype(int)).max(axis=2) > 12).mean() > 0.02


@pytest.mark.parametrize("motif", LAYOUTS)
def test_a_title_gets_a_calmer_place_than_the_rest(motif):
    """The upper third of a tall frame has less fine detail than the rest, over several seeds."""
    calm, busy = [], []
    for seed in range(4):
        shot = picture(build(motif, SIZES[0], seed), SIZES[0]).astype(float).mean(axis=2)
        detail = np.abs(np.diff(shot, axis=1))
        calm.append(detail[20:107].mean())
        busy.append(detail[107:].mean())
    assert np.mean(calm) < np.mean(busy)
