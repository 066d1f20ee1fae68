#!/usr/bin/env bash
# status: Shows each process with its pid, its port and whether it is ready.
#
# usage: ./dev status
#
# Ends with 0 when every process is ready, else with 1.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/servers.sh"
source "$repo/deploy/dev/lib/processes.sh"
source "$repo/deploy/dev/lib/system.sh"

state_of() {
  if ! is_alive "$1"; then
    printf 'not running'
  elif is_ready "$1"; then
    printf 'ready'
  else
    printf 'not ready'
  fi
}

if (($#)); then refuse_option "$1"; fi
if [[ ! -f $run_dir/settings ]]; then
  say "nothing runs in $dev_dir; ./dev up starts it"
  exit 1
fi
system_load
all_ready=1
format='%-18s %8s %6s %6s  %s\n'
# shellcheck disable=SC2059  # One format for the heading and the rows.
printf "$format" PROCESS PID PORT ADMIN STATE
for name in $(process_names); do
  state=$(state_of "$name")
  if [[ $state != ready ]]; then all_ready=; fi
  pid=-
  if is_alive "$name"; then pid=$(pid_of "$name"); fi
  admin=$(admin_port_of "$name")
  # shellcheck disable=SC2059
  printf "$format" "$name" "$pid" "$(port_of "$name")" "${admin:--}" "$state"
done
if [[ -z $all_ready ]]; then
  say "./dev up starts what is missing"
  exit 1
fi
