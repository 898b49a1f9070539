"""Entry point: `streamlit run Home.py` imports this file as the server and runs it as a script for every page."""

import logging

import streamlit as st

if __name__ == "__main__":
    from pages.ui import shell

    shell.run()
else:
    from api import server

    # Told before the first visitor that the pages are listed by hand, Streamlit never runs one without its frame.
    # It warns that nobody is visiting yet, which is so.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    st.navigation([st.Page(lambda: None, title="Reprise")])

    # Streamlit finds the server by reading this very line.
    app = st.App(__file__, lifespan=server.lifespan, routes=server.routes(), middleware=server.middleware())
