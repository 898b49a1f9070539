"""Titles, logo, end card and label: where they stand, when they come, and that nothing is drawn twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.domain.analysis import Colour
from core.domain.errors import BadMedia
from core.domain.plan import Brand, Captions, Grade
from core.domain.shoot import CutList, Take, Word
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.caption_look import safe_of
from core.media.caption_preview import draw
from core.media.colour import TO_FILM
from core.media.cut import compose
from core.media.logo import measured
from core.media.overlays import card_frame
from core.providers.local.film.typography import can_set
from core.services.cutting import lettering
from core.services.steps import OWN_RENDERER
from tests.test_captions import difference

TALL, WIDE, SQUARE = FrameSize(270, 480), FrameSize(480, 270), FrameSize(270, 270)
PALETTE = (Colour(hex="#8d99a6", share=0.5), Colour(hex="#0f2027", share=0.3), Colour(hex="#ff6b35", share=0.2))
OFF = Captions(enabled=False)


def film(
    size: FrameSize = TALL, *, frames: int = 75, brand: Brand | None = None, captions: Captions = OFF, **take
) -> CutList:
    words = ["We", "roast", "on", "Monday", "and", "deliver", "on", "Tuesday", "for", "everybody"]
    return CutList(
        takes=(Take(path="", frames=frames, transition="cut", **take),), width=size.width, height=size.height,
        grade=Grade(), palette=PALETTE, captions=captions, sound="", style=take.pop("style", "grotesk"),
        brand=brand or Brand(), platform="any",
        words=tuple(Word(text=w, start=0.1 + 0.25 * i, end=0.3 + 0.25 * i) for i, w in enumerate(words)),
    )  # fmt: skip


def shown(tmp_path: Path, cut: CutList, at: float = 1.5) -> np.ndarray:
    out = tmp_path / "shown.png"
    draw(cut, None, out, at)
    return np.asarray(Image.open(out).convert("RGB"), int)


def box(picture: np.ndarray, ground: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what differs clearly, as shares of the frame."""
    mask = np.abs(picture - ground).max(axis=2) > 90
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return columns[0] / mask.shape[1], rows[0] / mask.shape[0], columns[-1] / mask.shape[1], rows[-1] / mask.shape[0]


def logo(tmp_path: Path, size: tuple[int, int] = (400, 120)) -> str:
    image = Image.new("RGBA", size)
    ImageDraw.Draw(image).ellipse((0, 0, size[0] - 1, size[1] - 1), fill="#1030e0")
    image.save(tmp_path / "logo.png")
    return str(tmp_path / "logo.png")


def bluish(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 2] > 150) & (picture[..., 0] < 90) & (picture[..., 1] < 110)


@pytest.mark.parametrize("style", ["impact", "grotesk", "serif", "heavy"])
@pytest.mark.parametrize(
    "title", ["Coffee at your door on 3 May", "50% off", "今日は天気がいいですね", "قهوة طازجة كل صباح"]
)
def test_titles_stand_in_the_safe_area_above_the_captions(tmp_path, style, title):
    cut = film(title=title, kicker="Fresh since 2019").but(style=style)
    left, top, right, bottom = box(shown(tmp_path, cut), shown(tmp_path, film()))
    safe = safe_of("any")
    assert (left > safe.left - 0.01, top > safe.top, right < safe.right + 0.01) == (True, True, True)
    assert 0.15 < bottom < 0.5


@pytest.mark.parametrize("size", [TALL, WIDE, SQUARE])
@pytest.mark.parametrize("place", ["top", "middle", "bottom"])
def test_a_title_is_never_over_the_captions(tmp_path, size, place):
    title = {"title": "A rather long title that wants much room", "kicker": "And more"}
    both = film(size, captions=Captions(place=place, style="box"), **title)
    ground = shown(tmp_path, film(size))
    captions = np.abs(shown(tmp_path, both.but(takes=(Take(path="", frames=75, transition="cut"),))) - ground)
    alone = np.abs(shown(tmp_path, both.but(words=())) - ground).max(axis=2) > 90
    together = np.abs(shown(tmp_path, both) - ground).max(axis=2) > 90
    band = np.flatnonzero((captions.max(axis=2) > 90).any(axis=1))
    outside = together.copy()
    outside[band[0] : band[-1] + 1] = False
    assert outside.sum() > 0.25 * alone.sum(), "smaller where there is less room, but whole"
    assert abs(int(together[band[0] : band[-1] + 1].sum()) - int((captions.max(axis=2) > 90).sum())) < 60


def test_words_of_a_title_rise_one_after_the_other_and_go_before_the_scene_ends(tmp_path):
    cut, ground = film(title="Slow honest coffee"), shown(tmp_path, film())
    ink = [(np.abs(shown(tmp_path, cut, at) - ground).max(axis=2) > 90).sum() for at in (0.0, 0.1, 1.5, 2.46)]
    assert ink[0] < ink[1] < ink[2]
    assert ink[3] < ink[2] / 2


def test_a_call_to_action_has_its_button_under_the_title(tmp_path):
    ground = shown(tmp_path, film())
    without = box(shown(tmp_path, film(title="Try it tonight")), ground)
    called = box(shown(tmp_path, film(title="Try it tonight", kicker="Order now", called=True)), ground)
    assert called[3] > without[3] + 0.05


GOLDEN = Path(__file__).parent / "golden" / "overlays"


