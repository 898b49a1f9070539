"""Captions: where they stand, how they break, and that any text can be shown."""

from __future__ import annotations

import re
from itertools import pairwise

import av
import numpy as np
import pytest

from core.domain.analysis import Colour
from core.domain.plan import Captions
from core.domain.shoot import Word
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.captions import FONTS, caption_script, caption_track
from core.media.colour import accent, contrast, lifted, luminance, shaded
from core.media.faces import INTER_HEAVY, drawable
from core.media.phrases import Measure, pages
from core.media.subtitles import srt, vtt

TALL, WIDE, SQUARE = FrameSize(360, 640), FrameSize(640, 360), FrameSize(360, 360)
PALETTE = (Colour(hex="#0f2027", share=0.6), Colour(hex="#ff6b35", share=0.4))
STYLES = ("karaoke", "pop", "box", "lower", "clean")
LINE = "We roast on Monday, and it stands at your door on Tuesday."


def spoken(text: str, start: float = 0.2, each: float = 0.3) -> list[Word]:
    return [
        Word(text=w, start=round(start + each * i, 3), end=round(start + each * (i + 0.9), 3))
        for i, w in enumerate(text.split(" "))
    ]


def letters(room: float = 16, lines: int = 2, fewest: int = 2, most: int = 5) -> Measure:
    return Measure(len, room, lines, fewest, most)


def broken(text: str, **changes) -> list[str]:
    found = pages(spoken(text), letters(**changes))
    return [" / ".join(" ".join(w.text for w in line) for line in page.lines) for page in found]


def burnt(tmp_path, words, frame=TALL, seconds=4.0, background="gray", **captions) -> np.ndarray:
    """The film of these captions on an even ground: (frames, height, width, 3)."""
    script = tmp_path / "captions.ass"
    script.write_text(caption_script(words, Captions(**captions), PALETTE, frame, seconds), encoding="utf8")
    out = tmp_path / "burnt.mkv"
    ground = f"color={background}:s={frame.width}x{frame.height}:r=10:d={seconds},format=yuv444p"
    filters = f"ass={script}:fontsdir={FONTS}"
    ffmpeg.run(["-f", "lavfi", "-i", ground, "-vf", filters, "-c:v", "ffv1", str(out)], seconds=60)
    with av.open(str(out)) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def touched(pictures: np.ndarray) -> np.ndarray:
    """Where any picture differs from the even ground in its corner."""
    return (np.abs(pictures.astype(int) - pictures[:1, :1, :1]).max(axis=3) > 12).any(axis=0)


def box(mask: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what was touched, as shares of the frame."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return columns[0] / mask.shape[1], rows[0] / mask.shape[0], columns[-1] / mask.shape[1], rows[-1] / mask.shape[0]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", ["s", "l"])
def test_captions_stay_inside_the_safe_area_of_a_tall_film(tmp_path, style, size):
    words = spoken(f"Donaudampfschifffahrtsgesellschaft! {LINE}", each=0.28)
    left, top, right, bottom = box(touched(burnt(tmp_path, words, style=style, size=size)))
    assert (left > 0.05, right < 0.885, bottom < 0.81) == (True, True, True)
    assert top > 0.55, "titles live above"


@pytest.mark.parametrize(("place", "low", "high"), [("top", 0.09, 0.35), ("middle", 0.35, 0.65), ("bottom", 0.6, 0.81)])
def test_each_place_is_its_own(tmp_path, place, low, high):
    _, top, _, bottom = box(touched(burnt(tmp_path, spoken(LINE), place=place)))
    assert low < top < bottom < high


@pytest.mark.parametrize("size", [WIDE, SQUARE])
@pytest.mark.parametrize("style", ["pop", "box", "lower"])
def test_captions_stay_inside_other_shapes_too(tmp_path, size, style):
    left, top, right, bottom = box(touched(burnt(tmp_path, spoken(LINE), frame=size, style=style)))
    assert 0.04 < left < right < 0.96
    assert 0.5 < top < bottom < 0.95


@pytest.mark.parametrize("background", ["white", "black", "gray"])
@pytest.mark.parametrize("style", STYLES)
def test_letters_stand_out_on_any_ground(tmp_path, style, background):
    picture = burnt(tmp_path, spoken("Order today and taste"), style=style, background=background)[9]
    luma = picture.astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (luma > 225).any()
    assert (luma < 70).any()


@pytest.mark.parametrize("tint", ["#6f8f2a", "#e63946", "#ffe14d", "#101a2b", "#4f7cff", "#808080", "#38d6c4"])
def test_a_word_on_its_pill_can_always_be_read(tint):
    script = caption_script(spoken("Free runs"), Captions(style="karaoke", colour=tint), PALETTE, TALL, 3)
    events = [line.split(",", 9) for line in script.splitlines() if line.startswith("Dialogue")]

    def fill(layer: int) -> str:
        code = next(re.search(r"1c&H(\w{6})&", e[9])[1] for e in events if e[0].endswith(f" {layer}"))
        return f"#{code[4:6]}{code[2:4]}{code[0:2]}".lower()

    assert contrast(fill(2), fill(3)) >= 4.5


