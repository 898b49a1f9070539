"""Still lifes, charts, glyphs and photographs of the local renderer."""

from __future__ import annotations

import numpy as np
import pytest

from core.domain.analysis import Colour
from core.domain.errors import BadMedia
from core.providers.local.film.layers import (
    TITLE,
    Geo,
    Layer,
    LayerPose,
    Stack,
    Stage,
    View,
    camera_pose,
    composite,
    posed,
)
from core.providers.local.film.palette import Roles, roles_of
from core.providers.local.film.scenery.chart import chart
from core.providers.local.film.scenery.glyph import glyph
from core.providers.local.film.scenery.icons import drawn, find, flatten, icons, outlines
from core.providers.local.film.scenery.photo import photo
from core.providers.local.film.scenery.props import ARRANGEMENTS
from core.providers.local.film.scenery.still import still
from core.providers.local.film.setting import Setting

SIZES = ((90, 160), (160, 90), (120, 120))
ROLES: Roles = roles_of(
    [Colour(hex="#10202b", share=0.5), Colour(hex="#f2a65a", share=0.3), Colour(hex="#f6efe4", share=0.2)]
)


def setting(motif: str, detail: str = "", **more: object) -> Setting:
    return Setting(**{"motif": motif, "detail": detail, "text": "save money with your team", **more})


def build(builder, size, told: Setting, seed: int = 5) -> tuple[Geo, Stack]:
    geo = Geo(*size)
    return geo, builder(geo, ROLES, np.random.default_rng(seed), told)


def frame(geo: Geo, stack: Stack, t: float, seconds: float = 3.0) -> np.ndarray:
    out = np.zeros((geo.frame_h, geo.frame_w, 3), np.uint8)
    pose = camera_pose("push_in", t / seconds, 1)
    stage = Stage(geo, pose, View())
    for item in stack:
        if item is TITLE:
            continue
        if isinstance(item, Layer):
            at = item.anim(t, seconds) if item.anim else LayerPose()
            composite(out, item, posed(stage.matrix(item.depth), at), at.opacity)
        else:
            item.draw(out, t, t / seconds, pose, stage)
    return out


def picture(h: int, w: int) -> np.ndarray:
    """A blue ground with a red disc a little right of the middle."""
    y, x = np.mgrid[0:h, 0:w]
    image = np.full((h, w, 3), (70, 110, 160), np.uint8)
    image[..., 2] += (40 * y / h).astype(np.uint8)
    image[np.hypot(x - 0.6 * w, y - 0.5 * h) < 0.2 * min(h, w)] = (210, 60, 40)
    return image


