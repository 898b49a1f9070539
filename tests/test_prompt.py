"""A scene in words, as a vendor's film model is told it."""

from __future__ import annotations

import pytest

from core.domain.analysis import Colour
from core.domain.plan import Angle, Camera, Scene, ShotSize, Tone, TypeStyle
from core.domain.prompt import COLOURS, NO_TEXT, film_prompt
from core.domain.shoot import ShotOrder

VISUAL = "A lamp comes on in a dark kitchen, steam rises from a cup"


def an_order(visual: str = VISUAL, palette=("#14213d", "#ffd634"), tone="warm", style="serif", image=None, **scene):
    made = Scene(id="aaaa", role="hook", visual=visual, seconds=3, **scene)
    colours = tuple(Colour(hex=c, share=0.5 - i / 10) for i, c in enumerate(palette))
    return ShotOrder(
        scene=made, palette=colours, tone=tone, style=style, category="food", seed=1, width=720, height=1280,
        frames=105, scene_frames=90, image=image,
    )  # fmt: skip


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_scene_is_told_whole():
    assert film_prompt(an_order(shot_size="close_up", camera="orbit", angle="low")) == (
        "Close-up from a low angle, looking up. A lamp comes on in a dark kitchen, steam rises from a cup. "
        "The camera slowly circles around the subject. Warm golden light with soft shadows, an intimate mood. "
        "Colours: navy and yellow. Elegant, refined cinematic look, one continuous shot. " + NO_TEXT
    )


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("shot_size", ShotSize.__args__),
        ("camera", Camera.__args__),
        ("angle", Angle.__args__),
        ("tone", Tone.__args__),
        ("style", TypeStyle.__args__),
    ],
)
def test_each_choice_has_words_of_its_own(field, values):
    assert len({film_prompt(an_order(**{field: value})) for value in values}) == len(values)


def test_the_same_order_gives_the_same_prompt():
    assert film_prompt(an_order()) == film_prompt(an_order())


def test_what_is_read_and_heard_is_not_asked_of_the_picture():
    told = film_prompt(an_order(title="Half price", kicker="Today", narration="Come in and stay."))
    assert "Half price" not in told
    assert "Today" not in told
    assert "Come in" not in told
    assert told.endswith("No text, no captions, no watermark.")


@pytest.mark.parametrize(
    ("visual", "told"),
    [
        ("Calm bands move behind the words “Kontor”", "Calm bands move behind an empty area."),
        ("Almost empty, with room for the words “Kontor”. Haze", "Almost empty, with room left empty. Haze."),
    ],
)
def test_titles_that_the_writer_put_into_the_picture_become_room_for_them(visual, told):
    assert told in film_prompt(an_order(visual))


@pytest.mark.parametrize(
    "said", ["Medium shot. ", "Close-up: ", "Extreme wide shot, ", "A wide shot of ", "Close-up of "]
)
def test_the_framing_of_the_scene_wins_over_the_one_in_its_words(said):
    told = film_prompt(an_order(f"{said}a lamp", shot_size="wide"))
    assert told.startswith("Wide shot at eye level. A lamp. ")


@pytest.mark.parametrize("visual", ["Full moon over hills", "Close friends laugh", "Wide fields in the wind"])
def test_words_that_only_sound_like_a_framing_stay(visual):
    assert f"{visual}." in film_prompt(an_order(visual))


def test_lines_and_spaces_of_a_form_become_one_line():
    assert "A lamp. A cup." in film_prompt(an_order("  a lamp.\n\n A\tcup. "))


def test_a_picture_that_is_given_keeps_its_colours():
    told = film_prompt(an_order(image="/tmp/first.png"))
    assert "The given first picture comes to life. A lamp" in told
    assert "Colours" not in told


def test_without_a_palette_no_colours_are_named():
    assert "Colours" not in film_prompt(an_order(palette=()))


def test_colours_are_named_once_and_the_largest_first():
    told = film_prompt(an_order(palette=("#2f63d6", "#2e62d5", "#808080", "#ffffff", "#dc2b2b", "#35994c")))
    assert "Colours: blue, grey, white and red." in told


@pytest.mark.parametrize(("name", "code"), COLOURS.items())
def test_each_named_colour_is_called_by_its_name(name, code):
    assert f"Colours: {name}." in film_prompt(an_order(palette=(code,)))


def test_one_continuous_shot_is_not_asked_of_a_scene_with_cuts():
    assert "one continuous shot" not in film_prompt(an_order(cuts=(1.5,)))


def test_the_least_important_is_cut_first():
    whole = film_prompt(an_order())
    short = film_prompt(an_order(), limit=units(whole) - 30)
    assert "continuous" not in short
    for kept in (VISUAL, "Medium shot", "pushes in", "golden light", "navy", NO_TEXT):
        assert kept in short


def test_a_long_picture_wins_over_everything_but_the_ban_on_text():
    told = film_prompt(an_order("lamp " * 159 + "end"), limit=800)
    assert told.endswith(NO_TEXT)
    assert told.count("amp") > 150
    assert "camera" not in told


@pytest.mark.parametrize("visual", [VISUAL, "word " * 159, "🏔️ über " * 90, "x" * 800, "🎬" * 800, "!" * 300])
@pytest.mark.parametrize("limit", [1000, 612, 400, 250, 121, 60])
def test_no_prompt_is_longer_than_its_limit_and_no_word_is_cut(visual, limit):
    told = film_prompt(an_order(visual), limit=limit)
    assert units(told) <= limit
    known = set(film_prompt(an_order(visual), limit=4000).replace(".", " ").replace(",", " ").split())
    assert set(told.replace(".", " ").replace(",", " ").split()) <= known
    told.encode()


def test_an_emoji_counts_twice_as_vendors_count():
    assert units(film_prompt(an_order("🎬 " * 266), limit=700)) <= 700


def test_a_cut_sentence_does_not_end_in_the_middle_of_nothing():
    for limit in range(130, 420):
        body = film_prompt(an_order(camera="orbit"), limit=limit).removesuffix(NO_TEXT).strip()
        assert body.endswith(".")
        assert body.rstrip(".").split()[-1] not in {"a", "an", "and", "in", "of", "with", "the", "to"}
