#!/usr/bin/env bash
# chaos: Proves the delivery contract under faults, by a checker (docs/contract.md).
#
# usage: ./dev chaos [options]
#   --list           names the rows of the fault matrix; with --quick those of the quick set
#   --only R1,G1     runs these rows; all of them when none is named
#   --quick          runs the quick set, which ./dev test runs too
#   --for 30m        runs random rows for so long (s, m, h)
#   --seed S         draws the same operations and rows again
#   --bin FOLDER     runs the programs of that folder instead of building; of a sanitizer's build
#                    (--bin build/asan/bin) whatever it reports fails the row
#   --old REVISION   upgrades from that revision of this repository in the row X2; its programs are
#                    built as these are, in build/chaos-old
#   --old-bin FOLDER the same with programs that are there
#   --out FOLDER     where report.json and what is kept of failures goes (build/chaos)
#
# Starts PostgreSQL, Redis and all services of its own, on free ports, as root in a network namespace of
# its own, in a folder of its own in /var/tmp, and deletes it at the end. A row that this machine cannot
# run, or that lacks something, is skipped and says why. The rows F1 to F5 have programs with failpoints,
# which are built beside the others where those rows are to run. Ends non-zero when a row failed; its
# history and logs are kept.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"
source "$repo/deploy/dev/lib/build.sh"
source "$repo/deploy/dev/lib/npm.sh"

preset=release
bin_dir=
out=$repo/build/chaos
passed=()  # Options for the laboratory.
lists=
only=
quick=
old_revision=
old_bin=
service_programs=(confab-auth confab-message-store confab-gateway)
failpoint_programs=(confab-gateway-failpoints confab-message-store-failpoints)

read_options() {
  while (($#)); do
    case $1 in
      --list)
        lists=1
        passed+=("$1")
        ;;
      --quick)
        quick=1
        passed+=("$1")
        ;;
      --only | --for | --seed)
        passed+=("$1" "$(option_value "$@")")
        if [[ $1 == --only ]]; then only=$2; fi
        shift
        ;;
      --old)
        old_revision=$(option_value "$@")
        shift
        ;;
      --old-bin)
        old_bin=$(realpath -m "$(option_value "$@")")
        shift
        ;;
      --bin)
        bin_dir=$(realpath -m "$(option_value "$@")")
        shift
        ;;
      --out)
        out=$(realpath -m "$(option_value "$@")")
        shift
        ;;
      *) refuse_option "$1" ;;
    esac
    shift
  done
}

need_everything() {
  need_packages "${packages_build[@]}" "${packages_chaos[@]}"
  need_node
  npm_install tests/chaos
}

# Whether the rows F1 and so on, which have programs of their own, are among those to run.
needs_failpoints() {
  [[ -z $quick && (-z $only || ,${only^^} =~ ,[[:space:]]*F) ]]
}

# Builds the services of $old_revision from its own sources, by its own preset of this name; sets old_bin.
build_old() {
  local revision folder
  revision=$(git -C "$repo" rev-parse --verify --quiet "$old_revision^{commit}") ||
    die "there is no revision $old_revision" "git log --oneline"
  folder=$repo/build/chaos-old/${revision:0:12}
  if [[ ! -f $folder/CMakePresets.json ]]; then
    rm -rf "$folder.part"
    mkdir -p "$folder.part"
    git -C "$repo" archive "$revision" | tar -x -C "$folder.part"
    mv "$folder.part" "$folder"
  fi
  old_bin=$folder/build/$preset/bin
  local repo=$folder  # Where build() builds.
  build "$preset" "${service_programs[@]}"
}

build_programs() {
  if [[ -n $bin_dir ]]; then
    detail "taking the programs of $bin_dir"
  else
    bin_dir=$repo/build/$preset/bin
    build "$preset" "${programs[@]}"
    if needs_failpoints; then build "$preset" "${failpoint_programs[@]}"; fi
  fi
}

# Puts the laboratory into a network namespace of its own, where it may drop packets; or tells it, by
# CONFAB_CHAOS_NAMESPACE, why it has none; "own" if it has.
enter_namespace() {
  local reason
  if ((EUID != 0)); then
    reason="a network namespace needs root"
  elif reason=$(unshare --net -- sh -c "ip link set lo up && nft list ruleset" 2>&1); then
    # shellcheck disable=SC2016  # The inner shell's arguments.
    laboratory=(unshare --net -- sh -c 'ip link set lo up && exec "$@"' laboratory "${laboratory[@]}")
    reason=own
  else
    reason="no network namespace with nftables: ${reason##*$'\n'}"
  fi
  export CONFAB_CHAOS_NAMESPACE=$reason
}

read_options "$@"
mkdir -p "$dev_dir"
if [[ -z $lists ]]; then
  step "packages" need_everything
  step "build ($preset)" build_programs
  if [[ -n $old_revision ]]; then step "build of $old_revision ($preset)" build_old; fi
  if [[ -n $old_bin ]]; then passed+=(--old-bin "$old_bin"); fi
elif [[ ! -d $repo/tests/chaos/node_modules ]]; then
  step "packages" need_everything
fi
laboratory=(node "$repo/tests/chaos/run.js" --bin "$bin_dir" --out "$out" "${passed[@]}")
enter_namespace
exec "${laboratory[@]}"