@pytest.mark.parametrize("line", ["Soon.", LINE])
def test_every_page_at_the_bottom_ends_on_one_level(tmp_path, line):
    _, _, _, bottom = box(touched(burnt(tmp_path, spoken(line))))
    assert 0.76 < bottom < 0.81


def test_what_looks_like_a_command_is_shown_as_it_is():
    script = caption_script(spoken("{\\b1} a\\Nb \\hc"), Captions(style="clean"), PALETTE, TALL, 3)
    shown = {re.sub(r"\{[^}]*\}", "", line.split(",", 9)[9].replace(r"\{", "(").replace(r"\}", ")"))
             for line in script.splitlines() if line.startswith("Dialogue")}  # fmt: skip
    assert shown == {"(\\\u2060b1)", "a\\\u2060Nb", "\\\u2060hc"}


def test_odd_text_is_drawn_without_boxes_or_left_out(tmp_path):
    assert drawable("漢字", INTER_HEAVY) == ""
    assert drawable("tasty👍🏽!", INTER_HEAVY) == "tasty👍!"
    assert drawable("Привет", INTER_HEAVY) == "Привет"
    assert drawable("a\u200db\ufe0f\x07", INTER_HEAVY) == "ab"
    assert caption_script(spoken("漢字 שלום"), Captions(), PALETTE, TALL, 3) == ""
    words = spoken("Привет 👍 мир")
    assert touched(burnt(tmp_path, words, style="karaoke", seconds=1.5)).any()


def test_nothing_is_written_when_captions_are_off():
    assert caption_script(spoken(LINE), Captions(enabled=False), PALETTE, TALL, 5) == ""
    assert caption_script([], Captions(), PALETTE, TALL, 5) == ""


def test_pages_follow_the_sense():
    assert broken("Every morning, the same bitter cup. We roast on Monday, and deliver on Tuesday.") == [
        "Every morning,", "the same / bitter cup.", "We roast / on Monday,", "and deliver / on Tuesday.",
    ]  # fmt: skip


def test_a_pause_begins_a_new_page():
    words = spoken("one two") + spoken("three four", start=2.0)
    assert [len(p.words) for p in pages(words, letters())] == [2, 2]


def test_no_word_is_lost_and_no_page_too_full():
    text = "a very long sentence without any mark at all that simply goes on and on until somebody stops it at last"
    found = pages(spoken(text), letters())
    assert " ".join(w.text for p in found for w in p.words) == text
    assert all(len(p.lines) <= 2 and len(p.words) <= 5 for p in found)
    assert all(len(" ".join(w.text for w in line)) <= 16 for p in found for line in p.lines)


def test_pages_and_words_never_overlap_whatever_their_times():
    times = [("b", 0.5, 3.0), ("a", 0.0, 0.9), ("c", 0.5, 0.5), ("d.", 1.0, 0.2), (" \n", 1, 2), ("e", 1.1, 9)]
    words = [Word(text=text, start=start, end=end) for text, start, end in times]
    found = pages(words, letters())
    assert [w.text for p in found for w in p.words] == ["a", "b", "c", "d.", "e"]
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(one.end <= two.start + 1e-9 for p in found for one, two in pairwise(p.words))


@pytest.mark.parametrize("style", STYLES)
def test_one_page_at_a_time_is_on_the_screen(style):
    track = caption_track(spoken(LINE), Captions(style=style), PALETTE, TALL)
    grounds = sorted({(e.start, e.end) for e in track.events if e.layer == 0})
    assert all(one[1] <= two[0] for one, two in pairwise(grounds))
    assert all(e.start < e.end for e in track.events)


def test_a_window_reads_the_same_wherever_its_captions_stand():
    here = caption_track(spoken(LINE, start=0.2), Captions(), PALETTE, TALL).window(0, 60, 60)
    there = caption_track(spoken(LINE, start=7.2), Captions(), PALETTE, TALL).window(210, 60, 60)
    assert here == there != ""
    assert caption_track(spoken(LINE, start=7.2), Captions(), PALETTE, TALL).window(0, 60, 60) == ""


def test_the_accent_is_made_legible():
    assert luminance(lifted("#101060", 0.3)) >= 0.3
    assert luminance(shaded("#f0f0ff", 0.02)) <= 0.02
    assert accent(["#808080", "#0f2027"]) == "#ffd34d"
    assert accent(["#808080", "#1133ff"]) == "#1133ff"
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def test_srt_is_as_players_read_it():
    words = [*spoken("Fresh <coffee> & more."), *spoken("Order today!", start=61.5)]
    assert srt(words) == (
        "1\n00:00:00,200 --> 00:00:01,670\nFresh <coffee> & more.\n\n2\n00:01:01,500 --> 00:01:02,370\nOrder today!\n"
    )


def test_vtt_is_as_browsers_read_it():
    words = [*spoken("Fresh <coffee> & more."), *spoken("Order today!", start=61.5)]
    assert vtt(words) == (
        "WEBVTT\n\n00:00:00.200 --> 00:00:01.670\nFresh &lt;coffee&gt; &amp; more.\n\n"
        "00:01:01.500 --> 00:01:02.370\nOrder today!\n"
    )
    assert vtt([]) == "WEBVTT\n"
