# shellcheck shell=bash
# What deploy-staging.sh, deploy-production.sh and rollback.sh share: the log, the call of an admin route, the wait for a
# release to be ready, the backup before it. Sourced, never run.

# Logs, backups and how far a run came; git leaves it out.
deploy_dir=${DEPLOY_DIR:-.deploy}

# Shows no token on a command line.
api() { # METHOD PATH [BODY] -> the answer's body; fails for anything but 2xx, and says what was answered
  local method=$1 path=$2 body=${3:-} answer status
  answer=$(
    {
      printf 'header = "Authorization: Bearer %s"\n' "${ADMIN_TOKEN:-}"
      [ -z "$body" ] || printf 'header = "Content-Type: application/json"\n'
    } | curl --config - --silent --show-error --max-time 20 --request "$method" ${body:+--data "$body"} \
      --write-out '\n%{http_code}' "$url$path" 2>&1
  ) || { complain "$method $path: $answer"; return 1; }
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [ "${status:0:1}" != 2 ]; then
    complain "$method $path answered $status: $(jq -r '.message // .' <<<"$answer" 2>/dev/null || printf '%s' "$answer")"
    return 1
  fi
  printf '%s' "$answer"
}

# Every line goes to the log as well, with the time.
say() { line "$*"; }
complain() { line "$*" >&2; }
line() {
  printf '%s\n' "$1"
  [ -z "${log:-}" ] || printf '%s %s\n' "$(date -u +%FT%TZ)" "$1" >>"$log"
}
fail() { complain "${0##*/}: $1"; exit "${2:-1}"; }

# Runs a command, its output in the log too; under --dry-run it only says what it would run.
run() {
  if [ -n "${dry_run:-}" ]; then
    say "would run: $*"
    return 0
  fi
  say "+ $*"
  if [ -z "${log:-}" ]; then "$@"; else "$@" 2>&1 | tee -a "$log"; fi
}

open_log() { # opens the log of a run: $log if it was given, else a new one under .deploy
  [ -z "${dry_run:-}" ] || { log=; return 0; }
  [ -n "${log:-}" ] || log=$deploy_dir/logs/${0##*/}-$app-$(date -u +%Y%m%dT%H%M%SZ).log
  mkdir -p "$(dirname "$log")"
  printf 'log: %s\n' "$log"
}

need() { # the programs that a script calls
  local tool
  for tool in "$@"; do command -v "$tool" >/dev/null || fail "$tool is not installed"; done
}

read_fly_file() { # sets app and url from $config, where they were not given, and engine and ha (flags of fly deploy)
  [ -f "${config:?}" ] || fail "there is no file $config"
  [ -n "${app:-}" ] || app=$(sed -n 's/^app = "\(.*\)"$/\1/p' "$config")
  [ -n "$app" ] || fail "$config names no app"
  url=${url:-https://$app.fly.dev}
  url=${url%/}
  # One machine with one volume must stay one; machines that share PostgreSQL are as many as there were.
  # shellcheck disable=SC2034 # the scripts that source this use ha
  if grep -q '^\[\[mounts\]\]' "$config"; then engine=sqlite ha=(--ha=false); else engine=postgres ha=(); fi
}

need_token() {
  [ -n "${ADMIN_TOKEN:-}" ] || fail "set ADMIN_TOKEN to the service's admin token (fly secrets; it is never written down here)"
}

wait_until_ready() { # SECONDS: until /ready answers 200 with a database behind it
  local deadline=$((SECONDS + $1)) answer=
  [ -z "${dry_run:-}" ] || { say "would wait until $url/ready answers 200 and the database is up"; return 0; }
  while [ "$SECONDS" -lt "$deadline" ]; do
    if answer=$(curl --silent --fail --max-time 5 "$url/ready") \
      && jq -e '.status == "ready" and (.degraded | index("database") | not)' <<<"$answer" >/dev/null; then
      say "ready: $answer"
      return 0
    fi
    sleep "${READY_EVERY_SECONDS:-2}"
  done
  complain "$url/ready did not get well within $1 s; last answer: ${answer:-none}"
  return 1
}

# A copy of the database as it was before the release, on this machine, checked. It holds user ids: keep it as you would
# the database.
backup_database() {
  local stamp target
  stamp=$(date -u +%Y%m%dT%H%M%SZ)
  target=$deploy_dir/backups/$app-$stamp
  if [ -z "${dry_run:-}" ]; then mkdir -p "$(dirname "$target")" && chmod 700 "$(dirname "$target")"; fi
  case $engine in
    sqlite) backup_sqlite "$target.db" "/data/backup-$stamp.db" ;;
    postgres) backup_postgres "$target.dump" ;;
  esac
}

backup_sqlite() { # HERE THERE
  local machines
  if [ -z "${dry_run:-}" ]; then
    machines=$(fly machine list --app "$app" --json) || fail "fly machine list failed: no backup, no deploy"
    if [ "$(jq length <<<"$machines")" = 0 ]; then
      say "no backup: the app has no machine yet"
      return 0
    fi
  fi
  run fly ssh console --app "$app" --command "koalens backup $2" || fail "the backup failed: no deploy"
  run fly ssh sftp get "$2" "$1" --app "$app" || fail "the backup could not be fetched: no deploy"
  run fly ssh console --app "$app" --command "rm $2" || say "the copy on the machine is still there: $2"
  [ -z "${dry_run:-}" ] || return 0
  chmod 600 "$1"
  [ "$(head -c 15 "$1")" = "SQLite format 3" ] || fail "$1 is no SQLite file: no deploy"
  say "backup: $1 ($(wc -c <"$1") bytes)"
}

backup_postgres() { # HERE
  if [ -z "${BACKUP_DATABASE_URL:-}" ]; then
    [ -n "${no_backup:-}" ] || fail "set BACKUP_DATABASE_URL to a postgres:// that this machine reaches (fly proxy), or say --no-backup"
    say "NO BACKUP: --no-backup"
    return 0
  fi
  if [ -n "${dry_run:-}" ]; then
    say "would run: pg_dump --format=custom --file $1 (of BACKUP_DATABASE_URL)"
    return 0
  fi
  need pg_dump pg_restore
  (umask 077 && PGOPTIONS=-cstatement_timeout=0 pg_dump --format=custom --no-owner --no-privileges --file "$1" \
    --dbname "$BACKUP_DATABASE_URL") || fail "the backup failed: no deploy"
  pg_restore --list "$1" >/dev/null || fail "$1 is no archive that pg_restore reads: no deploy"
  say "backup: $1 ($(wc -c <"$1") bytes)"
}
