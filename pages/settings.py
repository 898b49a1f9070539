"""What makes the films here, what the limits are and where everything lies."""

from importlib.metadata import version

import streamlit as st

from core.domain.catalogue import ModelCard
from core.domain.plan import MAX_SCENES, MAX_SECONDS, MIN_SECONDS
from core.services import credit, drift, installation, intake, vendors
from pages.ui import look, team
from pages.ui.shell import link, studio
from pages.ui.text import plain, size

KINDS = {
    "video": "Clips", "still": "Stills", "language": "Script", "speech": "Voice", "transcription": "Transcripts",
    "music": "Music", "effect": "Effects",
}  # fmt: skip
LICENCES = (
    ("FFmpeg", "GPL, run as a program of its own"),
    ("eSpeak NG", "GPL 3, the offline voice"),
    ("Inter and the film typefaces", "SIL Open Font License"),
    ("Big Buck Bunny", "© Blender Foundation, CC BY 3.0; the demo sample"),
)


def _title(name: str) -> str:
    """At the beginning of a line."""
    return name[:1].upper() + name[1:]


def _line(model: ModelCard) -> str:
    """A model with its price and its end."""
    ends = f" :orange[· ends {model.ends}]" if model.ends else ""
    does = f" :gray[· {plain(model.does)}]" if model.does else ""
    return f"{KINDS[model.kind]}: {plain(model.label)}{does} :gray[· {plain(model.rule)}]{ends}"


def _left(vendor: str) -> None:
    """What is left on the account, where the vendor tells, and the way to ask anew."""
    if not credit.tells(here, vendor):
        return
    known = credit.newest(here)
    with st.container(horizontal=True, vertical_alignment="center"):
        if vendor in known.vendors and known.at:
            st.markdown(f"{plain(known.vendors[vendor])} :gray[· {known.at:%d %b %H:%M} UTC]", width="content")
        if st.button("Ask what is left", key=f"credit-{vendor}", type="tertiary", icon=":material/refresh:"):
            credit.ask(here)
            st.rerun()


def _models(row: vendors.VendorRow) -> None:
    """The models that can be chosen; folded away those that end or have no price, and all of a vendor without a key."""
    is_ready = row.state == "ready"
    lasting = [model for model in row.models if is_ready and not model.ends and model.price is not None]
    others = [model for model in row.models if model not in lasting]
    if lasting:
        st.markdown("\n".join(f"- {_line(model)}" for model in lasting))
    if others:
        what = "that end, or whose price is not known" if is_ready else "with their prices"
        with st.expander(f"{len(others)} {'model' if len(others) == 1 else 'models'} {what}"):
            st.markdown("\n".join(f"- {_line(model)}" for model in others))


with st.container(horizontal=True):
    st.title("Settings", anchor=False)
here, _ = studio()

st.subheader("Who makes the films", anchor=False)
soon = [*vendors.warnings(here), *drift.newest(here)]
if soon:
    st.warning("\n".join(f"- {plain(each)}" for each in soon), title="Models that change", icon=":material/event:")
with st.grid("auto", min_column_width=440):
    for row in sorted(vendors.status(here), key=lambda row: row.state != "ready"):
        with st.container(border=True, gap="xsmall", height="stretch"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(_title(vendors.vendor_name(row.name)))}**", width="content")
                if row.trouble:
                    st.badge("Not well", icon=":material/warning:", color="orange")
                elif row.state == "ready":
                    st.badge("Ready", icon=":material/check_circle:", color="green")
                else:
                    st.badge("Needs a key", icon=":material/key:", color="gray")
            st.caption(plain(f"{row.trouble} {row.note}".strip()))
            _left(row.name)
            _models(row)

left, right = st.columns(2, gap="medium")
with left:
    st.subheader("Limits", anchor=False)
    limits = intake.limits(here)
    st.markdown(
        f"- A sample is at most {size(limits['max_bytes'])} and {limits['max_seconds']:.0f} s long.\n"
        f"- It is one of {plain(', '.join(s.lstrip('.').upper() for s in limits['suffixes']))}.\n"
        f"- A film lasts {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} s and has 1 to {MAX_SCENES} scenes.\n"
        "- Nothing is bought above the total that you approved."
    )
    st.subheader("Spending", anchor=False)
    with st.container(gap="xxsmall"):
        look.facts(installation.caps(here))
    st.caption("These are the caps of the settings. A cap of your own goes before them:")
    link("costs", "Caps and what is left of them", "payments")
with right:
    st.subheader("Where it runs", anchor=False)
    with st.container(gap="xxsmall"):
        look.facts(installation.parts(here))
    st.subheader("Your data", anchor=False)
    st.markdown(
        "Samples, plans and films lie in the database and the storage of this installation. Deleting a film deletes "
        "its files. Nothing is sent anywhere unless a vendor above has a key and you approve."
    )

team.team()
team.sent_on()

st.subheader("About", anchor=False)
st.markdown("\n".join(f"- **{plain(name)}**: {plain(words)}" for name, words in LICENCES))
st.caption(
    plain(
        f"Streamlit {version('streamlit')}. Films carry signed Content Credentials that say they were made by software."
    )
)
