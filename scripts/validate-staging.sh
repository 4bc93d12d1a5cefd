#!/bin/bash
# Validates a running staging (or any development) service from outside: health, analyses, both readers, the A/B test,
# error shapes, CORS, metrics. Prints a table.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/validate-staging.sh BASE_URL [--samples N] [--origin ORIGIN]
  BASE_URL          https://koalens-backend-staging.fly.dev
  --samples N       requests that the A/B split is observed on (default 12; the same picture, so that few cost anything)
  --origin ORIGIN   an origin that CORS_ORIGIN of the service lists; without it only strangers are tried
  --help            this
Environment: METRICS_URL, e.g. http://localhost:9091/metrics behind `fly proxy 9091`: the metrics are validated too.
             API_KEY: for a service that asks its callers for keys (AUTH=keys).
             ADMIN_TOKEN: lets `provider` be named in production as well, and /ab/summary be read.
Ends with 0 when nothing failed (skipped checks are said aloud), 1 when something did.
END
}

here=$(cd "$(dirname "$0")/.." && pwd)
base='' samples=12 origin=''
while [ $# -gt 0 ]; do
  case $1 in
    --samples) samples=${2:?} && shift 2 ;;
    --origin) origin=${2:?} && shift 2 ;;
    --help | -h) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) base=${1%/} && shift ;;
  esac
done
[ -n "$base" ] || { usage >&2 && exit 2; }
for tool in curl jq; do command -v "$tool" >/dev/null || { echo "validate-staging: $tool is not installed" >&2 && exit 1; }; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0 skipped=0

row() { printf '%-7s %-34s %s\n' "$1" "$2" "$3"; }
passed() { row ok "$1" "$2"; }
failed() { row FAILED "$1" "$2" && failures=$((failures + 1)); }
skip() { row SKIPPED "$1" "$2" && skipped=$((skipped + 1)); }

# The secrets of the environment as headers, where no list of processes shows them.
secrets() {
  [ -z "${ADMIN_TOKEN:-}" ] || printf 'header = "Authorization: Bearer %s"\n' "$ADMIN_TOKEN"
  [ -z "${API_KEY:-}" ] || printf 'header = "X-API-Key: %s"\n' "$API_KEY"
}
# Sends a request; leaves the status in $status, the body in $work/body, the headers in $work/headers.
send() { # PATH [curl arguments]
  local path=$1
  shift
  status=$(secrets \
    | curl --config - --silent --show-error --max-time 90 --output "$work/body" --dump-header "$work/headers" \
      --write-out '%{http_code}' "$@" "$base$path" 2>"$work/complaint") || status="none: $(cat "$work/complaint")"
}
post_file() { # FILE TYPE QUERY
  send "/analyze$3" --header "Content-Type: $2" --data-binary "@$here/fixtures/$1"
}
post_json() { send "$1" --header 'Content-Type: application/json' --data "$2"; }

# A row: the status that was expected, and what must be true of the body (jq); what it says of itself is shown.
expect() { # NAME STATUS CONDITION SHOWN
  if [ "$status" != "$2" ]; then
    failed "$1" "status $status, not $2: $(head -c 200 "$work/body" 2>/dev/null | tr '\n' ' ')"
  elif ! jq -e "$3" "$work/body" >/dev/null 2>&1; then
    failed "$1" "not so: $3 in $(head -c 300 "$work/body" | tr '\n' ' ')"
  else
    passed "$1" "$(jq -r "$4" "$work/body")"
  fi
}

verdict='"\(.status) by \(.provider), \(.timings.totalMs) ms"'
answered='.success == true and .status != null and (.ingredientList | type == "array")'

row RESULT CHECK "WHAT WAS SEEN ($base)"
send /health
expect 'health' 200 '. == {"status":"ok"}' '.status'
send /ready
expect 'ready' 200 '.status == "ready" and (.degraded | index("database") | not)' '"degraded: \(.degraded | join(", "))"'

post_json /analyze-text '{"ingredients":["vatten","vasslepulver"],"preferredLanguage":"sv"}'
expect 'text, not vegan' 200 '.status == "non-vegan" and .isVegan == false' "$verdict"
post_json /analyze-text '{"text":"Ingredienser: vatten, tomat, salt.","preferredLanguage":"sv"}'
expect 'text, vegan' 200 '.status == "vegan" and .isVegan == true' "$verdict"
post_file photo.jpg image/jpeg ''
expect 'image' 200 "$answered and .media.imagesSent >= 1" "$verdict"
post_file can-soup.mp4 video/mp4 ''
expect 'video' 200 "$answered and .media.kind == \"video\"" "$verdict"

