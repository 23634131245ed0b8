# What regularizes?: the command line, the published results and the report's sources, on a pinned Debian.
#
#   docker build -t what-regularizes .                              with CUDA's libraries; runs without a GPU too
#   docker build -t what-regularizes --build-arg ACCELERATOR=cpu .  small
#   … --build-arg QUARTO=none                                       without Quarto: Pandoc renders the report
#   … --build-arg MNIST=none                                        without MNIST, where it cannot be downloaded
#
# Of a GPU machine only the NVIDIA container runtime is needed: docker run --gpus all what-regularizes …
ARG BASE=debian:trixie-20260918-slim@sha256:a99cfc517144bc59b1978475ec53b46ecabec7e43635402ee5b77cc54cd1b20a


FROM ${BASE} AS base
ENV DEBIAN_FRONTEND=noninteractive
# Versions of Debian's packages are those of its release; a pinned one would be gone with the next point release.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates dataset-fashion-mnist python3 tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log


FROM base AS packages
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
ARG ACCELERATOR=gpu
COPY requirements-${ACCELERATOR}.lock /tmp/requirements.lock
# TensorFlow's C++ headers serve only those who compile against it; pip has done its work.
RUN python3 -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --quiet --require-hashes --only-binary :all: -r /tmp/requirements.lock \
 && /opt/venv/bin/python -m pip uninstall --quiet --yes pip \
 && rm -rf /opt/venv/lib/python3*/site-packages/tensorflow/include
# Keras knows the file's SHA-256 and refuses another one.
ARG MNIST=keras
RUN install -d -m 1777 /opt/keras /opt/keras/datasets \
 && if [ "$MNIST" != none ]; then KERAS_HOME=/opt/keras /opt/venv/bin/python -c "import keras; keras.datasets.mnist.load_data()"; fi \
 && chmod -R a+rX /opt/keras


FROM base AS quarto
ARG QUARTO=1.10.18
ARG QUARTO_SHA256_AMD64=4bdf5a17df300003beb2f8f0e4dfe568e2ca0ff91318220c8537d2655015c430
ARG QUARTO_SHA256_ARM64=ed3f70f63ee12b290ea1e38da08aa7c74c6843f6bed6df828e1e1652ef6d7d98
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# Unpacked, not installed: its install scripts would only set a link, and the next stage takes the folder alone.
# hadolint ignore=DL3008
RUN mkdir -p /opt/quarto; \
    if [ "$QUARTO" = none ]; then exit 0; fi; \
    apt-get update; apt-get install --yes --no-install-recommends curl; rm -rf /var/lib/apt/lists/*; \
    arch="$(dpkg --print-architecture)"; \
    case "$arch" in \
      amd64) sha256="$QUARTO_SHA256_AMD64" ;; \
      arm64) sha256="$QUARTO_SHA256_ARM64" ;; \
      *) echo "Expected amd64 or arm64. Received: $arch. Build with --build-arg QUARTO=none." >&2; exit 1 ;; \
    esac; \
    curl --fail --silent --show-error --location --retry 3 --output /tmp/quarto.deb \
      "https://github.com/quarto-dev/quarto-cli/releases/download/v${QUARTO}/quarto-${QUARTO}-linux-${arch}.deb"; \
    echo "$sha256  /tmp/quarto.deb" | sha256sum --check --strict; \
    dpkg-deb --extract /tmp/quarto.deb /; \
    rm /tmp/quarto.deb; \
    test "$(/opt/quarto/bin/quarto --version)" = "$QUARTO"


# For .devcontainer: the tools to set up a checkout (`make setup`), test it and render it.
FROM base AS development
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends git less make openssh-client python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 --shell /bin/bash study
COPY --from=quarto /opt/quarto /opt/quarto
ENV PATH=/opt/quarto/bin:$PATH LANG=C.UTF-8 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000


FROM base AS runtime
# /data/results is where a user mounts a folder; any user may write there and in HOME.
RUN useradd --no-create-home --home-dir /tmp/study --uid 1000 study \
 && install -d -m 1777 /data /data/results
COPY --from=packages /opt/venv /opt/venv
COPY --from=quarto /opt/quarto /opt/quarto
COPY --from=packages /opt/keras /opt/keras
COPY . /opt/what-regularizes
RUN /opt/venv/bin/python -m compileall -q /opt/what-regularizes/study \
 && printf '#!/bin/sh\nexec /opt/venv/bin/python -m study.cli.container "$@"\n' > /usr/local/bin/study \
 && chmod 755 /usr/local/bin/study

# Caches lie under HOME, which the entry makes for whoever runs; a user without a passwd entry has a name all the same.
ENV PATH=/opt/venv/bin:/opt/quarto/bin:$PATH \
    PYTHONPATH=/opt/what-regularizes \
    PYTHONDONTWRITEBYTECODE=1 \
    LANG=C.UTF-8 \
    HOME=/tmp/study \
    USER=study \
    MPLCONFIGDIR=/tmp/study/matplotlib \
    IPYTHONDIR=/tmp/study/ipython \
    JUPYTER_CONFIG_DIR=/tmp/study/jupyter/config \
    JUPYTER_DATA_DIR=/tmp/study/jupyter/data \
    JUPYTER_RUNTIME_DIR=/tmp/study/jupyter/runtime \
    XDG_CACHE_HOME=/tmp/study/cache \
    XDG_CONFIG_HOME=/tmp/study/config \
    XDG_DATA_HOME=/tmp/study/share \
    KERAS_HOME=/opt/keras \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000:1000
WORKDIR /data
# tini hands signals on and reaps what notebooks leave; -s, since it need not be the first process.
ENTRYPOINT ["tini", "-s", "--", "study"]

# Last, since they change with every commit: the stored cells name the commit they were trained at.
ARG REVISION=unknown
ARG CREATED=unknown
ARG BASE
ENV STUDY_COMMIT=$REVISION
LABEL org.opencontainers.image.title="What regularizes?" \
      org.opencontainers.image.description="A factorial ablation of dropout, L2, batch normalization, data augmentation and early stopping in Keras" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="$BASE"
