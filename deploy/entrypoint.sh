#!/bin/sh
# First program in the image: hands the data folder to the service's user, becomes that user, then becomes the command.
# A fresh volume belongs to root, and so do files restored over ssh; both are put right here, before anything is served.
# Started as another user (docker run --user, Kubernetes runAsUser), it has nothing to prepare and only runs the command.
set -eu

uid=10001
data=${DATA_DIR:-/data}

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$data"
  find "$data" -xdev ! -user "$uid" -exec chown -h "$uid:$uid" {} +
  export HOME="$data"
  exec setpriv --reuid="$uid" --regid="$uid" --clear-groups --inh-caps=-all --no-new-privs -- "$@"
fi
exec "$@"
