"""Covers of a film: which pictures are offered, the one with the title, and choosing another."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.domain.errors import BadMedia, NotFound
from core.domain.plan import TypeStyle
from core.media import ffmpeg
from core.media.thumbnails import thumbnails
from core.services import delivery, finishing, projects
from core.services.intake import add_asset

W, H = 180, 320


def covers(film: Path, times: list[list[float]], **changes):
    """Times of the pictures offered, and where they are."""
    asked = {"spoken": [], "lettered": [False] * len(times), "title": "", "style": "impact", "palette": [], **changes}
    told = thumbnails(film=str(film), times=times, folder=str(film.parent), report=lambda _: None, **asked)
    assert (told["width"], told["height"]) == (W, H)
    return [p["time"] for p in told["pictures"]], [Path(p["path"]) for p in told["pictures"]]


def filmed(path: Path, graph: str) -> Path:
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-pix_fmt", "yuv420p"]
    ffmpeg.run(["-f", "lavfi", "-i", graph, *codec, str(path)], seconds=60)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second each: blurred, sharp, dark, and restless."""
    blurred, dark = "gblur=sigma=12:enable='lt(t,1)'", "lutyuv=y='val*0.1+16':enable='between(t,2,3)'"
    flicker = "negate=enable='gte(t,3)*mod(n,2)'"
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return filmed(path, f"testsrc2=s={W}x{H}:r=30:d=4,{blurred},{dark},{flicker}")


def picture(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def test_the_cover_is_the_sharpest_calm_picture_and_three_are_offered(film):
    times, paths = covers(film, [[0.5], [1.5], [2.5], [3.5]])
    assert times[0] == 1.5
    assert len(times) == len(set(times)) == 3
    assert all(path.read_bytes()[:2] == b"\xff\xd8" for path in paths)


def test_a_scene_gives_one_picture_and_not_the_one_with_a_caption(film):
    assert covers(film, [[1.2, 1.4, 1.6, 1.8]], spoken=[[1.1, 1.5]])[0][0] > 1.5
    assert len(covers(film, [[1.2, 1.4, 1.6, 1.8]])[0]) == 1


def test_what_is_composed_around_one_thing_is_better_than_a_pattern(tmp_path):
    disc = "if(lt(hypot(X-90,Y-150),44),210,80+20*Y/H+8*sin(X/2))"
    pattern = "120+70*sin(X/1.5)*sin(Y/1.5)"
    graph = f"nullsrc=s={W}x{H}:r=30:d=2,format=yuv420p,geq=lum='if(lt(T,1),{pattern},{disc})':cb=118:cr=140"
    assert covers(filmed(tmp_path / "f.mp4", graph), [[0.5], [1.5]])[0][0] == 1.5


def drawn_face(path: Path) -> Path:
    """A face that looks out of the picture, of ellipses."""
    skin, hair, dark = (200, 205, 215), (60, 60, 70), (45, 45, 60)
    image = np.full((3 * H, 3 * W, 3), 150, np.uint8)
    x, y = 3 * W // 2, 3 * H // 2
    cv2.ellipse(image, (x, y), (120, 165), 0, 0, 360, skin, -1)
    cv2.ellipse(image, (x, y - 90), (128, 110), 0, 180, 360, hair, -1)
    for side in (x - 50, x + 50):
        cv2.ellipse(image, (side, y - 22), (26, 11), 0, 0, 360, (245, 245, 245), -1)
        cv2.circle(image, (side, y - 22), 11, dark, -1)
        cv2.ellipse(image, (side, y - 50), (34, 9), 0, 180, 360, hair, -1)
    cv2.ellipse(image, (x, y + 30), (20, 12), 0, 0, 180, (120, 130, 150), -1)
    cv2.ellipse(image, (x, y + 82), (48, 16), 0, 0, 360, (90, 90, 140), -1)
    cv2.imwrite(str(path), cv2.GaussianBlur(image, (0, 0), 3))
    return path


def test_a_picture_with_a_face_is_better_than_one_as_sharp_without(tmp_path):
    """The same picture stands on its head for a second: there it is no face."""
    film, face = tmp_path / "f.mp4", drawn_face(tmp_path / "face.png")
    turned = f"[0:v]scale={W}:{H},split[a][b];[a]vflip,trim=end=1[c];[b]trim=end=1[d];[c][d]concat,format=yuv420p"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "15"]
    ffmpeg.run(["-loop", "1", "-t", "2", "-i", str(face), "-filter_complex", turned, *coding, str(film)], seconds=60)
    assert covers(film, [[0.5], [1.5]])[0] == [1.5, 0.5]
    flipped = ["-vf", "vflip", *coding, str(tmp_path / "o.mp4")]
    ffmpeg.run(["-i", str(film), *flipped], seconds=60)
    assert covers(tmp_path / "o.mp4", [[0.5], [1.5]])[0] == [0.5, 1.5]


