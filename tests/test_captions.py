"""Captions: where they stand, how they break, and that any text can be shown."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageChops, ImageFilter

from core.domain.analysis import Colour
from core.domain.plan import Captions, Grade
from core.domain.shoot import CutList, Take, Word
from core.domain.time import FrameSize
from core.media import ass, emoji, ffmpeg
from core.media.caption_layout import in_order, set_word
from core.media.caption_look import safe_of
from core.media.caption_preview import draw
from core.media.captions import FONTS, HEADER, caption_script, caption_track
from core.media.colour import TO_FILM, accent, contrast, lifted, luminance, shaded
from core.media.cut import compose
from core.media.faces import ARCHIVO, INTER_BOLD, INTER_HEAVY, drawable, for_texts, han_of, runs, width
from core.media.phrases import Measure, pages
from core.media.pieces import Piece, line_text, pieces
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


@pytest.mark.parametrize("face", [INTER_HEAVY, ARCHIVO])
def test_signs_that_mean_something_are_never_left_out(face):
    signs = "→←↑↓⇒✓✗≥≤≠≈∞‰★☆♡♪■●①②⅓−№₹₺₿′″"
    assert drawable(signs, face) == signs
    assert drawable("30℃ 5㎡ ﬁn", face) == "30℃ 5m2 fin"


def test_what_looks_like_a_command_is_shown_as_it_is():
    script = caption_script(spoken("{\\b1} a\\Nb \\hc"), Captions(style="clean"), PALETTE, TALL, 3)
    shown = {re.sub(r"\{[^}]*\}", "", line.split(",", 9)[9].replace(r"\{", "(").replace(r"\}", ")"))
             for line in script.splitlines() if line.startswith("Dialogue")}  # fmt: skip
    assert shown == {"(\\\u2060b1)", "a\\\u2060Nb", "\\\u2060hc"}


def test_odd_text_is_drawn_without_boxes_or_left_out(tmp_path):
    assert drawable("Привет", INTER_HEAVY) == "Привет"
    assert drawable("a\ufe0fb\x07", INTER_HEAVY) == "ab"
    assert drawable("ᚠᚢ", INTER_HEAVY) == ""
    assert caption_script(spoken("ᚠᚢ 𓀀"), Captions(), PALETTE, TALL, 3) == ""
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
        "1\n00:00:00,200 --> 00:00:01,670\nFresh <\u2060coffee> & more.\n\n"
        "2\n00:01:01,500 --> 00:01:02,370\nOrder today!\n"
    )


def test_vtt_is_as_browsers_read_it():
    words = [*spoken("Fresh <coffee> & more."), *spoken("Order today!", start=61.5)]
    assert vtt(words) == (
        "WEBVTT\n\n00:00:00.200 --> 00:00:01.670\nFresh &lt;coffee&gt; &amp; more.\n\n"
        "00:01:01.500 --> 00:01:02.370\nOrder today!\n"
    )
    assert vtt([]) == "WEBVTT\n"
    assert "00:00:01.000 --> 00:00:01.200" in vtt([*spoken("So it is.", start=1), *words[4:]], seconds=1.2)
    assert vtt(words, seconds=30).count("-->") == 1, "what is said after the film has ended is not in it"


SCRIPTS = {
    "Arabic": "نحمص القهوة يوم الاثنين",
    "Hebrew": "קפה טרי כל בוקר",
    "Japanese": "コーヒーを飲みに行きましょう",
    "Chinese": "每天早上都是苦涩的咖啡",
    "Taiwanese": "體驗龜毛的咖啡",
    "Korean": "갓 볶은 커피 뷁",
    "Thai": "น้ำกาแฟที่ดี",
    "Hindi": "क्षत्रिय की ताज़ी कॉफ़ी",
    "Bengali": "প্রতিদিন সকালে",
    "Tamil": "ஒவ்வொரு காலையும்",
    "Telugu": "ప్రతి ఉదయం",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_set_in_glyphs_of_its_own_and_as_wide_as_was_measured(tmp_path, script):
    text = SCRIPTS[script].split()[0]
    face = for_texts(INTER_BOLD, [text])
    assert drawable(text, face) == text
    assert all(letter.isspace() or run.face.has(letter) for run in runs(text, face) for letter in run.text)
    dialogue = "Dialogue: 0,0:00:00.00,0:00:05.00,Default,,0,0,0,,"
    shown = ass.words(text, face, 60, "\\an5\\pos(400,100)\\1c&HFFFFFF&\\bord0\\shad0")
    (tmp_path / "one.ass").write_text(HEADER.format(width=800, height=200) + dialogue + shown + "\n", "utf8")
    out = tmp_path / "one.png"
    burn = f"ass={tmp_path / 'one.ass'}:fontsdir={FONTS}"
    ffmpeg.run(["-f", "lavfi", "-i", "color=black:s=800x200:r=5:d=0.2,format=rgb24", "-vf", burn, "-frames:v", "1",
                "-update", "1", str(out)], seconds=30)  # fmt: skip
    columns = np.flatnonzero((np.asarray(Image.open(out).convert("L")) > 60).any(axis=0))
    assert columns[-1] - columns[0] == pytest.approx(width(text, face, 60), rel=0.03, abs=0.25 * 60)


@pytest.mark.parametrize("mark", ["", ass.LEFT_TO_RIGHT])
@pytest.mark.parametrize("word", ["جرّب", "ب", "الآن", "قهوة", "שָׁלוֹם", "ב-49.90", "की", "น้ำ", "Lumen"])
def test_a_word_stands_in_the_middle_of_its_place_whatever_its_points_and_dots(tmp_path, word, mark):
    (event,) = set_word(0, (0, 30), word, INTER_BOLD, 60, (300, 100), ass.fill("#ffffff"), "", mark)
    dialogue = f"Dialogue: 0,0:00:00.00,0:00:05.00,Default,,0,0,0,,{event.text}\n"
    (tmp_path / "one.ass").write_text(HEADER.format(width=600, height=200) + dialogue, "utf8")
    burn = f"ass={tmp_path / 'one.ass'}:fontsdir={FONTS}"
    ffmpeg.run(["-f", "lavfi", "-i", "color=black:s=600x200:r=5:d=0.2,format=rgb24", "-vf", burn, "-frames:v", "1",
                "-update", "1", str(tmp_path / "one.png")], seconds=30)  # fmt: skip
    columns = np.flatnonzero((np.asarray(Image.open(tmp_path / "one.png").convert("L")) > 60).any(axis=0))
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(300, abs=3)


def test_chinese_characters_have_the_form_of_their_language():
    assert [han_of(t) for t in ("每天咖啡", "體驗", "コーヒー豆", "커피 豆")] == ["sc", "tc", "jp", "kr"]


def test_words_of_scripts_to_the_left_stand_from_right_to_left_and_others_in_them_keep_their_order():
    def seen(text: str, *, leftward: bool) -> str:
        words = [Piece(text=w, start=i, end=i + 1) for i, w in enumerate(text.split())]
        return " ".join(w.text for w in in_order(words, leftward=leftward))

    assert seen("א ב ג", leftward=True) == "ג ב א"
    assert seen("א iPhone 16 ב", leftward=True) == "ב iPhone 16 א"
    assert seen("try א ב now", leftward=False) == "try ב א now"
    assert seen("א 24 5 ב", leftward=True) == "ב 5 24 א"


@pytest.mark.parametrize(
    "text", ["每天早上都是同样苦涩的咖啡。我们周一烘焙，周二送到您家门口。", SCRIPTS["Japanese"], SCRIPTS["Thai"] * 4]
)
def test_scripts_without_blanks_are_broken_between_words(text):
    found = pages([Word(text=text, start=0, end=6)], letters(room=9))
    assert "".join(line_text(line) for p in found for line in p.lines).replace(" ", "") == text
    assert all(len(line_text(line)) <= 9 for p in found for line in p.lines)
    assert not any(line_text(line)[0] in "。，、！" for p in found for line in p.lines), "no line begins with a mark"
    assert all(one.end <= two.start + 1e-9 for one, two in pairwise([w for p in found for w in p.words]))


@pytest.mark.parametrize(
    ("sentence", "syllables"),
    [("月曜に焙煎して、火曜に届きます。", (5, 6, 4, 5)), ("毎朝同じ苦いコーヒーです。", (4, 3, 3, 6))],
)
def test_words_of_a_japanese_sentence_come_as_they_are_read(sentence, syllables):
    found = pieces([Word(text=sentence, start=0, end=sum(syllables) / 7)], len, 99)
    assert [p.end for p in found] == pytest.approx(np.cumsum(syllables) / 7, abs=0.1)


def test_a_word_too_long_for_any_line_is_divided():
    parts = [part for page in broken("Donaudampfschifffahrtsgesellschaft") for part in page.split(" / ")]
    assert "".join(parts).replace("-", "") == "Donaudampfschifffahrtsgesellschaft"
    assert len(parts) == 3
    assert all(part.endswith("-") for part in parts[:-1])
    assert broken("https://www.example.com/a-long-way/to-go")[0].startswith("https://www.")


def test_emoji_are_drawn_in_their_own_colours(tmp_path):
    picture = burnt(tmp_path, spoken("Hot ☕ 🔥 ❤️"), style="clean", seconds=1.5)[9].astype(int)
    red = (picture[..., 0] > 190) & (picture[..., 1] < 80) & (picture[..., 2] < 80)
    assert red.sum() > 30
    assert emoji.split("a👍🏽b™ 1️⃣") == ["a", "👍🏽", "b™ ", "1️⃣"]
    assert all(emoji.shapes(e) for e in ("👍🏽", "❤️", "🔥", "1️⃣"))


FAMILY, SCOTLAND = "👨\u200d👩\u200d👧\u200d👦", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


def test_families_and_flags_are_one_picture_each_and_never_parted(tmp_path):
    assert emoji.split(f"a{FAMILY}🇩🇪🇯🇵{SCOTLAND}.") == ["a", FAMILY, "🇩🇪", "🇯🇵", SCOTLAND, "."]
    for page in pages(spoken(f"We are {FAMILY} from 🇩🇪🇯🇵 you know"), letters(room=4, most=1)):
        assert all(w.text in (FAMILY, "🇩🇪", "🇯🇵") or w.text.isascii() for w in page.words)
    members = [len(emoji.shapes(person)) for person in FAMILY.split("\u200d")]
    assert len(emoji.shapes(FAMILY)) == sum(members)
    picture = burnt(tmp_path, spoken("🇩🇪"), style="clean", seconds=1.0)[4].astype(int)
    rows = [np.flatnonzero(line.any(axis=1)).mean() for line in (
        picture.max(axis=2) < 60, (picture[..., 0] > 180) & (picture[..., 1] < 90), picture[..., 1] > 170)]  # fmt: skip
    assert rows == sorted(rows), "black over red over gold"


@pytest.mark.parametrize("platform", ["tiktok", "shorts", "reels"])
@pytest.mark.parametrize("place", ["top", "bottom"])
def test_captions_keep_clear_of_the_buttons_of_each_platform(tmp_path, platform, place):
    captions = Captions(style="lower" if place == "bottom" else "pop", place=place, size="l")
    track = caption_track(spoken(LINE), captions, PALETTE, TALL, platform=platform)
    script = tmp_path / "safe.ass"
    script.write_text(track.window(0, 120), "utf8")
    out = tmp_path / "safe.mkv"
    ground = f"color=gray:s={TALL.width}x{TALL.height}:r=5:d=4,format=yuv444p"
    ffmpeg.run(
        ["-f", "lavfi", "-i", ground, "-vf", f"ass={script}:fontsdir={FONTS}", "-c:v", "ffv1", str(out)], seconds=60
    )
    with av.open(str(out)) as container:
        left, top, right, bottom = box(
            touched(np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)]))
        )
    safe = safe_of(platform)
    assert (left > safe.left - 0.01, right < safe.right + 0.01) == (True, True)
    assert (top > safe.top - 0.01, bottom < safe.bottom + 0.01) == (True, True)


def test_only_as_files_means_not_in_the_picture():
    assert caption_script(spoken(LINE), Captions(burn=False), PALETTE, TALL, 5) == ""


def test_text_of_a_subtitle_is_never_taken_for_markup(tmp_path):
    plain = "I <3 <b>bold</b> <coffee> so --> end & on"
    for kind, written, told in (("srt", srt, f"{plain} {{\\an8}} now"), ("vtt", vtt, plain)):
        path, out = tmp_path / f"odd.{kind}", tmp_path / f"{kind}.txt"
        path.write_text(written(spoken(told)), "utf8")
        assert path.read_text("utf8").count("-->") == path.read_text("utf8").count("00:00:0") / 2
        ffmpeg.run(["-i", str(path), "-f", "srt", "-c:s", "text", str(out)], seconds=30)
        blocks = out.read_text("utf8").replace("\u2060", "").strip().split("\n\n")
        assert " ".join(" ".join(block.split("\n")[2:]) for block in blocks) == told


def test_every_line_of_a_subtitle_runs_as_its_language_does():
    first, second = srt(spoken("نسخر القهوة كل يوم في الصباح هنا Lumen 3 جديد اليوم كل يوم")).strip().split("\n")[2:4]
    assert not first.startswith("\u200f")
    assert second.startswith("\u200fLumen") or "Lumen" not in second.split(" ")[0]
    assert "\u200f" not in srt(spoken("Try نسخر now"))


def test_subtitles_of_scripts_without_blanks_have_none():
    assert "每天早上都是同样苦涩的咖啡。" in srt(
        [Word(text="每天早上都是同样苦涩的咖啡。我们周一烘焙。", start=0, end=5)]
    )


GOLDEN = Path(__file__).parent / "golden" / "captions"
SMALL = FrameSize(270, 480)
SAID = {"ar": SCRIPTS["Arabic"], "ja": SCRIPTS["Japanese"], "hi": SCRIPTS["Hindi"], "th": SCRIPTS["Thai"]}
FRAMES = [*STYLES, *SAID]
AT = 0.69
"""Seconds; the second word is being said, and two thirds of it are filled."""


def small_film(name: str, **captions) -> CutList:
    text = SAID.get(name, "We roast ☕ on Monday for you")
    style = name if name in STYLES else "karaoke"
    return CutList(
        takes=(Take(path="", frames=60, transition="cut"),), width=SMALL.width, height=SMALL.height, grade=Grade(),
        palette=(Colour(hex="#8d99a6", share=0.5), *PALETTE),
        captions=Captions(**{"style": style, **captions}), words=tuple(spoken(text)), sound="",
    )  # fmt: skip


def drawn(tmp_path: Path, name: str, **captions) -> Image.Image:
    out = tmp_path / f"{name}.png"
    draw(small_film(name, **captions), None, out, at=AT)
    return Image.open(out).convert("RGB")


LEVELS = 3
"""Of 255, that an encoder may change without being seen."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """0 for the same picture, 1 for nothing in common: of what is drawn, how much is elsewhere or of another colour.

    Both are blurred first, so that another machine's rounding of edges does not count.
    """
    a, b = (np.asarray(i.filter(ImageFilter.GaussianBlur(2)), float) for i in (one, other))
    ground = a[2, 2]
    ink = np.maximum(np.abs(a - ground).max(axis=2), np.abs(b - ground).max(axis=2))
    apart = np.maximum(0, np.abs(a - b).max(axis=2) - LEVELS)
    return float(apart.sum() / max(1.0, ink.sum()))


@pytest.mark.parametrize("name", FRAMES)
def test_golden_frames_of_every_style_and_script(tmp_path, name):
    assert difference(drawn(tmp_path, name), Image.open(GOLDEN / f"{name}.png").convert("RGB")) < 0.04


def test_golden_frames_would_show_a_fault(tmp_path):
    gold = {name: Image.open(GOLDEN / f"{name}.png").convert("RGB") for name in FRAMES}
    assert min(difference(gold[a], gold[b]) for a in FRAMES for b in FRAMES if a != b) > 0.2
    assert difference(ImageChops.offset(gold["box"], 0, 3), gold["box"]) > 0.08, "three pixels lower"
    assert difference(drawn(tmp_path, "pop", colour="#38d6c4"), gold["pop"]) > 0.08, "another colour"
    assert difference(drawn(tmp_path, "clean", size="l"), gold["clean"]) > 0.2, "larger letters"


def test_what_is_previewed_is_what_is_burnt(tmp_path):
    film = small_film("karaoke")
    clip, sound, out = tmp_path / "clip.mp4", tmp_path / "sound.m4a", tmp_path / "film.mp4"
    ground = f"color=0x8d99a6:s={SMALL.width}x{SMALL.height}:r=30:d=2,format=rgb24,{TO_FILM}"
    ffmpeg.run(["-f", "lavfi", "-i", ground, str(clip)], seconds=30)
    ffmpeg.run(["-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", str(sound)], seconds=30)
    takes = (film.takes[0].but(path=str(clip)),)
    cut = film.but(takes=takes, sound=str(sound)).model_dump(mode="json")
    compose(cut_list=cut, out=str(out), cache=str(tmp_path / "cache"), report=lambda _: None)
    shown = []
    for number in (round(AT * 30), 5):
        png = tmp_path / f"{number}.png"
        ffmpeg.run(["-i", str(out), "-vf", f"select='eq(n,{number})'", "-frames:v", "1", "-update", "1", str(png)],
                   seconds=30)  # fmt: skip
        shown.append(Image.open(png).convert("RGB"))
    near, far = (difference(drawn(tmp_path, "karaoke"), picture) for picture in shown)
    assert near < 0.06
    assert far > 0.2, "of another moment"
