"""The local renderer: same order, same film; cuts, titles, motifs and formats."""

from __future__ import annotations

import hashlib
from itertools import pairwise, product
from pathlib import Path
from typing import Any, get_args

import av
import cv2
import numpy as np
import pytest

from core.domain.analysis import Colour
from core.domain.errors import BadMedia, Broken, DiskFull
from core.domain.plan import Angle, Camera, Motif, Scene, Source, TypeStyle
from core.domain.shoot import ShotOrder
from core.providers.local.film.casting import motif_of
from core.providers.local.film.clip import _fail, draw_clip, draw_still
from core.providers.local.film.framing import CLEAR_CUT, base_view, difference, other_views
from core.providers.local.film.inking import LEGIBLE, lightest_on
from core.providers.local.film.layers import Geo, View, camera_pose, composite, landmark, layer_matrix
from core.providers.local.film.paint import lightness
from core.providers.local.film.palette import roles_of
from core.providers.local.film.shot import ShotRenderer
from core.providers.local.film.titles import Title, accent_word
from core.providers.local.film.typography import face_for

DUSK = ("#1b2a33", "#6f5a3a", "#d9a441", "#f3e3b3")
MOTIFS = [m for m in get_args(Motif) if m != "auto"]
FORMATS = {"9:16": (144, 256), "16:9": (256, 144), "1:1": (160, 160)}


def colours(*codes: str) -> tuple[Colour, ...]:
    return tuple(Colour(hex=c, share=1 / len(codes)) for c in codes)


def an_order(size: tuple[int, int] = (144, 256), *, image: str | None = None, **scene: Any) -> ShotOrder:
    wanted: dict[str, Any] = {"visual": "a hill", "motif": "ridge", "title": "Start now", "seconds": 1.0, **scene}
    if image:
        wanted["source"] = Source(kind="image", asset="a")
    count = round(wanted["seconds"] * 30)
    return ShotOrder(
        scene=Scene(id="abcd", role=wanted.pop("role", "mood"), **wanted),
        palette=colours(*DUSK),
        tone="warm",
        style="impact",
        category="other",
        seed=7,
        width=size[0],
        height=size[1],
        frames=count + 5,
        scene_frames=count,
        image=image,
    )


def nothing(_: float) -> None:
    """Take no notice of progress."""


def digest(order: ShotOrder) -> str:
    shot = ShotRenderer(order)
    return hashlib.sha256(b"".join(shot.frame(i).tobytes() for i in (0, 12, 29))).hexdigest()


def test_the_same_order_gives_the_same_picture() -> None:
    assert digest(an_order()) == digest(an_order())


def test_another_seed_gives_another_picture() -> None:
    assert digest(an_order()) != digest(an_order().but(seed=8))


def test_a_clip_has_exactly_the_frames_and_the_size_it_was_asked_for(tmp_path: Path) -> None:
    out, seen = tmp_path / "clip.mp4", list[float]()
    assert draw_clip(order=an_order().model_dump(), out=str(out), report=seen.append) == {"frames": 35}
    with av.open(str(out)) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height) == (144, 256)
        assert stream.average_rate is not None
        assert float(stream.average_rate) == 30
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert int(stream.codec_context.colorspace) == 1, "tagged as bt709"
        assert sum(1 for _ in film.decode(stream)) == 35
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert list(tmp_path.iterdir()) == [out]


def test_the_same_order_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        draw_clip(order=an_order().model_dump(), out=str(tmp_path / name), report=nothing)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_clip_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        draw_clip(order=an_order().model_dump(), out=str(tmp_path / "missing" / "clip.mp4"), report=nothing)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_as_such() -> None:
    with pytest.raises(DiskFull):
        _fail("av_interleaved_write_frame(): No space left on device")


def test_a_still_is_a_jpeg_of_the_asked_size(tmp_path: Path) -> None:
    out = tmp_path / "still.jpg"
    assert draw_still(order=an_order().model_dump(), out=str(out), report=nothing) == {"width": 144, "height": 256}
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (256, 144, 3)


@pytest.mark.parametrize("motif", MOTIFS)
def test_every_motif_draws_and_moves_in_every_format(motif: str) -> None:
    for size in FORMATS.values():
        shot = ShotRenderer(an_order(size, motif=motif, title=""))
        first, last = shot.frame(2), shot.frame(28)
        assert first.shape == (size[1], size[0], 3)
        assert first.dtype == np.uint8
        assert first.std() > 6, "there is something to see"
        # Beyond the grain, which smoothing takes away.
        smooth = [cv2.blur(f, (9, 9)).astype(int) for f in (first, last)]
        assert np.abs(smooth[0] - smooth[1]).mean() > 0.4, "it moves"


