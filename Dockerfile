# syntax=docker/dockerfile:1
# dlpguard as a container: Python, the locked packages, dlpguard and nothing else.  Not root; needs no
# capability; works with a read-only file system.  It writes in /tmp, in the folder of the key file, and, where
# the database is a file, in that one's: volumes for both.  docs/deploying.md says how it is run.

# The review site's style sheet and scripts, from npm's locked packages.
FROM node:22-bookworm-slim AS front
WORKDIR /src/dlpguard/web/front
COPY dlpguard/web/front/package.json dlpguard/web/front/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY dlpguard/web/front ./
RUN node build.mjs

# What runs, in one folder.  Everything comes as a wheel with a hash that is locked: no compiler.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/dlpguard
COPY requirements.txt ./
RUN pip --python /opt/dlpguard/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt
# Where telephone numbers are from, and of which company: a tenth of the image that nobody asks.
RUN cd /opt/dlpguard/lib/python3.11/site-packages/phonenumbers && rm -r geodata carrierdata tzdata
COPY pyproject.toml README.md LICENSE ./
COPY policies policies
COPY samples samples
COPY dlpguard dlpguard
COPY --from=front /src/dlpguard/web/assets dlpguard/web/assets
RUN pip --python /opt/dlpguard/bin/python install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libarchive13 libseccomp2 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 dlpguard \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/dlpguard --shell /usr/sbin/nologin dlpguard \
 && install -d -m 700 -o 10001 -g 10001 /var/lib/dlpguard /var/lib/dlpguard/keys \
 && install -d -m 755 /etc/dlpguard
COPY --from=build /opt/dlpguard /opt/dlpguard
# Every container answers /readyz there, whichever roles it has.
ENV PATH=/opt/dlpguard/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DLPGUARD_METRICS__LISTEN=127.0.0.1:8081
USER 10001:10001
WORKDIR /var/lib/dlpguard
EXPOSE 2525 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8081/readyz', timeout=4)"]
ENTRYPOINT ["dlpguard"]
CMD ["serve", "--config", "/etc/dlpguard/dlpguard.toml"]
