# shellcheck shell=bash
# Configuring and building with the CMake presets.

# shellcheck disable=SC2034  # For who sources this file.
programs=(confab-auth confab-message-store confab-gateway confabctl)

# As many compilers as there are processors, but no more than memory allows: one takes up to 1.5 GB.
build_jobs() {
  local by_memory processors
  by_memory=$(awk '/^MemTotal:/ { print int($2 / 1500000) }' /proc/meminfo)
  processors=$(nproc)
  if ((by_memory < 1)); then by_memory=1; fi
  printf '%d' $((by_memory < processors ? by_memory : processors))
}

# build <preset> [<target...>]: all targets when none is named.
build() {
  local preset=$1 folder=$repo/build/$1 lock start
  shift
  mkdir -p "$folder"
  exec {lock}>"$folder/.dev-lock"
  if ! flock -n "$lock"; then
    detail "waiting for another build of build/$preset"
    flock "$lock"
  fi
  if [[ ! -f $folder/build.ninja || $repo/CMakePresets.json -nt $folder/.dev-configured ]]; then
    start=$(now_us)
    (cd "$repo" && cmake --preset "$preset") ||
      die "CMake could not configure build/$preset" "rm -rf build/$preset && ./dev up"
    touch "$folder/.dev-configured"
    detail "configured in $(seconds_since "$start")"
  fi
  cmake --build "$folder" --parallel "$(build_jobs)" ${1:+--target "$@"} ||
    die "the build failed; the first error is above" \
      "cmake --build build/$preset (after correcting the source)"
  exec {lock}>&-
}
