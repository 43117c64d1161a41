# stylekit in a container; docs/how-to/install.md says how to build and run it.
#
#   docker build --tag stylekit .                                  for the CPU
#   docker build --tag stylekit:cuda --build-arg TORCH_INDEX= .    with CUDA

ARG PYTHON=3.13-slim-trixie

# The wheel of this folder, without build tools in the image.
FROM python:${PYTHON} AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE CHANGELOG.md PLUGINS.md ./
COPY kernel kernel
COPY plugins plugins
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:${PYTHON} AS packages
# Where torch comes from: its page of wheels for the CPU. Empty: the package index, whose torch for
# Linux has CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# What is installed besides the base: see "Extras" in docs/how-to/install.md.
ARG EXTRAS=all
RUN python -m venv /opt/stylekit
ENV PATH=/opt/stylekit/bin:$PATH
COPY --from=wheel /wheels /wheels
# torch first, so that the wheel's requirements find it installed. The wheel states the versions that
# it needs.
# hadolint ignore=DL3013
RUN if [ -n "${TORCH_INDEX}" ]; then \
      pip install --no-cache-dir --index-url "${TORCH_INDEX}" torch torchvision; \
    fi \
 && wheel="$(echo /wheels/stylekit-*.whl)" \
 && pip install --no-cache-dir "${wheel}${EXTRAS:+[${EXTRAS}]}"

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="stylekit" \
      org.opencontainers.image.description="Neural style transfer as a microkernel" \
      org.opencontainers.image.licenses="MIT"
COPY --from=packages /opt/stylekit /opt/stylekit
# The user's number is fixed, so that folders on the host can be given to it.
RUN useradd --uid 1000 --create-home stylekit \
 && install --directory --owner=stylekit /cache /work
USER 1000
# Bytecode was written at installation; at run time nothing outside the volumes and /tmp is written.
ENV PATH=/opt/stylekit/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    STYLEKIT_CACHE=/cache
VOLUME ["/cache"]
WORKDIR /work
ENTRYPOINT ["stylekit"]
CMD ["--help"]
