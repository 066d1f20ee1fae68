#!/usr/bin/env bash
# lint: Checks format, scripts, layer rules and C++ style.
#
# usage: ./dev lint [check...] [--tidy-all]
#   checks: format scripts architecture tidy; all of them when none is named
#   --tidy-all   clang-tidy over every C++ source, which takes long; else over common/base and the
#                domain/ folders, the heart of the services
#
# clang-tidy needs a configured build/release; without one it is skipped and says so.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"

check_scripts() {
  local files
  # What deploy/dev/lib/ holds is checked as part of the commands that use it.
  mapfile -t files < <(sources 'dev' '.ci/run' '*.sh' | grep -v '^deploy/dev/lib/')
  (cd "$repo" && printf '%s\0' "${files[@]}" |
    xargs -0 -n 4 -P "$(nproc)" shellcheck -x -a -P SCRIPTDIR) ||
    die "shellcheck found the above" "correct the lines it names, then ./dev lint"
  detail "${#files[@]} scripts"
}

check_architecture() {
  python3 "$repo/tests/architecture/check_test.py" --quiet
  python3 "$repo/tests/architecture/check.py" "$repo" ||
    die "the tree breaks its own rules" "follow the advice of each line, then ./dev lint"
}

tidy() {
  local build=$repo/build/release files
  if [[ ! -f $build/compile_commands.json ]]; then
    detail "skipped: build/release is not configured (./dev up does it)"
    return
  fi
  mapfile -t files < <(sources "$@")
  python3 "$repo/deploy/dev/lib/tidy_commands.py" "$build" "$repo/build/tidy"
  (cd "$repo" && printf '%s\0' "${files[@]}" |
    xargs -0 -r -n 1 -P "$(nproc)" clang-tidy-14 -p build/tidy --quiet \
      2> >(sed '/warnings generated/d' >&2)) ||
    die "clang-tidy found the above" "correct the lines it names, then ./dev lint"
  detail "${#files[@]} sources"
}

run_check() {
  case $1 in
    format) bash "$repo/deploy/dev/fmt.sh" --check ;;
    scripts) step "scripts (shellcheck)" check_scripts ;;
    architecture) step "architecture" check_architecture ;;
    tidy) step "C++ style (clang-tidy)" tidy "${tidy_patterns[@]}" ;;
  esac
}

tidy_patterns=('services/common/base/*.cpp' 'services/*/domain/*.cpp')
checks=()
for argument in "$@"; do
  case $argument in
    format | scripts | architecture | tidy) checks+=("$argument") ;;
    --tidy-all) tidy_patterns=('services/*.cpp') ;;
    *) refuse_option "$argument" ;;
  esac
done
if ((${#checks[@]} == 0)); then checks=(format scripts architecture tidy); fi
step "packages" need_packages "${packages_lint[@]}"
for check in "${checks[@]}"; do run_check "$check"; done
