#!/usr/bin/env bash
# test: Builds and runs everything CI runs: format, lint, unit, integration and client tests, faults.
#
# usage: ./dev test [--preset NAME] [stage...]
#   --preset   the CMake preset whose programs are tested (release). With asan or tsan, what a
#              sanitizer finds in a program is a failure, too
#   stages, in this order: packages build format lint helm unit conformance clients chaos
#
# Without stages all of them run, under a sanitizer those that run programs; one that lacks what it
# needs is skipped and says so. Ends non-zero at the first that fails, and leaves nothing running: the
# tests have servers of their own, on free ports, beside what ./dev up may have started.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"
source "$repo/deploy/dev/lib/build.sh"
source "$repo/deploy/dev/lib/npm.sh"
source "$repo/deploy/dev/lib/python.sh"
source "$repo/deploy/dev/lib/ports.sh"
source "$repo/deploy/dev/lib/helm.sh"

all_stages=(packages build format lint helm unit conformance clients chaos)
sanitizer_stages=(packages build unit conformance clients)
skipped=77  # The exit code of a stage that did not run.
preset=release
test_jobs=2
system_dir=$dev_dir/test  # The state folder of the system that the client tests talk to.

stage_packages() {
  need_packages "${packages_build[@]}" "${packages_lint[@]}" "${packages_clients[@]}" "${packages_chaos[@]}"
  need_node
}

stage_build() { build "$preset"; }

stage_format() { bash "$repo/deploy/dev/lint.sh" format; }

stage_lint() { bash "$repo/deploy/dev/lint.sh" scripts architecture tidy; }

# Debian's Python: the one that has python3-yaml.
stage_helm() {
  if ! find_helm; then skip "$helm_missing"; fi
  CONFAB_HELM=$helm_program CONFAB_BIN_DIR=$repo/build/$preset/bin \
    /usr/bin/python3 -m unittest discover -s "$repo/tests/helm" -p '*_test.py' ||
    die "the tests of the chart failed" "./dev test helm"
}

# Unit tests, and the integration tests of adapters against real servers.
stage_unit() {
  bash "$repo/deploy/dev/with-servers.sh" \
    ctest --test-dir "$repo/build/$preset" -j "$test_jobs" --output-on-failure --no-tests=error ||
    die "unit or integration tests failed" \
      "./dev with-servers ctest --test-dir build/$preset --rerun-failed --output-on-failure"
}

stage_conformance() {
  # Without the browser its tests are skipped, and say so.
  if ! (need_packages "${packages_browser[@]}"); then say "no browser: its tests are skipped"; fi
  npm_tests tests/conformance
}

stage_clients() {
  skip_without tests/clients/package.json
  # Two event loops in each gateway, so that sessions and their requests meet in all ways.
  export CONFAB_GATEWAY_LOOPS=2
  # The index may take all its time: on a busy machine a tenth of it lasts long for tests that wait.
  export CONFAB_MESSAGE_STORE_SEARCH_INDEX_PERCENT=100
  # So that a test sees within seconds who has gone.
  export CONFAB_GATEWAY_PRESENCE_REFRESH=2s
  need_packages "${packages_clients[@]}"
  newest_python_socketio
  CONFAB_DEV_DIR=$system_dir bash "$repo/deploy/dev/up.sh" --gateways 2 --preset "$preset" \
    --port-base "$(free_port_base 500)"
  # shellcheck source=/dev/null
  source "$system_dir/env"
  export CONFAB_DEV_DIR=$system_dir
  npm_tests tests/clients
  python3 -B "$repo/tests/load/bench/smoke.py" "$repo/build/$preset/bin/confab-load" ||
    die "the load client lost messages, or could not be served" "./dev test clients"
  no_reports
}

