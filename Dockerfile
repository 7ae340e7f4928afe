# Easel with everything it needs to paint on CPU or an NVIDIA GPU. The pocket painter's weights are inside.
FROM python:3.11-slim

# A further index for torch: https://download.pytorch.org/whl/cpu has it without gigabytes of CUDA libraries.
ARG TORCH_INDEX=""

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN pip install --no-cache-dir --constraint constraints.txt ${TORCH_INDEX:+--extra-index-url $TORCH_INDEX} torch
COPY bot bot
COPY core core
COPY adapters adapters
COPY prompts prompts
RUN pip install --no-cache-dir --constraint constraints.txt '.[local]' \
    && useradd --create-home easel \
    && mkdir /data && chown easel /data

USER easel
ENV EASEL_DATA_DIR=/data
VOLUME /data
# The page asks for EASEL_WEB_TOKEN as soon as it is served beyond loopback: see compose.yaml.
EXPOSE 8321
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8321/healthz', timeout=4)"
STOPSIGNAL SIGTERM
CMD ["easel", "run"]