for provider in gemini claude; do
  post_file photo.jpg image/jpeg "?provider=$provider"
  expect "forced: $provider" 200 "$answered and .provider == \"$provider\" and .degraded == false" "$verdict + \", \\(.model)\""
done

split() { # draws for many requests, as many users would
  local arms='' reasons='' gemini
  for ((i = 0; i < samples; i++)); do
    post_file photo.jpg image/jpeg ''
    [ "$status" = 200 ] || continue
    arms+=$(jq -r '.assignment.arm' "$work/body")$'\n'
    reasons+=$(jq -r '.assignment.reason' "$work/body")$'\n'
  done
  gemini=$(grep -c '^gemini$' <<<"$arms" || true)
  local seen="gemini $gemini, others $(($(grep -c . <<<"$arms" || true) - gemini)) of $samples"
  if [ "$(grep . <<<"$reasons" | sort -u)" != ab-test ]; then
    failed 'A/B split' "not drawn by the A/B test: $(grep . <<<"$reasons" | sort | uniq -c | tr -s ' \n' ' ')"
  # Twelve draws at 50 % are all of one kind once in 2048 runs.
  elif [ "$gemini" -ge 1 ] && [ "$gemini" -lt "$samples" ]; then
    passed 'A/B split' "$seen"
  else
    failed 'A/B split' "only one arm was seen: $seen"
  fi
}
split
if [ -n "${ADMIN_TOKEN:-}" ]; then
  send '/ab/summary?lastMinutes=60'
  expect 'A/B figures' 200 '.providers | length >= 1' '[.providers[] | "\(.provider) \(.totalRequests)"] | join(", ")'
else
  skip 'A/B figures' 'ADMIN_TOKEN is not set'
fi

shape='.success == false and (.message | length > 0) and (.requestId | length > 0) and .status == '
problem() { # NAME STATUS CODE
  expect "error: $1" "$2" "$shape$2 and .error == \"$3\"" '"\(.status) \(.error)"'
  grep -qi '^content-type: application/problem+json' "$work/headers" || failed "error: $1" 'not application/problem+json'
}
post_json /analyze '{'
problem 'no JSON' 400 INVALID_JSON
post_json /analyze '{}'
problem 'nothing in it' 400 MISSING_CONTENT
post_json /analyze '{"image":"*"}'
problem 'no base64' 400 INVALID_BASE64
send /nowhere
problem 'no such path' 404 NOT_FOUND
send /analyze
problem 'wrong method' 405 METHOD_NOT_ALLOWED
post_file unsupported.gif image/gif ''
problem 'unsupported type' 415 UNSUPPORTED_MEDIA_TYPE
post_file truncated.jpg image/jpeg ''
problem 'damaged picture' 422 MEDIA_UNREADABLE

preflight() { # ORIGIN
  send /analyze --request OPTIONS --header "Origin: $1" --header 'Access-Control-Request-Method: POST' \
    --header 'Access-Control-Request-Headers: content-type,idempotency-key'
}
preflight https://stranger.example
if grep -qi '^access-control-allow-origin' "$work/headers"; then
  failed 'CORS: a stranger' "$(grep -i '^access-control-allow-origin' "$work/headers")"
else
  passed 'CORS: a stranger' "refused ($status)"
fi
if [ -n "$origin" ]; then
  preflight "$origin"
  if grep -qix "access-control-allow-origin: $origin"$'\r' "$work/headers"; then
    passed 'CORS: our origin' "$origin"
  else
    failed 'CORS: our origin' "$origin is not allowed ($status)"
  fi
else
  skip 'CORS: our origin' 'no --origin was given'
fi

if [ -n "${METRICS_URL:-}" ]; then
  if curl --silent --show-error --fail --max-time 20 --output "$work/metrics" "$METRICS_URL" 2>"$work/complaint"; then
    for name in api_requests_total api_request_duration_seconds_count ai_provider_requests_total analysis_verdicts_total; do
      if grep -q "^$name" "$work/metrics"; then
        passed "metric: ${name:0:26}" "$(grep -c "^$name" "$work/metrics") series"
      else
        failed "metric: ${name:0:26}" "is not among the metrics"
      fi
    done
  else
    failed 'metrics' "$(cat "$work/complaint")"
  fi
else
  skip 'metrics' 'METRICS_URL is not set: nothing was looked at'
fi

printf '\n%s failed, %s skipped\n' "$failures" "$skipped"
[ "$failures" = 0 ]
