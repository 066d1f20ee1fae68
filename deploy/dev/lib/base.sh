# shellcheck shell=bash
# Sourced first by every command: where things are, how steps are told, how a command fails.
set -Eeuo pipefail

repo=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
dev_dir=$(realpath -m "${CONFAB_DEV_DIR:-$repo/.dev}")  # State of one system: data, logs, pids.
pids_dir=$dev_dir/pids
logs_dir=$dev_dir/logs
run_dir=$dev_dir/run  # What each process was started with, the lock, the settings.
export repo dev_dir pids_dir logs_dir run_dir

say() { printf '%s\n' "$*"; }
detail() { printf '    %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

died=99  # The exit code of a failure that was explained.

# die <what went wrong> [<command that fixes it>]
die() {
  trap - ERR
  printf 'error: %s\n' "$1" >&2
  if [[ -n ${2:-} ]]; then printf 'fix:   %s\n' "$2" >&2; fi
  exit "$died"
}

report_unforeseen() {
  local status=$?
  if ((status == died)); then exit "$died"; fi
  printf 'error: %s:%s failed with exit code %s: %s\n' \
    "${BASH_SOURCE[1]#"$repo"/}" "${BASH_LINENO[0]}" "$status" "$BASH_COMMAND" >&2
  printf 'fix:   see the lines above; bash -x %s shows every step\n' "${0#"$repo"/}" >&2
  trap - ERR
}
trap report_unforeseen ERR

now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# seconds_since <microseconds>: with one decimal
seconds_since() {
  local tenths=$((($(now_us) - $1) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# step <title> <command...>: says what is done and how long it took.
step() {
  local title=$1 start
  shift
  start=$(now_us)
  say "==> $title"
  "$@"
  detail "done in $(seconds_since "$start")"
}

# option_value <option> <value...>: the value, or the end of the command when it is missing.
option_value() {
  if (($# < 2)); then die "$1 needs a value" "./dev $(basename "$0" .sh) --help"; fi
  printf '%s' "$2"
}

refuse_option() { die "unknown argument: $1" "./dev $(basename "$0" .sh) --help"; }

# The sources git knows or would add, relative to the repository, that match the patterns.
sources() {
  if git -c safe.directory="$repo" -C "$repo" rev-parse --git-dir >/dev/null 2>&1; then
    git -c safe.directory="$repo" -C "$repo" ls-files -co --exclude-standard -- "$@"
  else
    local names=() pattern
    for pattern in "$@"; do names+=(-o -name "${pattern##*/}"); done
    (cd "$repo" && find . \( -name node_modules -o -path ./build -o -path ./.dev \) -prune \
      -o -type f \( "${names[@]:1}" \) -print | sed 's|^\./||')
  fi | while read -r file; do
    if [[ -f $repo/$file ]]; then printf '%s\n' "$file"; fi
  done | sort -u
}