def picture_of(name: str, tmp_path: Path) -> CutList:
    """What the golden frame of that name shows."""
    scene = {"title": "Coffee at your door on 3 May", "kicker": "Fresh since 2019"}
    return {
        "impact": lambda: film(**scene).but(style="impact"),
        "grotesk": lambda: film(**scene),
        "heavy": lambda: film(**scene).but(style="heavy"),
        "serif": lambda: film(**scene).but(style="serif"),
        "arabic": lambda: film(title="قهوة طازجة كل صباح").but(style="heavy"),
        "button": lambda: film(title="Try it ☕ tonight", kicker="Order now", called=True),
        "brand": lambda: film(brand=Brand(logo=logo(tmp_path), label=True)),
        "card": lambda: film(brand=Brand(end_card="lumen.example", label=True)),
    }[name]()


@pytest.mark.parametrize("name", ["impact", "grotesk", "heavy", "serif", "arabic", "button", "brand", "card"])
def test_golden_frames_of_titles_and_brand(tmp_path, name):
    out = tmp_path / f"{name}.png"
    draw(picture_of(name, tmp_path), None, out, at=2.0)
    gold = Image.open(GOLDEN / f"{name}.png").convert("RGB")
    assert difference(Image.open(out).convert("RGB"), gold) < 0.04


def test_our_own_renderer_has_drawn_its_titles_already():
    wanted = {"title": "Hello", "kicker": "there", "called": False, "frames": 10}
    assert lettering({"model": OWN_RENDERER}, wanted) == {}
    assert lettering({"model": OWN_RENDERER, "bare": True}, wanted)["title"] == "Hello"
    assert can_set("Hello", "№ 5 ☕ Привет") and not any(map(can_set, ("قهوة", "今日", "ताज़ी", "커피", "קפה")))
    assert lettering({"model": "runway/gen-4"}, wanted) == {"title": "Hello", "kicker": "there", "called": False}


@pytest.mark.parametrize("corner", ["top_left", "top_right", "bottom_left", "bottom_right"])
@pytest.mark.parametrize("size", [TALL, WIDE])
def test_the_logo_stands_in_its_corner_in_its_own_colour_and_shape(tmp_path, corner, size):
    picture = shown(tmp_path, film(size, brand=Brand(logo=logo(tmp_path), corner=corner)))
    mask = bluish(picture)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    wide, high = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    assert wide / high == pytest.approx(400 / 120, rel=0.2)
    assert (columns.mean() < size.width / 2) == corner.endswith("left")
    assert (rows.mean() < size.height / 2) == corner.startswith("top")
    assert rows[0] > 0.03 * size.height


def test_captions_make_room_for_a_logo_at_the_foot(tmp_path):
    plain = film(captions=Captions(style="box"))
    branded = plain.but(brand=Brand(logo=logo(tmp_path), corner="bottom_right"))
    ground = shown(tmp_path, film())
    mark = bluish(shown(tmp_path, branded))
    words = np.abs(shown(tmp_path, branded) - ground).max(axis=2) > 90
    words[mark.any(axis=1)] = False
    assert np.flatnonzero(words.any(axis=1))[-1] < np.flatnonzero(mark.any(axis=1))[0]


def test_what_is_no_image_is_no_logo(tmp_path):
    (tmp_path / "logo.png").write_bytes(b"no image at all")
    with pytest.raises(BadMedia):
        measured(tmp_path / "logo.png", TALL)


def test_the_card_at_the_end_hides_the_picture_and_the_label_stays(tmp_path):
    cut = film(brand=Brand(end_card="lumen.example", label=True), title="A title before it")
    start = card_frame(cut) / 30
    assert 0.5 < 2.5 - start < 2.3
    before, after = shown(tmp_path, cut, start - 0.1), shown(tmp_path, cut, start + 0.7)
    assert before.mean() > 100 > after.mean()
    middle = after[int(0.3 * 480) : int(0.62 * 480)]
    assert (middle.min(axis=2) > 200).sum() > 100, "white letters in the middle"
    label = shown(tmp_path, cut, 1.0)[int(0.07 * 480) : int(0.12 * 480), : 270 // 2]
    assert (label.min(axis=2) > 150).sum() > 15
    assert card_frame(film()) == 75, "no card, nothing is hidden"


@pytest.fixture(scope="module")
def takes(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("takes")
    ground = f"testsrc2=s={TALL.width}x{TALL.height}:r=30:d=3.5,{TO_FILM}"
    ffmpeg.run(
        ["-f", "lavfi", "-i", ground, "-c:v", "libx264", "-preset", "ultrafast", str(folder / "a.mp4")], seconds=60
    )
    ffmpeg.run(["-f", "lavfi", "-i", "anullsrc=d=6", "-c:a", "aac", str(folder / "s.m4a")], seconds=60)
    return folder / "a.mp4", folder / "s.m4a"


def test_a_change_renders_only_what_depends_on_it(tmp_path, takes):
    clip, sound = takes
    scene = Take(path=str(clip), frames=60, transition="cut")
    cut = film(captions=Captions(), brand=Brand(label=True, logo=logo(tmp_path)))
    cut = cut.but(takes=(scene, scene, scene), sound=str(sound), words=cut.words[:3])

    def made(changed: CutList) -> dict[str, int]:
        arguments = {"cut_list": changed.model_dump(mode="json"), "out": str(tmp_path / "film.mp4")}
        return compose(**arguments, cache=str(tmp_path / "cache"), report=lambda _: None)

    first = made(cut)
    assert first["frames"] == 180
    assert made(cut)["reused"] == 3
    assert made(cut.but(captions=Captions(style="pop")))["reused"] == 2, "only the first scene has words"
    titled = cut.but(takes=(scene, scene.but(title="Now with a title"), scene))
    assert made(titled)["reused"] == 2
    assert made(titled.but(brand=titled.brand.but(end_card="The end")))["reused"] == 2
    assert made(titled.but(brand=titled.brand.but(label=False)))["reused"] == 0