@pytest.mark.parametrize("style", ["impact", "grotesk", "serif", "heavy"])
def test_the_title_stands_inside_the_frame(film, style: TypeStyle):
    plain, titled = (picture(path) for path in covers(film, [[0.5]], title="Tonight, at last", style=style)[1])
    letters = (titled.min(2) > 225) & (plain.min(2) < 200)
    rows, columns = np.flatnonzero(letters.any(1)), np.flatnonzero(letters.any(0))
    assert len(rows) > 20
    assert 0.04 * W < columns.min() < columns.max() < 0.96 * W
    assert 0.04 * H < rows.min() < rows.max() < 0.85 * H
    assert letters.sum() > 300


def test_the_title_never_stands_on_other_words(film):
    times, paths = covers(film, [[1.5], [0.5]], title="Tonight", lettered=[True, False])
    assert (times[0], times[-1]) == (1.5, 0.5), "the best picture has words; the title is on the other"
    times, paths = covers(film, [[1.5]], title="Tonight", spoken=[[1.0, 1.3]])
    sharp, titled = (picture(path)[-H // 4 :, :, 1] for path in (paths[0], paths[-1]))
    edges = [np.percentile(np.abs(np.diff(one, axis=1)), 99) for one in (titled, sharp)]
    assert edges[0] < 0.3 * edges[1], "it is out of focus"


@pytest.mark.parametrize("title", ["Donaudampfschifffahrtsgesellschaft", r"{\b1}50% off: it's new", "夜の街で眠る"])
def test_any_title_can_be_set(film, title):
    paths = covers(film, [[0.5]], title=title)[1]
    assert np.abs(picture(paths[0]) - picture(paths[1])).mean() > 3


def test_what_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "film.mp4").write_text("no film")
    with pytest.raises(BadMedia):
        covers(tmp_path / "film.mp4", [[0.5]])


def test_another_thumbnail_can_be_chosen(studio, tmp_path):
    owner = studio.local_owner
    project = projects.create(studio, owner, title="", brief="A focus timer", category="general")

    def kept(kind: str, name: str, **facts):
        path = tmp_path / name
        path.write_text(name)
        return add_asset(studio, owner, project.id, kind, blob=studio.storage.put(path), name=name, facts=facts)

    pictures = [kept("thumbnail", f"{i}.jpg").id for i in range(3)]
    stranger = kept("thumbnail", "other.jpg").id
    kept("film", "film.mp4", thumbnail=pictures[0], thumbnails=pictures, revision=4)
    delivery.choose_thumbnail(studio, owner, project.id, pictures[2])
    film = delivery.film(studio, owner, project.id)
    assert film.thumbnail.id == pictures[2]
    assert [t.id for t in film.thumbnails] == pictures
    assert film.revision == 4
    assert projects.get(studio, owner, project.id).thumbnail_url == film.thumbnail.url
    with pytest.raises(NotFound):
        delivery.choose_thumbnail(studio, owner, project.id, stranger)


def test_what_lies_under_a_card_at_the_end_is_no_cover(small_plan):
    """It is dark on purpose, with the words of the scene showing through."""
    whole = (0.0, small_plan.seconds)
    *_, before = finishing.moments(small_plan, whole)["times"]
    card = small_plan.but(brand=small_plan.brand.but(end_card="lumen.example"))
    found = finishing.moments(card, whole)["times"]
    assert len(found) == len(small_plan.scenes), "the last scene has moments before the card"
    assert found[-1] == before[:1]
