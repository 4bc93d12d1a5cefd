# The service as an image: built in one stage, run in a smaller one. `docker build -t koalens .`

FROM rust:1.95-bookworm AS builder
WORKDIR /build
COPY scripts/setup scripts/setup
RUN scripts/setup build
# Dependencies are a layer of their own, built around an empty program: they change seldom and take most of the time.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo 'fn main() {}' > src/main.rs && touch src/lib.rs \
 && cargo build --release --locked \
 && rm -r src
COPY build.rs build.rs
COPY migrations migrations
COPY src src
# Cargo compares times, and files keep the time of their checkout: the empty program may be younger than the real one.
RUN touch build.rs src/main.rs src/lib.rs && cargo build --release --locked

FROM debian:bookworm-slim
# FFmpeg and Tesseract as Debian keeps them patched: most of the image's size is what their libraries pull in.
# Beside them text data for six languages, certificates for remote models, and tini as PID 1.
# No versions: Debian's stable release changes them for security alone, and keeps no old ones to ask for.
# hadolint ignore=DL3008
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates tini \
      libavcodec59 libavformat59 libavutil57 libswscale6 libheif1 libtesseract5 liblept5 \
      tesseract-ocr-swe tesseract-ocr-eng tesseract-ocr-nor tesseract-ocr-dan tesseract-ocr-fin tesseract-ocr-deu \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
RUN groupadd --gid 10001 koalens \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin koalens \
 && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY deploy/entrypoint.sh /usr/local/bin/entrypoint
COPY deploy/healthcheck.sh /usr/local/bin/healthcheck
COPY --from=builder /build/target/release/koalens /usr/local/bin/koalens
# What the image holds, for people and for scanners: Debian's packages, and the crates that the program is made of.
COPY Cargo.lock /usr/share/koalens/Cargo.lock
# A library that is missing above fails the build here, not the first start.
RUN koalens --help > /dev/null \
 && dpkg-query --show > /usr/share/koalens/packages

ENV DATA_DIR=/data
EXPOSE 8080 9091
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["healthcheck"]
# The entry point starts as root only to hand /data to uid 10001; tini and the command run as that user.
ENTRYPOINT ["entrypoint", "tini", "-s", "--"]
CMD ["koalens", "serve"]
