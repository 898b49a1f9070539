"""The frame of every page: navigation, the open project, and the one place where errors become words."""

from __future__ import annotations

import functools
import logging
import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec

import streamlit as st

from core.domain.errors import NotFound, RepriseError
from core.domain.views import ProjectView
from core.facts import DATA
from core.services import production, projects, second_look
from core.services.studio import Studio, current
from pages.ui.text import plain

P = ParamSpec("P")
log = logging.getLogger("reprise.pages")
PAGES = Path(__file__).resolve().parents[1]


def run() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_icon=str(DATA / "assets" / "favicon.png"), layout="wide", initial_sidebar_state="auto")
    dark = st.context.theme.get("type") == "dark"
    st.logo(str(DATA / "assets" / f"logo-{'dark' if dark else 'light'}.svg"), size="large")
    page = st.navigation(_pages(), position="top")
    st.set_page_config(page_title=f"{page.title} · Reprise")
    if following := st.session_state.pop("then_open", None):
        go(*following)
    for words in st.session_state.pop("said", ()):
        st.toast(plain(words), icon=":material/info:", duration="long")
    with guarded(_box):
        page.run()


def _pages() -> list[Any]:
    """The studio belongs to a project and is reached from it; production is in the menu while something is made."""
    busy = reviewing = False
    with suppress(RepriseError):  # the page itself says what is wrong
        busy, reviewing = production.any_live(*studio()), second_look.are_used(studio()[0])
    return [
        st.Page(PAGES / "projects.py", title="Films", icon=":material/movie:", default=True),
        st.Page(
            PAGES / "production.py",
            title="Production",
            icon=":material/queue:",
            url_path="production",
            visibility="visible" if busy else "hidden",
        ),
        st.Page(
            PAGES / "review.py",
            title="Review",
            icon=":material/rate_review:",
            url_path="review",
            visibility="visible" if reviewing else "hidden",
        ),
        st.Page(PAGES / "templates.py", title="Templates", icon=":material/library_add:", url_path="templates"),
        st.Page(PAGES / "gallery.py", title="Gallery", icon=":material/video_library:", url_path="gallery"),
        st.Page(PAGES / "costs.py", title="Costs", icon=":material/payments:", url_path="costs"),
        st.Page(PAGES / "settings.py", title="Settings", icon=":material/tune:", url_path="settings"),
        st.Page(PAGES / "studio.py", title="Studio", url_path="studio", visibility="hidden"),
    ]


def studio() -> tuple[Studio, str]:
    """The process-wide studio and who is using it: the first two arguments of every service."""
    here = current()
    return here, here.local_owner


def project() -> ProjectView:
    """The project of `?project=`; NotFound when there is none."""
    wanted = st.query_params.get("project", "")
    if not wanted:
        raise NotFound("No film is open.", "Choose one from your films, or start a new one.")
    return projects.get(*studio(), wanted)


def address(path: str) -> str:
    """Absolute address of a path on this server, as players and pictures need it."""
    here = urllib.parse.urlsplit(st.context.url or "http://localhost/")
    return f"{here.scheme}://{here.netloc}{path}"


def go(page: str, project_id: str | None = None) -> None:
    """Open `pages/<page>.py`, on that project."""
    st.switch_page(PAGES / f"{page}.py", query_params={"project": project_id} if project_id else None)


def then_open(page: str, project_id: str) -> None:
    """For callbacks, which cannot leave the page themselves: open that page right after."""
    st.session_state["then_open"] = (page, project_id)


def close_dialog() -> None:
    """The dialog that is open is not drawn again."""
    for name in ("dialog", "dialog_on"):
        st.session_state.pop(name, None)


def say_next(words: str) -> None:
    """Say this on the next page that is drawn."""
    st.session_state.setdefault("said", []).append(words)


def link(page: str, label: str, icon: str, project_id: str | None = None) -> None:
    """A link to `pages/<page>.py`."""
    target = {"project": project_id} if project_id else None
    st.page_link(PAGES / f"{page}.py", label=label, icon=f":material/{icon}:", query_params=target)


@contextmanager
def guarded(say: Callable[[str, str], None]) -> Iterator[None]:
    """Turn what goes wrong inside into a sentence and a remedy; unexpected faults get a number and a log entry."""
    try:
        yield
    except RepriseError as error:
        say(error.message, error.remedy)
    except Exception:  # the only place of its kind in the pages: a fault of ours must not become a stack trace
        number = secrets.token_hex(4)
        log.exception("incident %s", number)
        say("Something went wrong on our side.", f"Nothing was lost. Reload the page; the log has it as {number}.")


def say(what: str, remedy: str) -> None:
    """What went wrong, and what to do, just here."""
    st.error(plain(remedy) or " ", title=plain(what), icon=":material/error:")


def _box(what: str, remedy: str) -> None:
    say(what, remedy)
    link("projects", "Go to your films", "arrow_back")


def _toast(what: str, remedy: str) -> None:
    st.toast(f"**{plain(what)}** {plain(remedy)}", icon=":material/error:", duration="infinite")


def action(function: Callable[P, None]) -> Callable[P, None]:
    """For the callbacks of buttons: they run before the page, so what goes wrong is said as a toast."""

    @functools.wraps(function)
    def safe(*args: P.args, **kwargs: P.kwargs) -> None:
        with guarded(_toast):
            function(*args, **kwargs)

    return safe


def live(function: Callable[[], None], *, key: str, every: float | None) -> None:
    """Draw `function` as a fragment that draws itself again every so many seconds, or never for None."""

    def safe() -> None:
        with guarded(_box):
            function()

    st.fragment(safe, run_every=every, key=key)()
