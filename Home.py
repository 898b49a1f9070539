"""Entry point: `streamlit run Home.py` imports this file as the server and runs it as a script for every page."""

import streamlit as st

if __name__ == "__main__":
    from pages.ui import shell

    shell.run()
else:
    from api import server

    # Streamlit finds the server by reading this very line.
    app = st.App(__file__, lifespan=server.lifespan, routes=server.routes(), middleware=server.middleware())
