"""Templates and batches: a plan kept with blanks, a table that fills them, variants, and the price of them all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal

import pandas as pd
import streamlit as st

from core import facts
from core.domain.blanks import LONGEST_VALUE
from core.domain.errors import BadInput
from core.domain.sheets import MOST_ROWS
from core.domain.team import BatchItemView, BatchView, SheetView, TemplateView
from core.domain.views import JobView, ProjectView, RevisionView
from core.services import batches, production, templates
from pages.ui import look
from pages.ui.shell import PAGES, action, close_dialog, guarded, link, live, say, say_next, studio
from pages.ui.text import ago, count, plain, price, quoted, short
from pages.ui.who import person

SAVE, VARY = "template", "variants"
MOST_MARKS = 8
USUAL = ("product", "price", "hook")
"""Blanks that are marked from the beginning."""
LOOK = 0.2
"""Seconds between two looks at how far an approval is."""
WATCH = 2.0
"""Seconds between two looks at the films of a batch that are being made."""
FEW, TABLE = 8, 420
"""Rows of a table that are shown all at once, and pixels that more of them get."""
STAGES = look.STAGES | {"gone": ("Deleted", "gray", "delete")}


@action
def ask(what: str) -> None:
    """Open that dialog at the next run."""
    st.session_state["dialog"] = what


def buttons() -> None:
    """The two ways from one plan to many films, under its versions."""
    st.button("Save as a template", icon=":material/library_add:", key="save_template", on_click=ask, args=(SAVE,))
    st.button("Make variants", icon=":material/dynamic_feed:", key="make_variants", on_click=ask, args=(VARY,))


def dialogs(view: ProjectView, revision: RevisionView) -> None:
    """The one that is open."""
    opened = st.session_state.get("dialog", "")
    if opened == SAVE:
        _save(view, revision)
    elif opened == VARY:
        _vary(view, revision)


@st.dialog("Save as a template", width="large", icon=":material/library_add:", on_dismiss=close_dialog)
def _save(view: ProjectView, revision: RevisionView) -> None:
    """What was found to be said otherwise of another product, each to be marked or renamed, and any other text."""
    found = templates.suggest(*studio(), view.id)
    st.caption(
        "Each marked text becomes a blank wherever it stands in the plan. A table fills the blanks, one film for each "
        "row. You can also write {product} into a text of the plan yourself."
    )
    with st.form("template_form", border=False):
        title = st.text_input("Name of the template", revision.plan.title, key="template_title", max_chars=80)
        for number, each in enumerate(found[:MOST_MARKS]):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.checkbox(
                    f"{quoted(each.text)} :gray[{count(each.times, 'time')}]", value=each.name in USUAL,
                    key=f"mark_{number}", width="stretch",
                )  # fmt: skip
                st.text_input(
                    f"Name of the blank for {each.text}", each.name, key=f"mark_name_{number}", max_chars=30,
                    label_visibility="collapsed", width=150,
                )  # fmt: skip
        more = st.text_area(
            "Other texts of the plan, one in each row", key="mark_more", height=70,
            placeholder="city = Lisbon\nslogan = Read one more page",
        )  # fmt: skip
        sent = st.form_submit_button("Save the template", type="primary", key="template_save")
    if sent:
        with guarded(say):
            state = st.session_state
            used = [n for n in range(len(found[:MOST_MARKS])) if state.get(f"mark_{n}")]
            marks = _marks([(str(state[f"mark_name_{n}"]).strip(), found[n].text) for n in used] + _others(more))
            kept = templates.save(
                *studio(), view.id, revision=revision.number, title=title, marks=marks, by=person().id
            )
            close_dialog()
            say_next(f"The template {kept.title} has the blanks {', '.join(kept.blanks)}.")
            st.switch_page(PAGES / "templates.py", query_params={"template": kept.id})


def _marks(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Texts by the names of their blanks. BadInput when two have the same name."""
    for name, text in pairs:
        if any(name == other and text != said for other, said in pairs):
            raise BadInput(f"Two texts are called {name[:30]}.", "Give each blank a name of its own.")
    return dict(pairs)