# Of a sanitizer, in what the system under test has written. A program goes on after some of them.
no_reports() {
  local report='WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|: runtime error: '
  if ! grep -qE "$report" "$system_dir"/logs/*.log; then return; fi
  grep -hE -A 40 "$report" "$system_dir"/logs/*.log | head -n 120 >&2
  die "a sanitizer found faults; the first are above" "./dev test --preset $preset clients"
}

# The checker's own tests, then the quick set of faults.
stage_chaos() {
  npm_tests tests/chaos
  bash "$repo/deploy/dev/chaos.sh" --quick --bin "$repo/build/$preset/bin" ||
    die "a promise did not hold under a fault; the lines above tell which" "./dev chaos --quick"
}

# npm_tests <folder>: installs what it needs and runs its tests.
npm_tests() {
  local folder=$repo/$1
  skip_without "$1/package.json"
  npm_install "$1"
  (cd "$folder" && CONFAB_BIN_DIR=$repo/build/$preset/bin npm test --silent) ||
    die "the tests of $1 failed" "./dev test ${1##*/}"
}

# skip <why>: ends the stage.
skip() {
  say "skipped: $1"
  exit "$skipped"
}

skip_without() {
  if [[ ! -f $repo/$1 ]]; then skip "there is no $1"; fi
}

# run_stage <stage>: in a process group of its own, of which nothing is left afterwards. Sets
# stage_status; as a condition of an `if` it would lose the stage's own `set -e`.
run_stage() {
  stage_status=0
  set -m
  ("stage_$1") </dev/null &
  group=$!
  set +m
  wait "$group" || stage_status=$?
  end_group
}

end_group() {
  if [[ -z $group ]]; then return 0; fi
  kill -s TERM -- "-$group" 2>/dev/null || true
  for _ in {1..100}; do
    if ! kill -0 -- "-$group" 2>/dev/null; then break; fi
    sleep 0.05
  done
  kill -s KILL -- "-$group" 2>/dev/null || true
  group=
}

# What ends this script ends the stage and the system under test.
clean_up() {
  local status=$?
  trap - EXIT ERR INT TERM HUP
  set +e
  end_group
  drop_system
  exit "$status"
}

drop_system() {
  if [[ ! -d $system_dir ]]; then return 0; fi
  CONFAB_DEV_DIR=$system_dir bash "$repo/deploy/dev/down.sh" --wipe >/dev/null
}

keep_logs() {
  if [[ ! -d $system_dir/logs ]]; then return; fi
  rm -rf "$logs_dir/failed-test"
  mkdir -p "$logs_dir"
  cp -r "$system_dir/logs" "$logs_dir/failed-test"
  say "the logs of the system under test are in $logs_dir/failed-test"
}

# summary lines: stage|result|time
results=()
print_summary() {
  local line stage result time
  say ""
  printf '%-13s %-7s %s\n' STAGE RESULT TIME
  for line in "${results[@]}"; do
    IFS='|' read -r stage result time <<<"$line"
    printf '%-13s %-7s %s\n' "$stage" "$result" "$time"
  done
  printf '%-13s %-7s %s\n' total "" "$(seconds_since "$test_start")"
}

run_stages() {
  local stage start
  for stage in "$@"; do
    start=$(now_us)
    say ""
    say "######## $stage"
    run_stage "$stage"
    if ((stage_status == 0)); then
      results+=("$stage|passed|$(seconds_since "$start")")
      continue
    elif ((stage_status == skipped)); then
      results+=("$stage|skipped|$(seconds_since "$start")")
      continue
    fi
    results+=("$stage|FAILED|$(seconds_since "$start")")
    keep_logs
    print_summary
    die "stage $stage failed" "./dev test $stage"
  done
  print_summary
}

known_stages() {
  local stage
  for stage in "$@"; do
    case " ${all_stages[*]} " in
      *" $stage "*) ;;
      *) refuse_option "$stage" ;;
    esac
  done
}

stages=()
while (($#)); do
  case $1 in
    --preset)
      preset=$(option_value "$@")
      shift
      ;;
    *) stages+=("$1") ;;
  esac
  shift
done
if ((${#stages[@]} == 0)); then
  case $preset in
    asan | tsan) stages=("${sanitizer_stages[@]}") ;;
    *) stages=("${all_stages[@]}") ;;
  esac
fi
known_stages "${stages[@]}"
test_start=$(now_us)
group=
mkdir -p "$dev_dir"
exec {test_lock}>"$dev_dir/test-lock"
flock -n "$test_lock" ||
  die "another ./dev test works on $dev_dir" "wait for it to end, then run this again"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
drop_system  # Of a run that was killed.
run_stages "${stages[@]}"
