#!/bin/bash
# Deploys production to Fly.io: backup, deploy, then the staged rollout of the new reader, watched to its end. Only the
# service moves percentages; this script asks for the rollout and says what the service decides, and why.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/deploy-production.sh [options]
  --config FILE    Fly file (default fly.toml; deploy/fly.postgres.toml for PostgreSQL)
  --app NAME       app, if not the file's
  --url URL        where it answers (default https://APP.fly.dev)
  --plan NAME      quick (default; 15 and 30 min a step) or standard (48 h a step)
  --restart        begin the plan anew even where the rollout runs or is finished
  --no-rollout     deploy only
  --watch          deploy nothing: watch the rollout that is under way
  --fresh          forget an interrupted run of this commit instead of going on with it
  --no-backup      PostgreSQL only: go on without BACKUP_DATABASE_URL
  --dry-run        say what would be run, and run nothing
  --log FILE       log (default .deploy/logs/...)
  --help           this
Environment: ADMIN_TOKEN; for PostgreSQL BACKUP_DATABASE_URL, a postgres:// that this machine reaches.
Interrupted (Ctrl-C, a lost connection), the rollout goes on without it; run it again and it watches again.
Ends with 0 when the rollout is finished (or was not asked for), 3 when it was rolled back, 4 when somebody stopped it,
1 when something failed before.
END
}

cd "$(dirname "$0")/.."
# shellcheck source=scripts/deployment.sh
. scripts/deployment.sh
config=fly.toml app='' url='' dry_run='' log='' plan=quick restart='' rollout=yes watch_only='' fresh='' no_backup=''
while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?} && shift 2 ;;
    --app) app=${2:?} && shift 2 ;;
    --url) url=${2:?} && shift 2 ;;
    --log) log=${2:?} && shift 2 ;;
    --plan) plan=${2:?} && shift 2 ;;
    --restart) restart=yes && shift ;;
    --no-rollout) rollout='' && shift ;;
    --watch) watch_only=yes && shift ;;
    --fresh) fresh=yes && shift ;;
    --no-backup) no_backup=yes && shift ;;
    --dry-run) dry_run=yes && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

# How far an interrupted run of this commit came: "commit stage", stage one of backed-up, deployed, started.
state_file() { printf '%s/%s.state' "$deploy_dir" "$app"; }
reached() {
  local commit stage
  [ -z "$fresh" ] && [ -f "$(state_file)" ] || return 0
  read -r commit stage <"$(state_file)" || true
  [ "$commit" != "$(commit)" ] || printf '%s' "$stage"
}
reach() { [ -n "$dry_run" ] || { mkdir -p "$deploy_dir" && printf '%s %s\n' "$(commit)" "$1" >"$(state_file)"; }; }
done_with() { rm -f "$(state_file)"; }
commit() { git rev-parse HEAD 2>/dev/null || printf 'unknown'; }

why() { # a decision's reason, in words
  case $1 in
    kill-switch) printf 'the new reader is switched off (ENABLE_GEMINI=false)' ;;
    rolled-back) printf 'it was rolled back' ;;
    not-running) printf 'no plan is running: it is paused, set by hand or finished' ;;
    error-gate) printf 'the new reader fails more often than the old one' ;;
    quality-gate) printf 'its answers cannot be used more often than the old one'\''s' ;;
    latency-gate) printf 'it is slow more often than the old one' ;;
    critical) printf 'it is past a critical limit' ;;
    sample-ratio) printf 'the readers do not get the users they should' ;;
    two-arms) printf 'users were seen with both readers' ;;
    interval) printf 'the step has not lasted long enough' ;;
    no-analysis) printf 'nothing was measured since the end of the step' ;;
    no-data) printf 'nobody was in the step' ;;
    sample) printf 'too few users so far' ;;
    warning) printf 'a warning limit is crossed' ;;
    approval) printf 'somebody has to approve: POST /rollout/approve' ;;
    healthy) printf 'all is well' ;;
    *) printf '%s' "$1" ;;
  esac
}

# Where it stands, and what the service decided last.
describe() { # STANDING
  local reason
  reason=$(jq -r '.lastDecision.reason // empty' <<<"$1")
  jq -r --arg why "$(why "$reason")" '"\(.currentPercentage) % \(.state)"
    + if .lastDecision == null then ", nothing decided yet" else ": \(.lastDecision.action), \($why)" end' <<<"$1"
}

# What has been measured in the step so far.
figures() { jq -r '"\(.totalRequests) requests in this step, mean \(.avgResponseTime // 0 | floor) ms"' <<<"$1"; }