def _others(said: str) -> list[tuple[str, str]]:
    """`name = text`, one in each row. BadInput for a row that is otherwise."""
    found = []
    for line in filter(None, (line.strip() for line in said.splitlines())):
        name, sign, text = line.partition("=")
        if not sign:
            raise BadInput(f"“{line[:60]}” has no name.", "Write it like city = Lisbon.")
        found.append((name.strip(), text.strip()))
    return found


@st.dialog("Make variants", width="large", icon=":material/dynamic_feed:", on_dismiss=close_dialog)
def _vary(view: ProjectView, revision: RevisionView) -> None:
    """Other hooks, voices and palettes of this plan; every combination becomes a film of its own."""
    plan = revision.plan
    voices = {str(voice["id"]): str(voice["name"]) for voice in facts.voices()}
    palettes = {"As it is": plan.grade.palette} if plan.grade.palette else {}
    palettes |= {f"{row['label']}": tuple(row["palette"]) for row in facts.categories().values()}
    with st.form("variants_form", border=False):
        hooks = st.text_area(
            "Hooks: the first line, one in each row", plan.scenes[0].narration, height=100, key="variants_hooks",
            help="Leave only the first one when the hook stays as it is.",
        )  # fmt: skip
        chosen = st.multiselect("Voices", voices, format_func=lambda i: voices[i], key="variants_voices")
        colours = st.multiselect("Palettes", palettes, key="variants_palettes")
        sent = st.form_submit_button("Make them", type="primary", key="variants_make")
    st.caption(f"At most {batches.MOST_VARIANTS} at once. Nothing is bought before you approve them together.")
    if sent:
        with guarded(say):
            lines = [line for line in hooks.splitlines() if line.strip()]
            only_as_it_is = lines == [plan.scenes[0].narration]
            variants = batches.combinations(
                plan, hooks=() if only_as_it_is else lines, voices=chosen,
                palettes={name: palettes[name] for name in colours},
            )  # fmt: skip
            made = batches.make_variants(
                *studio(), view.id, variants, revision=revision.number, title="", by=person().id
            )
            close_dialog()
            st.switch_page(PAGES / "templates.py", query_params={"batch": made})


def card(view: TemplateView) -> None:
    """A template in the list."""
    with st.container(border=True, gap="xsmall", height="stretch", key=f"template_{view.id}"):
        st.markdown(f"**{plain(view.title)}**")
        st.markdown(" ".join(f"`{{{name}}}`" for name in view.blanks))
        st.caption(f"{count(len(view.plan.scenes), 'scene')} · {plain(view.by)}, {ago(view.created)}")
        st.space("stretch")
        with st.container(horizontal=True):
            st.button("Fill it", key=f"fill_{view.id}", icon=":material/table:", on_click=_open, args=(view.id,))
            st.button("Delete", key=f"forget_{view.id}", type="tertiary", on_click=_forget, args=(view.id,))


def _open(template_id: str) -> None:
    st.query_params["template"] = template_id


@action
def _forget(template_id: str) -> None:
    templates.delete(*studio(), template_id)
    st.toast("The template is deleted; films that were made from it stay.", icon=":material/delete:")


def filling(view: TemplateView) -> None:
    """A template with the table that fills it: every row is checked before anything is made."""
    st.subheader(plain(view.title), anchor=False)
    names = ", ".join(view.blanks)
    st.caption(f"A CSV with the columns {plain(names)}; a column title names the films. Up to {MOST_ROWS} rows.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "An example to begin with", templates.example(view).encode("utf-8-sig"), "template.csv", "text/csv",
            icon=":material/download:", key="example",
        )  # fmt: skip
    file = st.file_uploader("The table", type=["csv", "txt", "tsv"], key="table", max_upload_size=1)
    if file is None:
        _how_it_reads(view)
        return
    sheet = templates.sheet(*studio(), view.id, file.getvalue())
    _checked(sheet)
    _make(view, sheet, file.getvalue())


