# One image for pages, API and workers: what `make setup` installs, and the program, run by a user without rights.
FROM python:3.11-slim

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1

WORKDIR /app

# The dependencies are a layer of their own: a change of the program does not install them again.
COPY requirements.txt constraints.txt ./
RUN pip install -r requirements.txt

COPY . .
RUN python -m compileall -q core api jobs pages Home.py \
 && useradd --create-home --uid 10001 reprise \
 && install -d -o reprise -g reprise /var/lib/reprise /var/lib/reprise/certificates

USER reprise
ENV REPRISE_DATA_DIR=/var/lib/reprise
VOLUME /var/lib/reprise
EXPOSE 8501

# It says "ok" only when the database answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/api/health', timeout=4).read()"]

CMD ["streamlit", "run", "Home.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
