"""The whole way in a real browser: from an empty studio to a film that plays, by clicks alone."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.conftest import ROOT

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
OUT = ROOT / "test-output"
DEMO = ROOT / "data" / "demo" / "bunny.mp4"
BRIEF = (
    "Lumen is a desk lamp for people who read late. It follows the light of the evening by itself. "
    "It costs 79 euros and comes with a spare bulb. End with: Read one more page."
)
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
QUICK, SLOW = 60_000, 300_000
"""Milliseconds: for a page, and for work on a machine that others use too."""
HARMLESS = (
    "Content Security Policy",  # one inline line of Streamlit's own index.html
    "/_stcore/",  # Streamlit asks beside a deep link for its own address first
    "/api/uploads/",  # the refusal of the bad upload, which the page says in words
)
ARRIVED = """() => [...document.images].every(picture => picture.complete || picture.loading === "lazy")
    && [...document.querySelectorAll("video")].every(film => film.readyState || film.error)"""
"""Whether each picture of the page has come: what is asked for after its page was left is not there."""
EMPTY = {
    "": "Make your first film",
    "gallery": "No finished film yet",
    "costs": "Nothing bought",
    "settings": "Who makes the films",
    "templates": "No template yet",
    "review": "Nothing waits for you",
    "studio": "No film is open",
    "production": "No film is open",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a fresh server with a data directory of its own; its log must stay free of faults."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.port", str(port)]
    env = {**os.environ, "REPRISE_DATA_DIR": str(tmp_path / "data"), "REPRISE_MIN_FREE_MB": "0"}
    log = tmp_path / "server.log"
    with log.open("wb") as out, subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out) as process:
        try:
            _wait_for_health(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
    said = log.read_text("utf-8", "replace")
    assert "Traceback" not in said and "incident" not in said, said[-4000:]


def _wait_for_health(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:  # not there yet, or too busy to answer
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium; where it is missing the test is skipped, but never in CI."""
    if not CHROMIUM.exists():
        assert not os.environ.get("CI"), f"CI must have {CHROMIUM}"
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        yield chromium
        chromium.close()


class Visitor:
    """Someone in front of a browser window, who writes down what a visitor must never meet."""

    def __init__(self, browser: Browser, home: str, *, phone: bool = False) -> None:
        self.home, self.name = home, "phone" if phone else "desktop"
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900},
            user_agent=PHONE_AGENT if phone else None,
            is_mobile=phone,
            has_touch=phone,
        )
        self.context.set_default_timeout(QUICK)
        self.page: Page = self.context.new_page()
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", self._logged)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, address: str) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.foreign.append(address)

    def _logged(self, message: ConsoleMessage) -> None:
        words = f"{message.text} {message.location.get('url')}"
        if message.type == "error" and not any(known in words for known in HARMLESS):
            self.errors.append(words)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.home}/{path}")

    def sees(self, words: str | re.Pattern[str], timeout: float = QUICK) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=timeout)

    def key(self, name: str) -> Locator:
        return self.page.locator(f".st-key-{name}")

    @property
    def stop_button(self) -> Locator:
        """Of whatever is being done."""
        return self.page.locator("[class*='st-key-stop_'] button")

    def press(self, key: str) -> None:
        self.key(key).get_by_role("button").first.click()

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def shot(self, name: str) -> None:
        """A screenshot for people to look at, whole; nothing on it may be a stack trace."""
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        self.page.wait_for_function(ARRIVED)
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        self.page.screenshot(path=OUT / f"{self.name}-{name}.png")

    def leave(self) -> None:
        self.context.close()
        assert self.foreign == []
        assert self.errors == []