def _how_it_reads(view: TemplateView) -> None:
    with st.expander("The lines with their blanks", icon=":material/description:", expanded=True):
        for number, scene in enumerate(view.plan.scenes, 1):
            said = " · ".join(plain(text) for text in (scene.narration, scene.title, scene.kicker) if text)
            st.markdown(f"**{number}** {said or plain(scene.visual)}")


def _checked(sheet: SheetView) -> None:
    if sheet.is_refused:
        st.error(plain(sheet.problems[0].message), icon=":material/error:")
        return
    if sheet.ignored:
        st.caption(f"Not used: {plain(', '.join(sheet.ignored))}.")
    said = {number: "" for number, _ in sheet.rows}
    for problem in sheet.problems:
        where = f"{problem.column}: " if problem.column else ""
        said[problem.row] += f"{where}{problem.message}. "
    columns = [*sheet.blanks, *({"title"} & {name for _, values in sheet.rows for name in values})]
    rows = [
        {"Row": str(number)}
        | {name: plain(short(values.get(name, ""))) for name in dict.fromkeys(columns)}
        | ({"What is wrong": plain(said[number].strip())} if sheet.problems else {})
        for number, values in sheet.rows
    ]
    if sheet.problems:
        bad = sorted(sheet.bad_rows)
        st.warning(
            "\n".join(
                f"- {plain(', '.join(filter(None, (f'Row {p.row}', p.column))))}: {plain(p.message)}."
                for p in sheet.problems[:8]
            ),
            title=f"{count(len(bad), 'row')} cannot be made as they are", icon=":material/rule:",
        )  # fmt: skip
    with st.container(height=TABLE if len(rows) > FEW else "content", key="table_rows"):
        st.table(pd.DataFrame(rows).set_index("Row"))


def _make(view: TemplateView, sheet: SheetView, data: bytes) -> None:
    good = len(sheet.rows) - len(sheet.bad_rows)
    if sheet.is_refused or not good:
        return
    skip = False
    if sheet.bad_rows:
        skip = st.checkbox(f"Leave {count(len(sheet.bad_rows), 'row')} out and make the others", key="skip_bad")
    if st.button(
        f"Make {count(good, 'film')}", type="primary", icon=":material/dynamic_feed:", key="make_batch",
        disabled=bool(sheet.bad_rows) and not skip,
    ):  # fmt: skip
        made = batches.make(*studio(), view.id, data, title="", by=person().id, skip_bad=skip)
        st.query_params.clear()
        st.query_params["batch"] = made
        st.rerun()
    st.caption("They are plans at first: nothing is bought before you approve them together, at one price.")


def batch(view: BatchView) -> None:
    """A batch with its films, and the one button that has them all made."""
    st.subheader(plain(view.title), anchor=False)
    st.caption(f"{count(len(view.items), 'film')} · {plain(view.by)}, {ago(view.created)}")
    _approval(view)
    busy = _is_busy(view)
    live(lambda: _films(view, was_busy=busy), key="batch_films", every=WATCH if busy else None)


def _is_busy(view: BatchView) -> bool:
    return any(item.stage == "producing" for item in view.items)


def _films(view: BatchView, *, was_busy: bool) -> None:
    """A card for each film; while some are being made they are followed."""
    if was_busy:
        view = batches.get(*studio(), view.id, by=person().id)
        if not _is_busy(view):
            st.rerun()
        done = sum(item.stage == "done" for item in view.items)
        st.progress(done / len(view.items), text=f"{done} of {count(len(view.items), 'film')} finished")
    under_way = {job.project_id: job for job in production.queue(*studio()) if job.kind == "film"} if was_busy else {}
    with st.grid("auto", min_column_width=260):
        for item in view.items:
            with st.container(border=True, gap="xxsmall", height="stretch", key=f"item_{item.number}"):
                _film(item, under_way.get(item.project_id))