# Why it was rolled back, with the figures that the decision rests on.
ground() { # STANDING
  local line
  line=$(jq -c '[.history[] | select(.action == "roll-back" or .action == "rollback")][0] // {}' <<<"$1")
  case $(jq -r '.decision.reason // empty' <<<"$line") in
    '') jq -r '"\(.who // "somebody") asked for it: \(.why // "")"' <<<"$line" ;;
    *) printf '%s; figures: %s' "$(why "$(jq -r .decision.reason <<<"$line")")" "$(jq -c .decision.figures <<<"$line")" ;;
  esac
}

watch_rollout() { # the service decides; this says what
  local standing said='' now state away=0 told=$SECONDS
  trap 'say "interrupted: the rollout goes on by itself. Run this again to watch it, or scripts/rollback.sh to stop it."; exit 130' INT TERM
  while :; do
    if standing=$(log='' api GET /rollout 2>/dev/null); then
      away=0
      now=$(describe "$standing")
      state=$(jq -r .state <<<"$standing")
      if [ "$state" = running ] && { [ "$now" != "$said" ] || [ $((SECONDS - told)) -ge 120 ]; }; then
        say "$now; $(figures "$standing")"
        said=$now told=$SECONDS
      fi
      case $state in
        finished) say "the rollout is finished at $(jq -r .currentPercentage <<<"$standing") %" && done_with && return 0 ;;
        rolled-back) done_with && fail "rolled back: $(ground "$standing")" 3 ;;
        paused | manual) done_with && fail "somebody stopped the plan at $(jq -r .currentPercentage <<<"$standing") %: $(jq -r '.history[0] | "\(.who) \(.action) \(.why)"' <<<"$standing")" 4 ;;
        none) fail "there is no rollout to watch" ;;
      esac
    else
      [ "$away" != 0 ] || say "$url does not answer GET /rollout; the rollout may go on. Asking again."
      away=$((away + 1))
      [ "$away" -lt "${WATCH_MOST_FAILURES:-60}" ] || fail "it has not answered for long. Run this again to watch."
    fi
    sleep "${WATCH_EVERY_SECONDS:-10}"
  done
}

start_rollout() {
  local standing state
  if [ -n "$dry_run" ]; then
    say "would ask: POST $url/rollout/start {\"plan\":\"$plan\"}, unless one is running or finished, and watch it"
    return 0
  fi
  standing=$(api GET /rollout) || fail "the rollout cannot be read"
  state=$(jq -r .state <<<"$standing")
  if [ -z "$restart" ]; then
    case $state in
      running) say "a rollout is under way; it is not begun anew (--restart would)" && return 0 ;;
      finished) say "the rollout is finished already; it is not begun anew (--restart would)" && return 0 ;;
      rolled-back) say "the rollout was rolled back; this release begins it anew" ;;
    esac
  fi
  api POST /rollout/start "{\"plan\":\"$plan\",\"reason\":\"deploy of $(commit | cut -c1-12)\"}" >/dev/null \
    || fail "the rollout could not be started; the release runs, at the old percentage"
  say "asked for the rollout, plan $plan"
}

need curl jq
[ "$plan" = quick ] || [ "$plan" = standard ] || fail "--plan is quick or standard" 2
read_fly_file
[ -n "$dry_run" ] || [ -z "$rollout" ] || need_token
open_log
if [ -n "$watch_only" ]; then
  watch_rollout
  exit
fi
[ -n "$dry_run" ] || need fly
grep -q '^APP_ENV = "production"$' "$config" || fail "$config is not for production"
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || say "note: the working tree differs from the commit"

stage=$(reached)
case $stage in
  started) say "an earlier run of this commit started the rollout: watching it again (--fresh deploys anew)" ;;
  deployed) say "an earlier run deployed this commit: going on with the rollout (--fresh deploys anew)" ;;
  *)
    run fly config validate --config "$config" --app "$app" || fail "$config is not valid"
    backup_database
    run fly deploy --config "$config" --app "$app" "${ha[@]}" || fail "the deploy failed; what ran before runs on. Backup: see above"
    wait_until_ready 300 || fail "the new release is not ready: scripts/rollback.sh --release goes back to the one before"
    reach deployed
    ;;
esac
if [ -z "$rollout" ]; then
  done_with
  say "deployed: $url"
  exit
fi
if [ "$stage" != started ]; then
  start_rollout
  reach started
fi
[ -n "$dry_run" ] || watch_rollout