@pytest.mark.parametrize("motif", ["ridge", "city", "still:phone", "glyph", "portrait", "flow"])
def test_a_cut_inside_a_scene_is_seen_as_a_cut(motif: str) -> None:
    shot = ShotRenderer(an_order(motif=motif, title="", seconds=2.0, cuts=(0.7, 1.4)))
    assert [s.start for s in shot.segments] == [0, 21, 42]
    for cut in (21, 42):
        across = difference(shot.frame(cut - 1), shot.frame(cut))
        within = difference(shot.frame(cut + 1), shot.frame(cut + 2))
        assert across > max(5 * within, 0.5 * CLEAR_CUT)


@pytest.mark.parametrize("style", get_args(TypeStyle))
@pytest.mark.parametrize("size", FORMATS.values())
@pytest.mark.parametrize(
    "text",
    ["Go", "Start before sunrise", "Donaudampfschifffahrtsgesellschaftskapitänsmütze", "one two three four five " * 3],
)
def test_a_title_stays_in_the_safe_area(style: TypeStyle, size: tuple[int, int], text: str) -> None:
    width, height = (v * 3 for v in size)
    title = Title(width, height, style, text, "A small line of forty characters, it is")
    x0, y0, x1, y1 = title.box
    assert title.words
    assert x0 >= 0.06 * width
    assert x1 <= 0.94 * width
    assert y0 >= 0.09 * height
    assert y1 <= 0.78 * height


@pytest.mark.parametrize(
    ("text", "stressed"), [("You lose 2 hours", 2), ("The world hears it", 2), ("It adds up", 1), ("Lumen", None)]
)
def test_the_telling_word_of_a_title_is_stressed(text: str, stressed: int | None) -> None:
    assert accent_word(text.split()) == stressed


def test_letters_a_face_lacks_come_from_a_face_that_has_them() -> None:
    assert face_for("Start", "Anton-Regular") == "Anton-Regular"
    assert face_for("Привет", "Anton-Regular") == "Inter-ExtraBold"
    assert face_for("Fresh 🍅", "Anton-Regular") == "Anton-Regular"


def test_a_title_without_letters_of_ours_is_left_out_rather_than_drawn_as_boxes() -> None:
    assert Title(144, 256, "impact", "日本語").words == []
    assert ShotRenderer(an_order(title="日本語", kicker="日本")).frame(20).any()


def test_a_title_shows_from_the_start_and_goes_with_the_scene() -> None:
    written, plain = (ShotRenderer(an_order((288, 512), title=t)) for t in ("START", ""))
    x0, y0, x1, y1 = written.title.box

    def apart(index: int) -> float:
        both = [s.frame(index)[y0:y1, x0:x1].astype(int) for s in (written, plain)]
        return float(np.abs(both[0] - both[1]).mean())

    assert apart(15) > 25
    assert apart(32) < 3


def test_the_first_frame_of_a_hook_already_bears_its_title() -> None:
    written, plain = (ShotRenderer(an_order((288, 512), role="hook", title=t)) for t in ("START", ""))
    x0, y0, x1, y1 = written.title.box
    first, later = (
        float(np.abs(written.frame(i).astype(int) - plain.frame(i).astype(int))[y0:y1, x0:x1].mean()) for i in (0, 15)
    )
    assert first > 0.9 * later


@pytest.mark.parametrize("ground", [4.0, 18.0, 34.0, 46.0])
def test_a_stressed_word_is_light_enough_for_what_is_behind_it(ground: float) -> None:
    least = ((lightest_on(ground) + 16) / 116) ** 3
    assert (least + 0.05) / (((ground + 16) / 116) ** 3 + 0.05) == pytest.approx(LEGIBLE, abs=0.01)


def test_a_landmark_is_never_drawn() -> None:
    geo = Geo(144, 256)
    out = np.full((256, 144, 3), 90, np.uint8)
    mark = landmark(geo, np.ones((geo.h, geo.w), np.float32), np.random.default_rng(1))
    composite(out, mark, layer_matrix(0.5, camera_pose("static", 0.5, 1), geo, View()))
    assert (out == 90).all()


