#!/usr/bin/env bash
# fmt: Formats the C++ sources in place.
#
# usage: ./dev fmt [--check]
#   --check   changes nothing, names what is not formatted and fails
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"

# format <clang-format option...>
format() {
  local files
  mapfile -t files < <(sources 'services/*.cpp' 'services/*.hpp' 'tests/*.cpp' 'tests/*.hpp')
  # In a condition, as in check(), a failure alone would not end this function.
  (cd "$repo" && printf '%s\0' "${files[@]}" | xargs -0 -r -n 40 -P "$(nproc)" clang-format-14 "$@") ||
    return
  detail "${#files[@]} files"
}

check() { format --dry-run -Werror || die "not all sources are formatted" "./dev fmt"; }

if ! command -v clang-format-14 >/dev/null; then need_packages "${packages_lint[@]}"; fi
case ${1:-} in
  '')
    step "format" format -i
    ;;
  --check)
    step "format check" check
    ;;
  *) refuse_option "$1" ;;
esac
