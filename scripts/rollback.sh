#!/bin/bash
# Takes the new reader from everybody, at once, and verifies it. With --release also goes back to the image before.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/rollback.sh [options]
  --reason TEXT    for the rollout's log
  --release        also go back to the release before
  --image IMAGE    also go back to this image (fly releases --image)
  --config FILE    Fly file (default fly.toml)
  --app NAME       app, if not the file's
  --url URL        where it answers (default https://APP.fly.dev)
  --dry-run        say what would be run, and run nothing
  --log FILE       log (default .deploy/logs/...)
  --help           this
Environment: ADMIN_TOKEN. Where the service does not answer, Gemini is switched off by a secret instead
(ENABLE_GEMINI=false), which restarts the machines.
Ends with 0 when everything asked for was done and seen to be so.
END
}

cd "$(dirname "$0")/.."
# shellcheck source=scripts/deployment.sh
. scripts/deployment.sh
config=fly.toml app='' url='' dry_run='' log='' reason='scripts/rollback.sh' release='' image=''
while [ $# -gt 0 ]; do
  case $1 in
    --reason) reason=${2:?} && shift 2 ;;
    --release) release=yes && shift ;;
    --image) image=${2:?} && shift 2 ;;
    --config) config=${2:?} && shift 2 ;;
    --app) app=${2:?} && shift 2 ;;
    --url) url=${2:?} && shift 2 ;;
    --log) log=${2:?} && shift 2 ;;
    --dry-run) dry_run=yes && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

# Takes the new reader away by the rollout, and sees that nobody is given it.
roll_back() {
  local standing users='' user arm
  if [ -n "$dry_run" ]; then
    say "would ask: POST $url/rollout/rollback, and see GET $url/rollout say rolled-back at 0 %"
    return 0
  fi
  api POST /rollout/rollback "$(jq -n --arg reason "$reason" '{reason: $reason}')" >/dev/null || return 1
  # Other machines follow within 5 s; this asks whichever the proxy names, several times.
  for _ in 1 2 3 4 5 6; do
    standing=$(api GET /rollout) || return 1
    jq -e '.state == "rolled-back" and .currentPercentage == 0' <<<"$standing" >/dev/null || { sleep 1; continue; }
    users=
    for user in anna bo cecilia david elin; do
      arm=$(api GET "/rollout/explain?userId=$user") || return 1
      users+="$(jq -r '.provider // "none"' <<<"$arm") "
    done
    case $users in *gemini*) sleep 1 ;; *)
      say "rolled back: 0 %, and five users asked for get: ${users% }"
      return 0
      ;;
    esac
  done
  complain "the rollout does not say that it is rolled back: $(jq -c '{state, currentPercentage}' <<<"${standing:-null}"), users get: $users"
  return 1
}

switch_off() {
  say "the service did not take the roll-back; switching Gemini off by a secret, which restarts the machines"
  run fly secrets set ENABLE_GEMINI=false --app "$app" || fail "nor could the secret be set: https://status.flyio.net"
  wait_until_ready 120 || fail "the machines are not ready after the restart"
  say "Gemini is switched off. Later: fly secrets unset ENABLE_GEMINI --app $app"
}

image_before() { # the image of the newest release that was complete and is not the newest
  local releases
  releases=$(fly releases --app "$app" --image --json) || return 1
  jq -re '[.[] | select((.Status // .status) == "complete") | (.ImageRef // .imageRef)] as $images
    | [$images[] | select(. != $images[0])][0] // empty' <<<"$releases"
}

go_back() {
  if [ -z "$image" ] && [ -z "$dry_run" ]; then
    image=$(image_before) || fail "there is no release before this one (fly releases --image)"
  fi
  say "going back to ${image:-the image before}"
  run fly deploy --config "$config" --app "$app" "${ha[@]}" --image "${image:-IMAGE}" --strategy immediate || fail "the old release could not be deployed"
  wait_until_ready 120 || fail "the old release is not ready"
}

need curl jq
read_fly_file
[ -n "$dry_run" ] || need_token
open_log
began=$SECONDS
if ! roll_back; then
  [ -n "$dry_run" ] || need fly
  switch_off
fi
if [ -n "$release$image" ]; then go_back; fi
say "done in $((SECONDS - began)) s"