def until(true: Callable[[], bool], what: str, seconds: float = QUICK / 1000) -> None:
    """Wait for something that no single element says."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.2)


def scene_ids(me: Visitor) -> list[str]:
    """Ids of the scenes on the storyboard, in order."""
    classes = me.key("board").locator("[class*='st-key-scene_']").evaluate_all("all => all.map(e => e.className)")
    found = [re.search(r"st-key-scene_(\w+)", each) for each in classes]
    return list(dict.fromkeys(match.group(1) for match in found if match))


def scene_seconds(me: Visitor, scene: str) -> float:
    said = re.search(r"· (\d+\.\d) s", me.key(f"scene_{scene}").inner_text())
    assert said
    return float(said.group(1))


def stills(me: Visitor) -> dict[str, str]:
    """Address of the picture of each scene that has one."""
    pictures = {scene: me.key(f"scene_{scene}").get_by_role("img") for scene in scene_ids(me)}
    return {scene: str(each.first.get_attribute("src")) for scene, each in pictures.items() if each.count()}


def is_drawn(me: Visitor) -> bool:
    """Whether the page is at rest and each scene has its picture."""
    resting = me.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").count()
    scenes = scene_ids(me)
    return bool(resting and scenes and set(stills(me)) == set(scenes) and not me.stop_button.count())


def revision(me: Visitor) -> int:
    said = re.search(r"Revision (\d+)", me.page.get_by_text(re.compile(r"^Revision \d+ ·")).first.inner_text())
    assert said
    return int(said.group(1))


def test_from_an_empty_studio_to_a_film_that_plays(browser: Browser, server: str, tmp_path: Path) -> None:
    OUT.mkdir(exist_ok=True)
    expect.set_options(timeout=QUICK)
    me, phone = Visitor(browser, server), Visitor(browser, server, phone=True)
    the_first_request_of_a_server_is_framed(me)
    every_page_explains_that_it_is_empty(me)
    every_page_explains_that_it_is_empty(phone)
    project = a_film_is_begun(me)
    a_bad_upload_is_refused_in_words(me, tmp_path)
    the_sample_is_measured_and_the_plan_is_written(me, phone, project)
    the_director_is_understood(me)
    one_still_is_redrawn_and_the_others_stay(me)
    other_captions_are_looked_at_and_used(me)
    every_tab_opens(me)
    phone.open(f"studio?project={project}")
    every_tab_opens(phone, "Director")
    the_film_is_approved_at_its_price(me)
    it_is_stopped_and_goes_on(me, phone, project)
    me.leave()

    back = Visitor(browser, server)
    the_film_plays_beside_its_sample(back, project)
    the_film_is_taken_away(back, tmp_path)
    for visitor in (back, phone):
        the_other_pages_know_of_it(visitor, project)
        visitor.leave()


def the_first_request_of_a_server_is_framed(me: Visitor) -> None:
    """Streamlit would run the first visitor's page without Home, and list every file of pages/ in the menu."""
    me.open("settings")
    me.sees("Who makes the films")
    menu = me.page.get_by_test_id("stTopNavLink")
    expect(menu).to_have_count(5)
    expect(menu.first).to_contain_text("Films")


def every_page_explains_that_it_is_empty(me: Visitor) -> None:
    for path, words in EMPTY.items():
        me.open(path)
        me.sees(words)
        me.shot(f"empty-{path or 'films'}")


def a_film_is_begun(me: Visitor) -> str:
    """Fill in the form; the id of the new project."""
    me.open("")
    me.press("new")
    me.key("new_title").get_by_role("textbox").fill("Lumen")
    me.key("new_brief").get_by_role("textbox").fill(BRIEF)
    me.key("new_category").get_by_role("combobox").click()
    me.page.get_by_role("option").filter(has_text=re.compile("tech", re.IGNORECASE)).first.click()
    me.key("new_shape").get_by_text("Square 1:1").click()
    me.key("new_seconds").get_by_role("spinbutton").fill("7")
    me.key("new_seconds").get_by_role("spinbutton").press("Tab")
    me.shot("new-film")
    me.press("new_send")
    me.page.wait_for_url(re.compile(r"/studio\?project="))
    return urllib.parse.parse_qs(urllib.parse.urlsplit(me.page.url).query)["project"][0]


def uploader(me: Visitor) -> Locator:
    return me.page.locator("input[type=file][aria-label='Choose or drop a video']")


def a_bad_upload_is_refused_in_words(me: Visitor, folder: Path) -> None:
    """What the server said stays on the page, and so does everything else."""
    bad = folder / "holiday.mp4"
    bad.write_text("This is a letter, not a film. " * 100)
    uploader(me).set_input_files(bad)
    expect(me.page.locator(".words.bad").filter(has_text=re.compile(r"\w+ .*\."))).to_be_visible()
    me.shot("bad-upload")
    expect(me.page.get_by_role("heading", name="Lumen")).to_be_visible()


def the_sample_is_measured_and_the_plan_is_written(me: Visitor, phone: Visitor, project: str) -> None:
    phone.open(f"studio?project={project}")
    expect(uploader(phone)).to_be_visible()
    phone.shot("first-step")
    uploader(me).set_input_files(DEMO)
    expect(me.key("board")).to_be_visible(timeout=SLOW)
    me.tab("Sample")
    expect(me.page.locator(".js-plotly-plot .scatterlayer").first).to_be_visible()
    me.sees("Average shot")
    me.shot("sample")
    me.tab("Storyboard")
    until(lambda: len(scene_ids(me)) >= 3, "a plan of several scenes")


def ask(me: Visitor, words: str) -> None:
    """Say it to the director, and wait for the answer."""
    messages = me.page.get_by_test_id("stChatMessage")
    before = messages.count()
    me.page.get_by_test_id("stChatInputTextArea").fill(words)
    me.page.get_by_test_id("stChatInputTextArea").press("Enter")
    expect(messages).to_have_count(before + 2, timeout=SLOW)
    expect(me.page.get_by_text("Thinking", exact=True)).to_have_count(0, timeout=SLOW)
    assert len(messages.last.inner_text()) > 5


def changes(me: Visitor, words: str) -> None:
    """Say it to the director, and see that the plan is at a new revision because of it."""
    before = revision(me)
    ask(me, words)
    until(lambda: revision(me) > before, f"a revision after “{words}”")