@pytest.mark.parametrize("motif", ["city", "flow", "orbit", "grid", "ridge", "chart", "glyph", "portrait"])
def test_seeds_that_count_on_differ_in_composition(motif: Motif) -> None:
    """Neighbouring variants: the way in which two scenes of one kind are kept apart."""
    stacks = [ShotRenderer(an_order(motif=motif, title="").but(seed=s)).stack for s in (240, 241)]
    shapes = [[getattr(i, "name", type(i).__name__) or type(i).__name__ for i in s] for s in stacks]
    assert shapes[0] != shapes[1]


def test_a_call_to_action_has_a_button_and_keeps_its_title() -> None:
    shot = ShotRenderer(an_order((288, 512), role="cta", kicker="Try it"))
    assert shot.button is not None
    assert shot.leaves == float("inf")


def test_a_call_to_action_may_have_a_button_alone() -> None:
    shot = ShotRenderer(an_order((288, 512), role="cta", title="", kicker="Try it"))
    plain = ShotRenderer(an_order((288, 512), role="cta", title="", kicker=""))
    assert np.abs(shot.frame(29).astype(int) - plain.frame(29).astype(int)).max() > 60


def test_a_scene_made_from_a_picture_shows_it(tmp_path: Path) -> None:
    picture = np.zeros((200, 120, 3), np.uint8)
    picture[:, :, 1] = 200
    cv2.imwrite(str(tmp_path / "green.png"), picture)
    frame = ShotRenderer(an_order(image=str(tmp_path / "green.png"), title="")).frame(15)
    middle = frame[100:150, 50:90].reshape(-1, 3).mean(axis=0)
    assert middle[1] > 1.5 * max(middle[0], middle[2])


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(BadMedia):
        ShotRenderer(an_order(image=str(tmp_path / "broken.png")))


@pytest.mark.parametrize(
    ("visual", "motif"),
    [
        ("A steaming cup of coffee on a wooden table", "still:cup"),
        ("A hand holds a phone with a new app", "still:phone"),
        ("Night skyline of the city with neon streets", "city"),
        ("Sunrise over the mountains and a forest", "ridge"),
        ("A bar chart that rises month by month", "chart"),
        ("Portrait of the founder, a woman in profile", "portrait"),
        ("A stack of coins grows", "still:coins"),
        ("A planet turns slowly in space", "orbit"),
    ],
)
def test_an_open_motif_is_chosen_from_the_words(visual: str, motif: str) -> None:
    assert motif_of(an_order(visual=visual, motif="auto", title="")) == motif


def test_an_open_motif_without_a_telling_word_follows_the_role() -> None:
    order = an_order(visual="xyz", motif="auto", title="", role="proof")
    assert motif_of(order) in {"chart", "glyph", "orbit"}


@pytest.mark.parametrize("move", get_args(Camera))
@pytest.mark.parametrize("angle", get_args(Angle))
def test_the_camera_never_sees_the_end_of_a_layer(move: Camera, angle: Angle) -> None:
    geo, subject = Geo(180, 320), (0.5, 0.6)
    first = base_view("close_up", angle, subject)
    corners = np.array([[0, 180, 0, 180], [0, 0, 320, 320], [1, 1, 1, 1]], float)
    for view in (first, *other_views(first, subject, "ridge", 1, 3), *other_views(first, subject, "ridge", 2, 3)):
        for u, depth in product((0.0, 0.5, 1.17), (0.03, 0.6, 1.6)):
            to_frame = np.vstack([layer_matrix(depth, camera_pose(move, u, 3, 1.25), geo, view), [0, 0, 1]])
            x, y, _ = np.linalg.inv(to_frame) @ corners
            assert x.min() > -1
            assert x.max() < geo.w + 1
            assert y.min() > -1
            assert y.max() < geo.h + 1


@pytest.mark.parametrize("codes", [("#000000",), ("#ffffff", "#fefefe"), ("#808080",), ("#ff0000", "#00ff00"), ()])
def test_any_palette_gives_a_sure_ladder_of_lightness(codes: tuple[str, ...]) -> None:
    roles = roles_of(colours(*codes) if codes else ())
    ladder = [lightness(c) for c in (roles.ink, roles.deep, roles.mid, roles.accent, roles.glow, roles.paper)]
    assert ladder == sorted(ladder)
    assert min(b - a for a, b in pairwise(ladder)) > 4
