# shellcheck shell=bash
# One Confab system of a state folder: its shape, its ports, and the command line of each process.
# The port base P gives every port: gateway i listens on P+i-1 (admin P+200+i, between gateways
# P+250+i), PostgreSQL on P+100, Redis on P+101, auth on P+110 (admin P+111), message-store i on
# P+120+2i (admin P+121+2i).

# The shape; system_load reads what this state folder's system was started with.
gateways=2
message_stores=1
port_base=8080
preset=release
bin_dir=

system_load() {
  if [[ -f $run_dir/settings ]]; then
    # shellcheck source=/dev/null
    source "$run_dir/settings"
  fi
  servers_dir=$dev_dir
  if [[ -f $run_dir/data-root ]]; then servers_dir=$(<"$run_dir/data-root"); fi
  sockets=$(socket_folder "$dev_dir")
  password=
  if [[ -f $run_dir/password ]]; then password=$(<"$run_dir/password"); fi
}

system_save() {
  printf 'gateways=%d message_stores=%d port_base=%d preset=%q bin_dir=%q\n' "$gateways" \
    "$message_stores" "$port_base" "$preset" "$bin_dir" >"$run_dir/settings"
}

# The names of the system's processes, in the order they are started.
service_names() {
  local i
  printf 'auth\n'
  for ((i = 1; i <= message_stores; i++)); do printf 'message-store-%d\n' "$i"; done
  for ((i = 1; i <= gateways; i++)); do printf 'gateway-%d\n' "$i"; done
}

process_names() {
  printf 'postgres\nredis\n'
  service_names
}

# The names with a pid file, in the order they are stopped: clients before what they use.
written_names() {
  local kind file
  for kind in gateway message-store auth redis postgres; do
    for file in "$pids_dir/$kind" "$pids_dir/$kind"-*; do
      if [[ -f $file ]]; then printf '%s\n' "${file##*/}"; fi
    done
  done
}

# port_of <name>: where its clients connect.
port_of() {
  local number=${1##*-}
  case $1 in
    postgres) printf '%d' $((port_base + 100)) ;;
    redis) printf '%d' $((port_base + 101)) ;;
    auth) printf '%d' $((port_base + 110)) ;;
    message-store-*) printf '%d' $((port_base + 120 + 2 * number)) ;;
    gateway-*) printf '%d' $((port_base + number - 1)) ;;
  esac
}

# admin_port_of <name>: of a service.
admin_port_of() {
  local number=${1##*-}
  case $1 in
    auth) printf '%d' $((port_base + 111)) ;;
    message-store-*) printf '%d' $((port_base + 121 + 2 * number)) ;;
    gateway-*) printf '%d' $((port_base + 200 + number)) ;;
  esac
}

rpc_port_of() { printf '%d' $((port_base + 250 + ${1##*-})); }

ports_of() {
  port_of "$1"
  printf '\n'
  admin_port_of "$1"
  printf '\n'
  if [[ $1 == gateway-* ]]; then rpc_port_of "$1"; fi
}

program_of() { printf '%s/confab-%s' "$bin_dir" "$(service_of "$1")"; }

# service_of <name>: message-store-2 -> message-store
service_of() { printf '%s' "${1%-[0-9]*}"; }

database_url() { postgres_url confab "$password" "$(port_of postgres)" confab; }
redis_url() { printf 'redis://127.0.0.1:%d' "$(port_of redis)"; }

message_store_addresses() {
  local i list=()
  for ((i = 1; i <= message_stores; i++)); do
    list+=("127.0.0.1:$(port_of "message-store-$i")")
  done
  (IFS=,; printf '%s' "${list[*]}")
}

# What holds a gateway's clients to their share, beyond all need here: tests, benchmarks and load
# clients are few users from one machine who do in seconds what people do in days.
gateway_limits=(
  RATE_COMMANDS=0 RATE_SENDS=0 RATE_ROOM_SENDS=0 RATE_ROOM=0 RATE_CHANGES=0 RATE_PAGES=0
  RATE_SEARCHES=0 RATE_CREATES=0 RATE_SETTINGS=0 RATE_REFUSALS=0 MAX_CONNECTIONS_PER_USER=0
)

# So that a restart takes a moment: nobody in front of them has to notice.
gateway_ending=(DRAIN_DELAY=0s DRAIN_WINDOW=1s)

# settings_of <name>: its configuration, one NAME=value a line.
settings_of() {
  local prefix
  prefix=CONFAB_$(service_of "$1" | tr 'a-z-' 'A-Z_')
  printf '%s=127.0.0.1:%d\n' "${prefix}_LISTEN" "$(port_of "$1")"
  printf '%s=127.0.0.1:%d\n' "${prefix}_ADMIN_LISTEN" "$(admin_port_of "$1")"
  case $1 in
    auth | message-store-*)
      printf '%s=%s\n' "${prefix}_DATABASE_URL" "$(database_url)"
      printf '%s=true\n' "${prefix}_PROVISIONING"
      ;;&
    message-store-* | gateway-*) printf '%s=%s\n' "${prefix}_REDIS_URLS" "$(redis_url)" ;;&
    gateway-*)
      printf '%s=127.0.0.1:%d\n' "${prefix}_RPC_LISTEN" "$(rpc_port_of "$1")"
      printf '%s=127.0.0.1:%d\n' "${prefix}_AUTH_ADDRESS" "$(port_of auth)"
      printf '%s=%s\n' "${prefix}_MESSAGE_STORES" "$(message_store_addresses)"
      unless_set "$prefix" "${gateway_limits[@]}" "${gateway_ending[@]}"
      ;;
  esac
}

# unless_set <prefix> <NAME=value>...: those that the caller's environment does not set.
unless_set() {
  local prefix=$1 setting name
  shift
  for setting in "$@"; do
    name=${prefix}_${setting%%=*}
    if [[ ! -v $name ]]; then printf '%s_%s\n' "$prefix" "$setting"; fi
  done
}

# Sets process_command for <name>. What the caller's environment sets for the service beyond this
# (CONFAB_GATEWAY_LOG_LEVEL=debug ./dev up) reaches it too.
set_process_command() {
  case $1 in
    postgres)
      set_postgres_command "$servers_dir/postgres" "$sockets" "$(port_of postgres)"
      process_command=("${postgres_command[@]}")
      ;;
    redis)
      set_redis_command "$servers_dir/redis" "$(port_of redis)"
      process_command=("${redis_command[@]}")
      ;;
    *)
      mapfile -t process_command < <(settings_of "$1")
      process_command=(env "${process_command[@]}" "$(program_of "$1")")
      ;;
  esac
}

# is_ready <name>
is_ready() {
  case $1 in
    postgres) postgres_ready "$(port_of postgres)" ;;
    redis) redis_ready "$(port_of redis)" ;;
    *) curl -sf -o /dev/null --max-time 2 "http://127.0.0.1:$(admin_port_of "$1")/readyz" ;;
  esac
}

# take_lock: one command at a time changes a state folder.
take_lock() {
  if ! mkdir -p "$pids_dir" "$logs_dir" "$run_dir" 2>/dev/null || [[ ! -w $run_dir ]]; then
    die "$dev_dir belongs to another user" "sudo ./dev down --wipe && sudo rm -rf $dev_dir"
  fi
  exec {system_lock}>"$run_dir/lock"
  flock -n "$system_lock" ||
    die "another ./dev works on $dev_dir at this moment" "wait for it to end, then run this again"
}
