# Two stages: the first installs the locked packages, the second carries them without compilers, caches or root.
FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
RUN pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY bot bot
COPY config config
COPY core core
COPY webhooks webhooks
RUN pip install --no-deps --no-build-isolation .

FROM python:3.12-slim
# pg_dump and pg_restore, for `tickmate db backup`
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home --home-dir /var/lib/tickmate tickmate
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/var/lib/tickmate/data \
    HTTP_HOST=0.0.0.0 \
    SMTP_HOST=0.0.0.0 \
    LOG_FORMAT=json
USER tickmate
WORKDIR /var/lib/tickmate
RUN mkdir data
VOLUME /var/lib/tickmate/data
EXPOSE 8080 2525
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('HTTP_PORT', '8080')}/healthz\", timeout=4)"]
CMD ["tickmate", "run"]