def the_director_is_understood(me: Visitor) -> None:
    scenes = scene_ids(me)
    length = scene_seconds(me, scenes[1])
    changes(me, "make scene 2 shorter")
    until(lambda: scene_seconds(me, scenes[1]) < length, "scene 2 is shorter")
    changes(me, "swap 1 and 3")
    swapped = [scenes[2], scenes[1], scenes[0], *scenes[3:]]
    until(lambda: scene_ids(me) == swapped, "scenes 1 and 3 are swapped")
    changes(me, "warmer colours")
    changes(me, "change the voice")
    changes(me, "add a scene about the price")
    until(lambda: len(scene_ids(me)) == len(scenes) + 1, "one scene more")
    third = scene_ids(me)[2]
    changes(me, "remove scene 3")
    until(lambda: third not in scene_ids(me), "the third scene is gone")
    changes(me, "no captions")
    me.tab("Look and sound")
    off = me.page.get_by_role("radio", name="Off", exact=True).last  # while a new revision is drawn the old one lingers
    expect(off).to_be_checked()
    changes(me, "undo")
    expect(off).not_to_be_checked()
    me.tab("Storyboard")


def one_still_is_redrawn_and_the_others_stay(me: Visitor) -> None:
    until(lambda: is_drawn(me), "a still of every scene", SLOW / 1000)
    before, at = stills(me), revision(me)
    again = scene_ids(me)[0]
    me.press(f"redo_{again}")
    until(lambda: revision(me) > at and is_drawn(me), "another take", SLOW / 1000)
    assert stills(me)[again] != before[again]
    assert {**stills(me), again: ""} == {**before, again: ""}


def other_captions_are_looked_at_and_used(me: Visitor) -> None:
    """What is drawn meanwhile keeps nobody waiting, and the whole page knows of the change at once."""
    me.tab("Look and sound")
    me.page.get_by_role("button", name="Box", exact=True).click()
    expect(me.page.get_by_alt_text("Captions in the style Box")).to_be_visible()
    at = revision(me)
    me.page.get_by_role("button", name="Use these captions").click()
    until(lambda: revision(me) > at, "the page is of the revision with the new captions")
    expect(me.page.get_by_role("button", name="Use these captions").last).to_be_disabled()
    me.tab("Storyboard")


def every_tab_opens(me: Visitor, *more: str) -> None:
    for name in ("Storyboard", *more, "Script", "Look and sound", "Sample", "Images", "Versions"):
        me.tab(name)
        expect(me.page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
        expect(me.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        me.shot(f"studio-{name.lower().replace(' ', '-')}")


def the_film_is_approved_at_its_price(me: Visitor) -> None:
    box = me.key("approval")
    box.get_by_text("What it costs").click()
    expect(box.get_by_text("Clip of scene 1")).to_be_visible()
    expect(box.get_by_text("Total $0.00")).to_be_visible()
    expect(me.key("approve").get_by_role("button")).to_contain_text("$0.00")
    me.shot("price")
    me.press("approve")
    me.page.wait_for_url(re.compile("/production"))


def it_is_stopped_and_goes_on(me: Visitor, phone: Visitor, project: str) -> None:
    """Scenes with percent and time left; stopped once; then the window is closed while it goes on."""
    left = re.compile(r"\d+% · .* left")
    expect(me.key("scenes").locator("[class*='st-key-making_']").nth(2)).to_be_visible()
    me.sees(left, SLOW)
    me.shot("making")
    phone.open(f"production?project={project}")
    phone.sees(re.compile(r"\d+% · "))
    phone.shot("making")
    me.stop_button.click()
    me.sees("You stopped this", SLOW)
    me.shot("stopped")
    me.page.locator("[class*='st-key-retry_'] button").click()
    me.sees(re.compile(r"\d+% · "))


def the_film_plays_beside_its_sample(me: Visitor, project: str) -> None:
    me.open(f"production?project={project}")
    me.sees("Your film", SLOW)
    videos = me.page.locator("video")
    expect(videos).to_have_count(2)
    film, sample = (videos.nth(n).bounding_box() for n in (0, 1))
    assert film and sample and abs(film["y"] - sample["y"]) < 60 and sample["x"] > film["x"] + film["width"] - 1
    until(lambda: bool(videos.first.evaluate("film => film.readyState >= 2")), "the film is loaded")
    videos.first.evaluate("film => { film.muted = true; return film.play(); }")
    until(lambda: bool(videos.first.evaluate("film => film.currentTime > 0.5")), "the film plays")
    me.shot("production")


def the_film_is_taken_away(me: Visitor, folder: Path) -> None:
    with me.page.expect_download() as download:
        me.page.get_by_role("link", name="Download the film").click()
    kept = folder / download.value.suggested_filename
    download.value.save_as(kept)
    assert kept.suffix == ".mp4" and kept.read_bytes()[4:8] == b"ftyp"


def the_other_pages_know_of_it(me: Visitor, project: str) -> None:
    for path, words in {"": "Lumen", "gallery": "Lumen", "costs": "made on this computer", "settings": "Ready"}.items():
        me.open(path)
        me.sees(words)
        me.shot(path or "films")
    me.open("costs")
    expect(me.page.get_by_test_id("stDataFrame")).to_be_visible()
    me.open(f"production?project={project}")
    me.sees("Your film")
    me.shot("production")