def is_whole(geo: Geo, stack: Stack) -> bool:
    """Exactly one title, a subject, and a picture with light and shade in it."""
    subjects = [item for item in stack if isinstance(item, Layer) and item.subject]
    shot = frame(geo, stack, 2.0)
    return (
        sum(item is TITLE for item in stack) == 1
        and bool(subjects)
        and float(shot.std()) > 6
        and float(shot.mean()) > 12
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("detail", sorted(ARRANGEMENTS))
def test_every_still_life_fills_every_aspect(detail, size):
    assert is_whole(*build(still, size, setting("still", detail)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("variant", range(4))
@pytest.mark.parametrize("builder", [chart, glyph])
def test_every_chart_and_glyph_fills_every_aspect(builder, variant, size):
    assert is_whole(*build(builder, size, setting("chart", variant=variant)))


@pytest.mark.parametrize(
    ("builder", "detail"), [(still, "phone"), (still, "cup"), (chart, ""), (glyph, ""), (photo, "")]
)
def test_the_same_seed_gives_the_same_picture_and_another_seed_another(builder, detail):
    def shot(seed: int) -> np.ndarray:
        return frame(*build(builder, (90, 160), setting("any", detail, image=picture(160, 90)), seed), 1.2)

    assert np.array_equal(shot(1), shot(1))
    assert not np.array_equal(shot(1), shot(2))


@pytest.mark.parametrize(
    ("builder", "detail"), [(still, "phone"), (still, "cup"), (still, "coins"), (chart, ""), (glyph, "")]
)
def test_something_moves_by_itself(builder, detail):
    geo, stack = build(builder, (90, 160), setting("any", detail))
    stage = Stage(geo, camera_pose("static", 0.5, 1), View())

    def at(t: float) -> np.ndarray:
        out = np.zeros((geo.frame_h, geo.frame_w, 3), np.uint8)
        for item in stack:
            if isinstance(item, Layer):
                pose = item.anim(t, 3.0) if item.anim else LayerPose()
                composite(out, item, posed(stage.matrix(item.depth), pose), pose.opacity)
            elif item is not TITLE:
                item.draw(out, t, 0.5, stage.pose, stage)
        return out.astype(np.int16)

    assert (np.abs(at(0.6) - at(1.7)).max(axis=2) > 10).mean() > 0.001


def test_a_falling_text_turns_the_curve_downwards():
    _, up = build(chart, (160, 90), setting("chart", text="steady growth"))
    _, down = build(chart, (160, 90), setting("chart", text="you lose hours"))
    shots = [frame(Geo(160, 90), s, 2.9) for s in (up, down)]
    assert not np.array_equal(*shots)


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("a notification", "bell"),
        ("money", "banknote"),
        ("coffee roasted today", "coffee"),
        ("our team", "users"),
        ("blocks notifications", "bell-off"),
        ("private and secure", "lock"),
        ("we deliver within 24 hours", "truck"),
    ],
)
def test_words_find_their_icon(word, wanted):
    assert wanted in find(word)[:2]


def test_words_that_mean_nothing_find_no_icon():
    assert find("xqzt of the") == []


def test_every_icon_lies_on_its_sheet_and_can_be_drawn():
    for name in icons():
        points = np.concatenate(outlines(name))
        assert points.min() >= 0 and points.max() <= 24, name
    assert 0.05 < float(drawn("heart", 64).mean()) < 0.4


def test_path_commands_are_followed():
    arc = flatten("M2 12a10 10 0 1 0 20 0")[0]
    assert np.allclose(np.hypot(arc[:, 0] - 12, arc[:, 1] - 12), 10, atol=0.01)
    square = flatten("M1 1h4v4h-4z")[0]
    assert square.tolist() == [[1, 1], [5, 1], [5, 5], [1, 5], [1, 1]]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [(20, 20), (200, 200), (2000, 3000), (160, 90), (60, 900), (900, 60)])
def test_pictures_of_any_size_become_scenes(shape, size):
    geo, stack = build(photo, size, setting("photo", image=picture(*shape)))
    assert sum(item is TITLE for item in stack) == 1
    assert float(frame(geo, stack, 1.0).std()) > 3


@pytest.mark.parametrize("channels", ["grey", "single", "alpha", "black", "white"])
def test_grey_and_transparent_and_empty_pictures_are_shown(channels):
    image = picture(200, 300)
    forms = {
        "grey": image[..., 0],
        "single": image[..., :1],
        "alpha": np.dstack([image, np.full((200, 300), 90, np.uint8)]),
        "black": np.zeros((200, 300, 3), np.uint8),
        "white": np.full((200, 300, 3), 255, np.uint8),
    }
    geo, stack = build(photo, (90, 160), setting("photo", image=forms[channels]))
    assert frame(geo, stack, 1.0).shape == (160, 90, 3)


def test_a_product_on_white_stands_in_its_place_without_a_frame_around_it():
    image = np.full((300, 300, 3), 250, np.uint8)
    image[60:250, 110:190] = (30, 90, 170)
    geo, stack = build(photo, (180, 320), setting("photo", image=image))
    shot = frame(geo, stack, 0.5).astype(np.int16)
    blue = np.argwhere(shot[..., 2] - shot[..., 0] > 60)
    assert abs(blue[:, 1].mean() / 180 - 0.5) < 0.06
    assert blue[:, 0].min() / 320 > 0.32


def test_a_crop_keeps_the_subject():
    geo, stack = build(photo, (180, 180), setting("photo", image=picture(400, 700), titled=False))
    shot = frame(geo, stack, 0.5).astype(np.int16)
    red = np.argwhere(shot[..., 0] - shot[..., 2] > 60)
    assert abs(red[:, 1].mean() / 180 - 0.5) < 0.15


def test_a_scene_without_its_picture_says_so():
    with pytest.raises(BadMedia):
        build(photo, (90, 160), setting("photo"))
