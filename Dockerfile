# BASE is any image with Python 3.11 or newer and its venv module (on Debian: python3-venv). Pin it by digest for a release.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /srv/site
COPY requirements.txt requirements-build.txt ./
# Exact versions by hash. pip has done its work after that, and does not belong in what is served.
RUN python3 -m venv /srv/venv \
    && /srv/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.txt \
    && /srv/venv/bin/pip uninstall --yes pip setuptools
# What builds has an environment of its own, which stays behind in this stage.
RUN python3 -m venv /tmp/build \
    && /tmp/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-build.txt
COPY manage.py gunicorn.conf.py ./
COPY magnified magnified
COPY content content
COPY admissions admissions
COPY templates templates
COPY locale locale
COPY static static
RUN /tmp/build/bin/pybabel compile --directory=locale --domain=django
# A laptop's settings are enough to collect files; the secret is gone with this command.
RUN export DEPLOYMENT=laptop VAR_DIR=/tmp/var STATIC_ROOT=/srv/static \
    && SECRET_KEY="$(python3 -c 'import secrets; print(secrets.token_urlsafe(60))')" \
        /srv/venv/bin/python manage.py collectstatic --no-input --verbosity=0 \
    && /srv/venv/bin/python -m compileall -q . \
    && mkdir -p /srv/var/finished /srv/var/originals

FROM ${BASE}
ENV PATH=/srv/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 VAR_DIR=/srv/var STATIC_ROOT=/srv/static
WORKDIR /srv/site
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/site /srv/site
COPY deploy/healthcheck.py /srv/
# Of all files only /srv/var is the site's own to write.
COPY --from=build --chown=10001:10001 /srv/var /srv/var
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "/srv/healthcheck.py"]
CMD ["gunicorn", "--bind=0.0.0.0:8000"]