def _film(item: BatchItemView, job: JobView | None) -> None:
    st.markdown(f"**{item.number} · {plain(item.title)}**")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        words, colour, icon = STAGES[item.stage]
        st.badge(words, color=colour, icon=f":material/{icon}:")  # type: ignore[arg-type]
        st.caption("price not known" if item.total is None else plain(price(item.total)), width="content")
    if job:
        st.progress(job.fraction, text=look.how_far(job))
    values = " · ".join(short(value) for name, value in item.values.items() if name != "title")  # noqa: PD011
    st.caption(plain(values[:LONGEST_VALUE]))
    if item.problem:
        st.warning(plain(item.problem), icon=":material/error:")
    if item.stage != "gone":
        made = item.stage in ("producing", "done")
        link("production" if made else "studio", "Open", "arrow_forward", item.project_id)


def _approval(view: BatchView) -> None:
    still = [item for item in view.items if item.stage not in ("gone", "producing", "done")]
    if view.state == "approved" and not still and not _is_busy(view):
        st.success("All of it is made.", icon=":material/check_circle:")
        return
    if view.state == "approved" and not still:
        st.success("All of it was approved; the films are made one after the other.", icon=":material/check_circle:")
        return
    with st.container(border=True, gap="small", key="batch_approval"):
        for name in view.unknown:
            st.error(f"No price is known for {plain(name)}: choose another model.", icon=":material/money_off:")
        if view.short:
            st.error(
                "\n".join(f"- {plain(line)}" for line in view.short), title="It does not fit what is left to spend",
                icon=":material/account_balance_wallet:",
            )  # fmt: skip
        if view.reasons:
            st.warning(plain(" ".join(view.reasons)), title="Somebody else looks at it first", icon=":material/policy:")
            if view.asked:
                st.caption(f":material/hourglass_empty: {count(view.asked, 'film')} wait for a reviewer.")
                live(lambda: _follow(view.id, view.asked), key="batch_answers", every=4.0)
            st.button(
                "Ask once more" if view.asked else "Ask for a review of them all", icon=":material/send:",
                key="batch_ask", on_click=_ask_review, args=(view.id,),
            )  # fmt: skip
        blocked = bool(view.unknown or view.short or view.reasons) or not still
        asked = st.button(
            f"Approve {count(len(still), 'film')} · {plain(price(view.total))}", type="primary", key="batch_approve",
            icon=":material/check:", disabled=blocked,
        )  # fmt: skip
        st.caption("It is admitted as a whole, against every cap, before anything of it is bought.")
        if asked:
            with guarded(say):
                _approve(view.id, view.total)


def _follow(batch_id: str, shown: int) -> None:
    """Draw the page anew once a reviewer has answered."""
    if batches.asked(*studio(), batch_id) != shown:
        st.rerun()


def _approve(batch_id: str, total: Decimal) -> None:
    """Approves it while a bar shows how far it is; the work goes on to its end even if somebody leaves the page."""
    bar, told = st.progress(0.0, "Approving"), [(0, 1)]
    opened, owner, by = *studio(), person().id
    with ThreadPoolExecutor(1) as hand:
        work = hand.submit(
            batches.approve, opened, owner, batch_id, total=total, by=by, tell=lambda *now: told.append(now)
        )
        while not work.done():
            done, of = told[-1]
            bar.progress(done / of, f"Approving {count(of, 'film')}: {done} done" if done else "Approving")
            wait([work], timeout=LOOK)
    failed = sum(bool(item.problem) for item in work.result().items)
    say_next(f"Approved; {count(failed, 'film')} need you." if failed else "Approved: the films are being made.")
    st.rerun()


@action
def _ask_review(batch_id: str) -> None:
    asked = batches.ask_review(*studio(), batch_id, by=person().id)
    st.toast(f"{count(asked, 'film')} wait for a reviewer now: {quoted('Review')} in the menu.", icon=":material/send:")
