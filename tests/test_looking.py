"""What an analysis needs besides the pass: key frames fetched to the frame, the faces' detector, and little to load."""

from __future__ import annotations

import subprocess
import sys

import av
import cv2
import dlib
import numpy as np
import pytest

from core import facts
from core.isolation import ROOT
from core.media import key_frames
from core.media.spectrum import levels


@pytest.fixture(scope="module")
def shown() -> dict[float, np.ndarray]:
    """Every picture of the demo by its time, small."""
    with av.open(str(facts.DEMO_SAMPLE)) as container:
        frames = container.decode(video=0)
        return {f.time: f.reformat(width=214, height=120, format="bgr24").to_ndarray() for f in frames}


@pytest.mark.parametrize("every", [17, 90])
def test_key_frames_are_those_of_their_times(shown, tmp_path, every):
    """Some after one another from one start of decoding, some each from a start of its own."""
    with av.open(str(facts.DEMO_SAMPLE)) as container:
        starts = [float(p.pts * p.time_base) for p in container.demux(video=0) if p.is_keyframe and p.pts is not None]
    times = sorted(shown)[5::every]
    fetched = list(key_frames.fetch(facts.DEMO_SAMPLE, tmp_path, times, starts))
    assert len(fetched) == len(times)
    for time, (file, image) in zip(times, fetched, strict=True):
        assert file.exists()
        small = cv2.resize(image, (214, 120), interpolation=cv2.INTER_AREA)
        apart = {at: float(cv2.norm(small, picture, cv2.NORM_L1)) for at, picture in shown.items()}
        assert apart[time] == min(apart.values())


def test_the_detector_of_faces_is_that_of_dlib(tmp_path):
    """A newer dlib with another detector is noticed here: data/faces.svm is written anew from it."""
    dlib.get_frontal_face_detector().save(str(tmp_path / "faces.svm"))
    assert (tmp_path / "faces.svm").read_bytes() == (facts.DATA / "faces.svm").read_bytes()


def test_an_analysis_loads_little():
    """SciPy takes half a second to load, as long as decoding five seconds of 1080p: every analysis would pay for it."""
    loads = "import sys, core.media.measure; print(*{'scipy', 'core.facts', 'sqlalchemy'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_a_tone_stands_at_its_frequency():
    tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32)
    found = levels(tone, 1024, 512)
    assert found.shape == (513, 30)
    assert found[64] == pytest.approx(0.5, abs=1e-3)
    assert found[80:].max() < 1e-3
