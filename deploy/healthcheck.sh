#!/bin/bash
# Is the service alive? Asks GET /health of this container; the image has no HTTP client, and bash can open a socket.
# Alive, not ready: a container that only waits for a worker or a full spool must not be killed for it.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/${PORT:-8080}"
printf 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
