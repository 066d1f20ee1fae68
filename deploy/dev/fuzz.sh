#!/usr/bin/env bash
# fuzz: Feeds the decoders of what clients send with made-up input, and tells what breaks them.
#
# usage: ./dev fuzz [--seconds 60] [target...]
#   --seconds   for each target; 60 by default
#   targets: engineio_v3 engineio_v4 socketio frames; all of them when none is named
#
# Built by clang with AddressSanitizer and UndefinedBehaviorSanitizer. Starts from the seeds in
# tests/fuzz/corpus and from what earlier runs found worth keeping, in .dev/fuzz. Ends non-zero at the
# first crash, and says how to replay it.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"
source "$repo/deploy/dev/lib/build.sh"

all_targets=(engineio_v3 engineio_v4 socketio frames)
max_bytes=4096  # Of one input.

# run_target <target> <seconds>
run_target() {
  local program=$repo/build/fuzz/bin/fuzz_$1 kept=$dev_dir/fuzz/$1 log
  log=$kept/log
  mkdir -p "$kept/corpus" "$kept/crashes"
  "$program" -max_total_time="$2" -max_len="$max_bytes" -timeout=5 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$kept/crashes/" "$kept/corpus" \
    "$repo/tests/fuzz/corpus/$1" >"$log" 2>&1 &
  follow "$!" "$log" || crashed "$1" "$program" "$log"
  detail "$(sed -n 's/^stat::number_of_executed_units: */inputs: /p' "$log")," \
    "$(grep -c . < <(find "$kept/corpus" -type f)) kept"
}

# follow <pid> <log>: a line of progress now and then; the exit code of the process.
follow() {
  local waited=0
  while kill -0 "$1" 2>/dev/null; do
    sleep 0.5
    waited=$((waited + 1))
    if ((waited % 20 == 0)); then detail "$(grep '^#' "$2" | tail -n 1 || true)"; fi
  done
  wait "$1"
}

# crashed <target> <program> <log>
crashed() {
  local input
  input=$(sed -n 's/.*Test unit written to //p' "$3" | tail -n 1)
  grep -E 'ERROR|SUMMARY|runtime error|^    #[0-9] ' "$3" | head -n 20 >&2 || true
  die "fuzz_$1 broke; all of its output: $3" "replay: $2 ${input:-(no input was written)}"
}

seconds=60
targets=()
while (($#)); do
  case $1 in
    --seconds) seconds=$(option_value "$@") && shift ;;
    *)
      case " ${all_targets[*]} " in
        *" $1 "*) targets+=("$1") ;;
        *) refuse_option "$1" ;;
      esac
      ;;
  esac
  shift
done
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
  die "--seconds must be a whole number above 0" "./dev fuzz --seconds 60"
fi
if ((${#targets[@]} == 0)); then targets=("${all_targets[@]}"); fi
step "packages" need_packages "${packages_build[@]}" "${packages_fuzz[@]}"
step "build" build fuzz "${targets[@]/#/fuzz_}"
for target in "${targets[@]}"; do step "$target" run_target "$target" "$seconds"; done
