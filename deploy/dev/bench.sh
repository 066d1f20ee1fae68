#!/usr/bin/env bash
# bench: Measures Confab beside socket.io with its redis-adapter.
#
# usage: ./dev bench [scenario...] [options]
#   scenarios: M1 fan-out    M2 hot room    M3 two gateways   M4 idle memory  M5 idle CPU
#              M6 reconnects M7 durable ingest M8 latency     M9 history      M10 logins
#              M11 slow readers; all of them when none is named (docs/benchmarks.md explains them)
#   --long           7 pairs of runs of 10 s instead of 3 of 5 s: half an hour instead of 10 minutes
#   --quick          one pair of runs of 1 s, to see that it works; the figures mean nothing
#   --dialect NAME   how the clients talk to Confab: socketio, or plain for /v1/ws (socketio)
#   --bin FOLDER     measures the programs of that folder instead of building
#   --out FILE       where the JSON goes (build/bench/results.json)
#   --update-docs    writes the figures into docs/benchmarks.md and docs/bench.svg
#   --micro          instead: the micro-benchmarks and their instruction counts
#
# Starts a Confab of its own, in release mode, on free ports, in .dev/bench, and stops and deletes it
# at the end. Use the machine for nothing else meanwhile: runs that others disturb are marked.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"
source "$repo/deploy/dev/lib/build.sh"
source "$repo/deploy/dev/lib/npm.sh"
source "$repo/deploy/dev/lib/ports.sh"

preset=release
bin_dir=
micro=
state_dir=$dev_dir/bench
folder=$repo/build/bench
passed=()  # Options and scenarios for the measuring program.

read_options() {
  while (($#)); do
    case $1 in
      M[1-9] | M1[01]) passed+=("$1") ;;
      --long | --quick | --update-docs) passed+=("$1") ;;
      --micro) micro=1 ;;
      --bin)
        bin_dir=$(realpath -m "$(option_value "$@")")
        shift
        ;;
      --out)
        passed+=(--out "$(realpath -m "$(option_value "$@")")")
        shift
        ;;
      --dialect)
        passed+=(--dialect "$(option_value "$@")")
        shift
        ;;
      *) refuse_option "$1" ;;
    esac
    shift
  done
}

need_everything() {
  need_packages "${packages_build[@]}"
  if [[ -n $micro ]]; then
    need_packages "${packages_micro[@]}"
  else
    need_node
  fi
}

build_programs() {
  local targets=("${programs[@]}" confab-load)
  if [[ -n $micro ]]; then targets=(confab-micro); fi
  if [[ -n $bin_dir ]]; then
    detail "taking the programs of $bin_dir"
    return
  fi
  bin_dir=$repo/build/$preset/bin
  if [[ -z $micro && -d $repo/services/ctl ]]; then targets+=(confabctl); fi
  build "$preset" "${targets[@]}"
}

# The load client opens 9,000 sockets, and a gateway as many.
raise_limits() {
  ulimit -n "$(ulimit -Hn)"
  if (($(ulimit -n) < 10000)); then
    die "only $(ulimit -n) open files are allowed, 10000 are needed" "ulimit -Hn 20000 (as root)"
  fi
}

# What ends this script ends everything that it started.
clean_up() {
  local status=$?
  trap - EXIT ERR INT TERM HUP
  set +e
  if [[ -n $measuring ]]; then
    say "stopping what was started"
    kill -s TERM "$measuring" 2>/dev/null
    wait "$measuring" 2>/dev/null
  fi
  drop_system
  exit "$status"
}

drop_system() {
  if [[ ! -d $state_dir ]]; then return 0; fi
  CONFAB_DEV_DIR=$state_dir bash "$repo/deploy/dev/down.sh" --wipe >/dev/null
}

# In the background, because bash takes no signal while it waits for a command.
measure() {
  local status=0
  python3 -B "$repo/tests/load/bench/bench.py" --repo "$repo" --bin "$bin_dir" \
    --state "$state_dir" --folder "$folder" --port-base "$(free_port_base 500)" \
    "${passed[@]}" </dev/null &
  measuring=$!
  wait "$measuring" || status=$?
  measuring=
  if ((status)); then exit "$died"; fi  # It has said why.
}

read_options "$@"
mkdir -p "$dev_dir" "$folder"
exec {bench_lock}>"$folder/lock"
flock -n "$bench_lock" || die "another ./dev bench runs here" "wait for it to end, then run this again"
measuring=
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
step "packages" need_everything
step "build ($preset)" build_programs
if [[ -n $micro ]]; then
  python3 -B "$repo/tests/load/bench/micro.py" --bin "$bin_dir" --folder "$folder" \
    --repo "$repo" "${passed[@]}"
  exit
fi
step "the peer (npm)" npm_install tests/load/peer
raise_limits
drop_system  # Of a run that was killed.
measure
