"""What the cutting room is measured on: clips, words and sound, and the same film by ffmpeg alone and by moviepy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moviepy import AudioFileClip, CompositeVideoClip, TextClip, VideoFileClip, vfx

from core import facts
from core.domain.analysis import Colour
from core.domain.plan import Captions, Grade, Transition
from core.domain.shoot import CutList, Take, Word
from core.media import cut, ffmpeg, parts

FPS = 30
TAIL = 15
"""Frames that a clip runs on after its scene."""
PALETTE = tuple(Colour(hex=c, share=0.25) for c in ("#1c2541", "#3a506b", "#5bc0be", "#f2c14e"))
FONT = str(facts.DATA / "fonts" / "Inter-ExtraBold.ttf")
FADE = 0.4
"""Seconds of a dissolve, as the cut makes them."""


@dataclass(frozen=True)
class Job:
    """A film to be cut."""

    clips: tuple[Path, ...]
    frames: int
    """Of each scene."""
    size: tuple[int, int]
    transitions: tuple[Transition, ...]
    sound: Path

    @property
    def seconds(self) -> float:
        """Of the film."""
        return len(self.clips) * self.frames / FPS

    @property
    def words(self) -> tuple[Word, ...]:
        """Two a second, throughout."""
        return tuple(Word(text=f"word{i}", start=i / 2, end=i / 2 + 0.4) for i in range(int(self.seconds * 2) - 1))

    def cut_list(self, clips: tuple[Path, ...] | None = None) -> CutList:
        """The job as the cutting room takes it; `clips` stand in for its own."""
        takes = zip(clips or self.clips, self.transitions, strict=True)
        return CutList(
            takes=tuple(Take(path=str(path), frames=self.frames, transition=kind) for path, kind in takes),
            width=self.size[0], height=self.size[1], grade=Grade(), palette=PALETTE, captions=Captions(),
            words=self.words, sound=str(self.sound),
        )  # fmt: skip


def job(folder: Path, scenes: int, frames: int, size: tuple[int, int], kinds: tuple[Transition, ...]) -> Job:
    """Clips that move and are noisy, and a tone as long as the film; each clip another, none of them drawn twice.

    They are coded as takes are, a key frame a second: a transition begins where its take can soon be read.
    """
    folder.mkdir()
    first, clips = folder / "first.mp4", []
    source = f"testsrc2=s={size[0]}x{size[1]}:r={FPS},noise=alls=8:allf=t"
    ffmpeg.run(
        ["-f", "lavfi", "-t", str((frames + TAIL) / FPS), "-i", source, *parts.X264, "-g", str(FPS), str(first)],
        seconds=300,
    )
    for number in range(scenes):  # the same pictures under another name: the cut knows takes by their content
        clips.append(folder / f"take{number}.mp4")
        named = ["-c", "copy", *parts.MP4, "-metadata", f"title={number}", str(clips[-1])]
        ffmpeg.run(["-i", str(first), *named], seconds=60)
    sound = folder / "sound.m4a"
    tone = ["-f", "lavfi", "-t", str(scenes * frames / FPS), "-i", "sine=f=220:r=48000", "-c:a", "aac", str(sound)]
    ffmpeg.run(tone, seconds=60)
    transitions = tuple(kinds[i % len(kinds)] for i in range(scenes))
    return Job(tuple(clips), frames, size, transitions, sound)


def composed(job: Job, cache: Path, out: Path, clips: tuple[Path, ...] | None = None) -> None:
    """The film by the cutting room."""
    arguments = job.cut_list(clips).model_dump(mode="json")
    cut.compose(cut_list=arguments, out=str(out), cache=str(cache), report=lambda _: None)


def plain(job: Job, out: Path) -> None:
    """The pictures of the film encoded one after the other, as the cut encodes them, with every core; nothing else."""
    inputs = [arg for clip in job.clips for arg in ("-t", f"{job.frames / FPS:.3f}", "-i", str(clip))]
    graph = "".join(f"[{i}:v]" for i in range(len(job.clips))) + f"concat=n={len(job.clips)}:v=1:a=0[v]"
    coding = [arg for arg in parts.X264 if arg != "-threads"]
    coding.remove("1")
    ffmpeg.run([*inputs, "-filter_complex", graph, "-map", "[v]", *coding, str(out)], seconds=600)


def by_moviepy(job: Job, out: Path) -> None:
    """The same film as moviepy's own guide would write it: dissolves, a word at a time, sound, one encode."""
    length = job.frames / FPS
    layers, sources = [], [AudioFileClip(str(job.sound))]
    for number, path in enumerate(job.clips):
        sources.append(VideoFileClip(str(path), audio=False))
        clip = sources[-1].subclipped(0, length + FADE).with_start(number * length)
        layers.append(clip.with_effects([vfx.CrossFadeIn(FADE)]) if number else clip)
    for word in job.words:
        text = TextClip(
            font=FONT, text=word.text, font_size=job.size[0] // 12, color="white", stroke_color="black", stroke_width=3
        )
        shown = text.with_start(word.start).with_duration(word.end - word.start)
        layers.append(shown.with_position(("center", 0.72), relative=True))
    film = CompositeVideoClip(layers, size=job.size).with_duration(job.seconds)
    film = film.with_audio(sources[0])
    film.write_videofile(
        str(out), fps=FPS, codec="libx264", preset="veryfast", audio_codec="aac", threads=2, logger=None,
        ffmpeg_params=["-crf", "19"], temp_audiofile_path=str(out.parent),
    )  # fmt: skip
    for one in (film, *sources):  # what its readers worked counts as soon as they have ended
        one.close()
