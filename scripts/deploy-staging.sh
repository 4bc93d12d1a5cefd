#!/bin/bash
# Deploys staging to Fly.io, waits until it is ready, and validates it.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/deploy-staging.sh [options]
  --config FILE       Fly file (default fly.staging.toml)
  --app NAME          app, if not the file's
  --url URL           where it answers (default https://APP.fly.dev)
  --skip-validation   deploy, and do not run validate-staging.sh
  --dry-run           say what would be run, and run nothing
  --log FILE          log (default .deploy/logs/...)
  --help              this
Environment: ADMIN_TOKEN (the rollout's figures are validated too), METRICS_URL (metrics are validated too).
Ends with 0 when staging runs and is valid, 1 when not.
END
}

cd "$(dirname "$0")/.."
# shellcheck source=scripts/deployment.sh
. scripts/deployment.sh
config=fly.staging.toml app='' url='' dry_run='' log='' validate=yes
while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?} && shift 2 ;;
    --app) app=${2:?} && shift 2 ;;
    --url) url=${2:?} && shift 2 ;;
    --log) log=${2:?} && shift 2 ;;
    --skip-validation) validate='' && shift ;;
    --dry-run) dry_run=yes && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done
need curl jq
[ -n "$dry_run" ] || need fly
read_fly_file
grep -q '^APP_ENV = "staging"$' "$config" || fail "$config is not for staging"
open_log

run fly config validate --config "$config" --app "$app" || fail "$config is not valid"
run fly deploy --config "$config" --app "$app" "${ha[@]}" || fail "the deploy failed; what ran before runs on"
wait_until_ready 180 || fail "the new release is not ready: look at fly logs --app $app"
if [ -n "$validate" ]; then
  run scripts/validate-staging.sh "$url" || fail "staging runs, and is not valid; the table above says why"
fi
say "staging is deployed: $url"
