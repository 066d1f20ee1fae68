#!/usr/bin/env bash
# down: Stops everything ./dev up started.
#
# usage: ./dev down [--wipe]
#   --wipe   deletes the data and the logs too
#
# Works on the system in .dev, or in the folder that CONFAB_DEV_DIR names.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/servers.sh"
source "$repo/deploy/dev/lib/processes.sh"
source "$repo/deploy/dev/lib/system.sh"

stop_kind() {
  local name names=() entries=()
  for name in $(written_names); do
    if [[ $name == "$1"* ]]; then names+=("$name"); fi
  done
  mapfile -t entries < <(marked_processes | grep " $1" || true)
  if ((${#entries[@]})); then
    detail "stopping $(printf '%s\n' "${entries[@]#* }" | sort -V | paste -sd ' ')"
    stop_pids "${entries[@]}"
  fi
  # Those whose marks another user's ./dev down could not read.
  if ((${#names[@]})); then stop_processes "${names[@]}"; fi
}

# Clients before what they use, so that nobody logs a lost server.
stop_everything() {
  local kind
  for kind in gateway message-store auth redis postgres; do stop_kind "$kind"; done
  if marked_processes | grep -q .; then die "not everything ended" "./dev down"; fi
  rm -f "$run_dir/settings" "$dev_dir/env"
}

# Only what ./dev up makes, in case the folder holds more.
wipe() {
  rm -rf "$servers_dir/postgres" "$servers_dir/redis" "$sockets" "$logs_dir" "$pids_dir" "$run_dir"
  if [[ $servers_dir != "$dev_dir" ]]; then rmdir --ignore-fail-on-non-empty "$servers_dir"; fi
  rmdir --ignore-fail-on-non-empty "$dev_dir"
}

wipe_wanted=
case ${1:-} in
  --wipe) wipe_wanted=1 ;;
  ?*) refuse_option "$1" ;;
esac
if [[ ! -d $run_dir ]]; then
  say "nothing to stop in $dev_dir"
  exit
fi
take_lock
system_load
step "stopping" stop_everything
if [[ -n $wipe_wanted ]]; then step "deleting the data" wipe; fi
