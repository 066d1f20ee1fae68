# shellcheck shell=bash
# Processes that outlive the script: starting, recognising and stopping them. Each carries two marks
# in its environment, the state folder it belongs to and its name, so that it is never mistaken for
# another that got the same pid, and is found even when its pid was never written down.

stop_seconds=15  # For a clean end; after it a process is killed.

# launch <name> <command...>: in a session of its own, with its output in logs/<name>.log.
launch() {
  local name=$1
  shift
  rotate_log "$name"
  (
    close_inherited_files
    exec env "CONFAB_DEV_OWNER=$dev_dir" "CONFAB_DEV_NAME=$name" setsid "$@" \
      </dev/null >>"$logs_dir/$name.log" 2>&1
  ) &
  printf '%d\n' "$!" >"$pids_dir/$name"
}

# Of the pipes and locks of whoever called the script a server must hold none open.
close_inherited_files() {
  local file
  for file in /proc/self/fd/*; do
    file=${file##*/}
    if ((file > 2 && file != 255)); then eval "exec $file>&-"; fi
  done
}

# Notes where this run's lines begin; a log of more than 64 MB is put aside first.
rotate_log() {
  local log=$logs_dir/$1.log size
  size=$(stat -c %s "$log" 2>/dev/null || printf 0)
  if ((size > 64000000)); then
    mv "$log" "$log.old"
    size=0
  fi
  printf '%d' "$size" >"$run_dir/$1.log-start"
}

# last_lines <name> <count>: of the log of its present run.
last_lines() {
  local start
  start=$(cat "$run_dir/$1.log-start" 2>/dev/null || printf 0)
  tail -c "+$((start + 1))" "$logs_dir/$1.log" 2>/dev/null | tail -n "$2"
}

pid_of() { cat "$pids_dir/$1" 2>/dev/null || true; }

# is_running <pid>: and not a zombie.
is_running() {
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  [[ ${line:0:1} != [ZX] ]]
}

# is_ours <pid> <name>: by its marks; where those are another user's and unreadable, the pid is
# taken for enough.
is_ours() {
  local environment=/proc/$1/environ
  if [[ ! -r $environment ]]; then return; fi
  grep -qzxF "CONFAB_DEV_OWNER=$dev_dir" "$environment" &&
    grep -qzxF "CONFAB_DEV_NAME=$2" "$environment"
}

is_alive() {
  local pid
  pid=$(pid_of "$1")
  [[ -n $pid ]] && is_running "$pid" && is_ours "$pid" "$1"
}

# One line "<pid> <name>" for each process of this system, whether it was written down or not. A
# process that such a one forked is its own business.
marked_processes() {
  local file pid entry
  local -A marked=()
  while read -r file; do
    pid=${file//[^0-9]/}
    marked[$pid]=$({ tr '\0' '\n' <"$file" | sed -n 's/^CONFAB_DEV_NAME=//p'; } 2>/dev/null || true)
  done < <(grep -lzxF "CONFAB_DEV_OWNER=$dev_dir" /proc/[0-9]*/environ 2>/dev/null || true)
  for pid in "${!marked[@]}"; do
    entry=${marked[$(parent_of "$pid")]:-}
    if [[ $entry != "${marked[$pid]}" ]] && is_running "$pid"; then
      printf '%d %s\n' "$pid" "${marked[$pid]}"
    fi
  done
}

parent_of() { sed -n 's/^PPid:[^0-9]*//p' "/proc/$1/status" 2>/dev/null || printf 0; }

# PostgreSQL takes SIGINT for "end now, cleanly"; SIGTERM would wait for its clients.
stop_signal() { if [[ $1 == postgres ]]; then printf INT; else printf TERM; fi; }

# wait_gone <seconds> <pid...>
wait_gone() {
  local deadline=$(($(now_us) + $1 * 1000000)) pid
  shift
  for pid in "$@"; do
    while is_running "$pid"; do
      if (($(now_us) > deadline)); then return 1; fi
      sleep 0.02
    done
  done
}

# stop_pids "<pid> <name>"...: together; whoever does not end in time is killed, which is told.
stop_pids() {
  local entry pid name pids=()
  for entry in "$@"; do
    read -r pid name <<<"$entry"
    kill -s "$(stop_signal "$name")" "$pid" 2>/dev/null || true
    pids+=("$pid")
  done
  if wait_gone "$stop_seconds" "${pids[@]}"; then return; fi
  for entry in "$@"; do
    read -r pid name <<<"$entry"
    if ! is_running "$pid"; then continue; fi
    warn "$name (pid $pid) did not end within $stop_seconds s and is killed; ./dev logs $name"
    kill -s KILL "$pid" 2>/dev/null || true
  done
  wait_gone 5 "${pids[@]}" ||
    die "a killed process does not go away: pids ${pids[*]}" "ps -fp ${pids[*]}"
}

# stop_processes <name...>: those that run, and forgets their pids.
stop_processes() {
  local name entries=()
  for name in "$@"; do
    if is_alive "$name"; then entries+=("$(pid_of "$name") $name"); fi
  done
  if ((${#entries[@]})); then stop_pids "${entries[@]}"; fi
  for name in "$@"; do rm -f "$pids_dir/$name" "$run_dir/$name.spec"; done
}
