"""Every bad file a person may upload is refused with its reason; media made with ffmpeg's lavfi."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from core.domain.errors import BadMedia
from core.isolation import run_apart
from core.media.probe import check_image, check_sample, probe, short_name

MAX_BYTES = 50_000_000
DEMO = Path(__file__).parents[1] / "data" / "demo" / "bunny.mp4"


def make(target: Path, *arguments: str) -> Path:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *arguments, str(target)]
    subprocess.run(command, check=True)
    return target


def pattern(target: Path, seconds: float, size: str = "64x48", rate: int = 10, *more: str) -> Path:
    return make(target, "-f", "lavfi", "-i", f"testsrc=s={size}:r={rate}:d={seconds}", "-pix_fmt", "yuv420p", *more)


def refusal(path: Path, name: str | None = None, max_bytes: int = MAX_BYTES) -> BadMedia:
    with pytest.raises(BadMedia) as caught:
        check_sample(path, name=name or path.name, max_bytes=max_bytes)
    assert caught.value.remedy
    return caught.value


def test_a_good_sample_is_described():
    """14.0 s of 854 x 480 at 24 frames a second, with AAC."""
    found = check_sample(DEMO, name="bunny.mp4", max_bytes=MAX_BYTES)
    assert (found.kind, found.container, found.width, found.height) == ("video", "mp4", 854, 480)
    assert found.duration == pytest.approx(14.0, abs=0.1)
    assert found.fps == pytest.approx(24, abs=0.05)
    assert (found.video_codec, found.audio_codec, found.has_audio, found.variable_fps) == ("h264", "aac", True, False)


def test_the_check_runs_in_a_child():
    found = run_apart(
        "core.media.probe:check_sample_file",
        {"path": str(DEMO), "name": "bunny.mp4", "max_seconds": 60.0, "max_bytes": MAX_BYTES},
        seconds=60,
    )
    assert found["width"] == 854


def test_an_empty_file(tmp_path):
    path = tmp_path / "clip.mp4"
    path.touch()
    assert refusal(path).sentence == "clip.mp4 is empty (0 bytes). Export it again and upload the new file."


def test_a_text_file_named_mp4(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_text("just words, no picture\n" * 20)
    assert "text file" in refusal(path).message


def test_a_playlist_is_not_followed(tmp_path):
    pattern(tmp_path / "real.mp4", 2)
    for name, text in (("a.mp4", "#EXTM3U\n#EXTINF:2,\nreal.mp4\n"), ("b.m3u8", "#EXTM3U\n#EXTINF:2,\nreal.mp4\n")):
        (tmp_path / name).write_text(text)
        assert "playlist" in refusal(tmp_path / name).message
    (tmp_path / "c.mp4").write_text("ffconcat version 1.0\nfile real.mp4\n")
    assert "playlist" in refusal(tmp_path / "c.mp4").message


def test_a_file_without_its_index(tmp_path):
    whole = pattern(tmp_path / "whole.mp4", 4).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: whole.index(b"moov") - 8])
    assert "index is missing" in refusal(tmp_path / "cut.mp4").message


def test_a_file_cut_off_in_its_pictures(tmp_path):
    """Half of the bytes of 4 s: about 2 s can be read."""
    whole = pattern(tmp_path / "whole.mp4", 4, "320x240", 25, "-movflags", "+faststart").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) * 6 // 10])
    message = refusal(tmp_path / "half.mp4").message
    assert "of its 4.0 seconds can be read" in message


def test_pictures_overwritten_with_nothing(tmp_path):
    whole = bytearray(pattern(tmp_path / "whole.mp4", 2, "64x48", 10, "-movflags", "+faststart").read_bytes())
    start = whole.index(b"mdat") + 8
    whole[start:] = bytes(len(whole) - start)
    (tmp_path / "blank.mp4").write_bytes(whole)
    assert "can be decoded" in refusal(tmp_path / "blank.mp4").message


def test_half_of_the_pictures_overwritten_with_nothing(tmp_path):
    whole = bytearray(pattern(tmp_path / "whole.mp4", 4, "320x240", 25, "-movflags", "+faststart").read_bytes())
    start = len(whole) * 6 // 10
    whole[start:] = bytes(len(whole) - start)
    (tmp_path / "holes.mp4").write_bytes(whole)
    assert "cut off or damaged" in refusal(tmp_path / "holes.mp4").message


def test_sound_alone(tmp_path):
    assert "no picture" in refusal(make(tmp_path / "a.mp4", "-f", "lavfi", "-i", "sine=d=3")).message


def test_a_cover_is_no_moving_picture(tmp_path):
    cover = pattern(tmp_path / "c.png", 1, "64x48", 1)
    path = make(
        tmp_path / "song.mp4", "-f", "lavfi", "-i", "sine=d=3", "-i", str(cover),
        "-map", "0", "-map", "1", "-c:v", "mjpeg", "-disposition:v:0", "attached_pic",
    )  # fmt: skip
    assert "no picture" in refusal(path).message


def test_a_still_image_named_mp4(tmp_path):
    still = pattern(tmp_path / "still.png", 1, "64x48", 1)
    assert "still image" in refusal(still.rename(tmp_path / "still.mp4")).message


@pytest.mark.parametrize(("seconds", "told"), [(61, "61.0 seconds"), (600, "10 minutes")])
def test_too_long(tmp_path, seconds, told):
    error = refusal(pattern(tmp_path / "long.mp4", seconds, "32x32", 5))
    assert told in error.message
    assert "60 seconds" in error.message
    assert "Trim" in error.remedy


def test_sixty_seconds_and_a_bit_pass(tmp_path):
    path = pattern(tmp_path / "just.mp4", 60.4, "32x32", 10)
    assert check_sample(path, name="just.mp4", max_bytes=MAX_BYTES).duration == pytest.approx(60.4, abs=0.05)


def test_too_short(tmp_path):
    assert "0.60 seconds" in refusal(pattern(tmp_path / "short.mp4", 0.6)).message


def test_eight_k(tmp_path):
    path = make(
        tmp_path / "k8.mp4", "-f", "lavfi", "-i", "color=red:s=7680x4320:d=1.2:r=2", "-preset", "ultrafast"
    )  # fmt: skip
    assert "7680 x 4320" in refusal(path).message


def test_an_encrypted_file(tmp_path):
    path = pattern(
        tmp_path / "locked.mp4", 2, "64x48", 10, "-encryption_scheme", "cenc-aes-ctr",
        "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8",
    )  # fmt: skip
    assert "encrypted" in refusal(path).message


def test_over_the_byte_limit(tmp_path):
    path = pattern(tmp_path / "big.mp4", 2)
    assert "1000 bytes" in refusal(path, max_bytes=1000).message


def test_names_are_cleaned_and_shortened(tmp_path):
    path = tmp_path / "x"
    path.touch()
    message = refusal(path, name="../../etc/\x1b[31m" + "long " * 40 + "name.mp4").message
    assert "/" not in message
    assert "\x1b" not in message
    assert len(short_name("a" * 300 + ".mp4")) == 48
    assert short_name("a" * 300 + ".mp4").endswith(".mp4")


def test_a_turned_video_is_measured_as_displayed(tmp_path):
    plain = pattern(tmp_path / "plain.mp4", 2, "64x48")
    turned = make(tmp_path / "turned.mp4", "-display_rotation", "-90", "-i", str(plain), "-c", "copy")
    found = probe(turned)
    assert (found.width, found.height, found.rotation) == (48, 64, 90)


def test_a_moving_gif_passes_as_video(tmp_path):
    path = make(tmp_path / "g.gif", "-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=2")
    found = check_sample(path, name="g.gif", max_bytes=MAX_BYTES)
    assert (found.kind, found.container) == ("video", "gif")


def test_an_image_passes_and_a_video_does_not(tmp_path):
    still = pattern(tmp_path / "still.png", 1, "64x48", 1)
    found = check_image(still, name="still.png", max_bytes=MAX_BYTES)
    assert (found.kind, found.width, found.height) == ("image", 64, 48)
    with pytest.raises(BadMedia):
        check_image(pattern(tmp_path / "v.mp4", 1), name="v.png", max_bytes=MAX_BYTES)
