"""The director's chat: it only writes rows, a worker writes the reply, so nothing is lost on a reload."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from core.domain.views import AssetView, MessageView, ProjectView
from core.services import attachments
from core.services import chat as director
from pages.ui.shell import action, address, live, studio
from pages.ui.text import plain, told
from pages.ui.who import author

MOST_SUGGESTIONS = 3
"""With more, the input would lie below the fold."""


@action
def _send(project_id: str, text: str | None = None) -> None:
    said = text or st.session_state.get("chat_in") or ""
    words = (said if isinstance(said, str) else said.text or "").strip()
    came = [] if isinstance(said, str) else list(said.files)
    if words or came:
        director.send(
            *studio(), project_id, words, [_kept(project_id, file, words) for file in came[: attachments.MOST]],
            asked_by=author(),
        )  # fmt: skip


def _kept(project_id: str, file: Any, words: str) -> str:
    """The id of an attached file, checked and kept in the project."""
    here, owner = studio()
    path = here.storage.scratch("uploads") / f"{secrets.token_hex(8)}.part"
    path.write_bytes(file.getbuffer())
    return attachments.receive(here, owner, project_id, path, file.name, words).id


def chat(view: ProjectView) -> None:
    """The conversation, suggestions and the input."""
    live(lambda: _conversation(view), key="chat", every=None)


def _conversation(view: ProjectView) -> None:
    waiting = any(not message.done for message in director.messages(*studio(), view.id))
    live(lambda: _log(view, was_waiting=waiting), key="chat_log", every=0.5 if waiting else None)
    with st.container(horizontal=True, gap="xsmall", key="suggestions"):
        for each in director.suggestions(*studio(), view.id)[:MOST_SUGGESTIONS]:
            st.button(told(each), key=f"suggest_{each}", on_click=_send, args=(view.id, each), disabled=waiting)
    st.chat_input(
        "Tell the director what to change",
        key="chat_in",
        max_chars=director.MAX_MESSAGE,
        accept_file="multiple",
        file_type=[suffix.lstrip(".") for suffix in attachments.SUFFIXES],
        on_submit=_send,
        args=(view.id,),
    )


def _log(view: ProjectView, *, was_waiting: bool) -> None:
    messages = director.messages(*studio(), view.id)
    with st.container(
        height=350 if messages else "content", border=bool(messages), autoscroll=True, key="chat_messages"
    ):
        if not messages:
            st.caption("Ask in your own words: shorter, warmer, another ending. Every change can be undone.")
        for message in messages:
            _message(message)
    if was_waiting and all(message.done for message in messages):
        st.rerun()


def _message(message: MessageView) -> None:
    mine = message.role == "user"
    with st.chat_message(message.role, avatar=":material/person:" if mine else ":material/movie_edit:"):
        for file in message.attachments:
            _attached(file)
        if message.text:
            st.markdown(told(message.text))
        if not message.done:
            st.markdown(":shimmer[Thinking]")
        if message.revision is not None and not mine:
            st.caption(f":material/history: Made revision {message.revision}")


def _attached(file: AssetView) -> None:
    """A file that came with a message."""
    if file.kind == "image":
        st.image(address(file.url), width=120, alt=f"Your image {file.name}")
    else:
        icon = "videocam" if file.kind == "performance" else "graphic_eq"
        st.caption(f":material/{icon}: {plain(file.name)}")
