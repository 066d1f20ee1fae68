#!/usr/bin/env bash
# up: Builds Confab and starts it: PostgreSQL, Redis and all services.
#
# usage: ./dev up [options]
#   --gateways N         how many gateways (2)
#   --message-stores N   how many message-stores (1)
#   --port-base P        gateways listen on P, P+1, ...; everything else from P+100 on (8080)
#   --preset NAME        the CMake preset to build and run (release)
#   --bin FOLDER         runs the programs of that folder instead of building
#
# Installs the Debian packages that are missing, which needs root or sudo. What already runs stays;
# what is dead, was built anew or is to run differently is started again. Options last until
# ./dev down. State is in .dev, or in the folder that CONFAB_DEV_DIR names; each such folder is
# another system. Variables like CONFAB_GATEWAY_LOG_LEVEL reach the services.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"
source "$repo/deploy/dev/lib/build.sh"
source "$repo/deploy/dev/lib/ports.sh"
source "$repo/deploy/dev/lib/servers.sh"
source "$repo/deploy/dev/lib/processes.sh"
source "$repo/deploy/dev/lib/system.sh"

most_gateways=49  # More would reach into the ports of the message-stores.
most_message_stores=39
ready_seconds=60  # From start to /readyz.

read_options() {
  while (($#)); do
    case $1 in
      --gateways) gateways=$(option_value "$@") ;;
      --message-stores) message_stores=$(option_value "$@") ;;
      --port-base) port_base=$(option_value "$@") ;;
      --preset)
        preset=$(option_value "$@")
        bin_dir=
        ;;
      --bin) bin_dir=$(realpath -m "$(option_value "$@")") ;;
      *) refuse_option "$1" ;;
    esac
    shift 2
  done
  require_number --gateways "$gateways" 1 "$most_gateways"
  require_number --message-stores "$message_stores" 1 "$most_message_stores"
  require_number --port-base "$port_base" 1024 64500
}

# require_number <option> <value> <least> <most>
require_number() {
  if [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] && (($2 >= $3 && $2 <= $4)); then return; fi
  die "$1 is $2, but must be a number from $3 to $4" "./dev up --help"
}

build_programs() {
  if [[ -n $bin_dir && $bin_dir != "$repo/build/$preset/bin" ]]; then
    detail "taking the programs of $bin_dir"
  else
    bin_dir=$repo/build/$preset/bin
    build "$preset" "${programs[@]}"
  fi
  local program
  for program in "${programs[@]}"; do
    [[ -x $bin_dir/$program ]] || die "there is no $bin_dir/$program" "./dev up --preset $preset"
  done
}

# What a running process must have been started with to stay: the program, then its command line.
spec_of() {
  local program=${process_command[0]}
  if [[ $program == env ]]; then program=${process_command[-1]}; fi
  printf 'program %s\n' "$(stat -L -c '%i %s %y' "$(command -v "$program")")"
  printf 'settings %s\n' "$({
    printf '%s\n' "${process_command[@]}"
    if [[ -n $(admin_port_of "$1") ]]; then inherited_settings "$1"; fi
  } | sha256sum)"
}

inherited_settings() {
  local prefix
  prefix=CONFAB_$(service_of "$1" | tr 'a-z-' 'A-Z_')_
  env | grep "^$prefix" | sort || true
}

# reason_to_start <name>: nothing when it may stay as it is. Needs process_command.
reason_to_start() {
  local spec before
  if ! is_alive "$1"; then
    if [[ -n $(pid_of "$1") ]]; then printf 'was dead'; else printf 'new'; fi
    return
  fi
  spec=$(spec_of "$1")
  before=$(cat "$run_dir/$1.spec" 2>/dev/null || true)
  if [[ $spec == "$before" ]]; then return; fi
  if [[ ${spec%%$'\n'*} != "${before%%$'\n'*}" ]]; then
    printf 'its program changed'
  else
    printf 'its settings changed'
  fi
}

# Fills `reasons` for every process, and stops those that run but must not.
declare -A reasons=()
plan() {
  local name stop=() wanted
  wanted=" $(process_names | tr '\n' ' ')"
  for name in $(process_names); do
    set_process_command "$name"
    reasons[$name]=$(reason_to_start "$name")
    if [[ ${reasons[$name]} == its* ]]; then stop+=("$name"); fi
  done
  for name in $(written_names); do
    if [[ $wanted == *" $name "* ]]; then continue; fi
    detail "$name: stopped, no longer wanted"
    stop+=("$name")
  done
  if ((${#stop[@]})); then stop_processes "${stop[@]}"; fi
  stop_leftovers
  check_ports
}

# What a killed script started and never wrote down.
stop_leftovers() {
  local pid name
  while read -r pid name; do
    if [[ $(pid_of "$name") == "$pid" ]]; then continue; fi
    detail "$name: a leftover with pid $pid is stopped"
    stop_pids "$pid $name"
  done < <(marked_processes)
}

check_ports() {
  local name port taken
  taken=" $(listening_ports | tr '\n' ' ')"
  for name in $(process_names); do
    if [[ -z ${reasons[$name]} ]]; then continue; fi
    for port in $(ports_of "$name"); do
      if [[ $taken != *" $port "* ]]; then continue; fi
      die "port $port, which $name needs, is taken by another program" \
        "./dev up --port-base $((port_base + 1000)), or stop it: ss -ltnp 'sport = :$port'"
    done
  done
}

start_process() {
  local name=$1 reason=${reasons[$1]}
  if [[ -z $reason ]]; then return; fi
  set_process_command "$name"
  if [[ $name == postgres || $name == redis ]]; then
    launch_server "$name"
  else
    launch "$name" "${process_command[@]}"
  fi
  spec_of "$name" >"$run_dir/$name.spec"
  if [[ $reason == new ]]; then
    detail "$name: started"
  else
    detail "$name: started again, $reason"
  fi
}

launch_server() {
  if ((EUID == 0)); then
    launch "$1" setpriv --reuid="$server_user" --regid="$server_user" --init-groups -- \
      "${process_command[@]}"
  else
    launch "$1" "${process_command[@]}"
  fi
}

# wait_ready <name...>
wait_ready() {
  local deadline=$(($(now_us) + ready_seconds * 1000000)) name
  for name in "$@"; do
    until is_ready "$name"; do
      if ! is_alive "$name"; then not_ready "$name" "ended instead of getting ready"; fi
      if (($(now_us) > deadline)); then not_ready "$name" "was not ready after $ready_seconds s"; fi
      sleep 0.05
    done
  done
}

not_ready() {
  printf -- '--- the last lines of %s\n' "$logs_dir/$1.log" >&2
  last_lines "$1" 15 >&2
  printf -- '---\n' >&2
  die "$1 $2" "./dev logs $1 (then ./dev up)"
}

prepare_folders() {
  chmod 755 "$dev_dir"
  servers_dir=$(data_root "$dev_dir")
  printf '%s' "$servers_dir" >"$run_dir/data-root"
  mkdir -p "$servers_dir"
  if [[ ! -f $run_dir/password ]]; then (umask 077 && random_hex 16 >"$run_dir/password"); fi
  password=$(<"$run_dir/password")
  server_folder "$sockets"
  server_folder "$servers_dir/postgres"
  server_folder "$servers_dir/redis"
}

start_servers() {
  prepare_folders
  if ! as_server_user test -f "$servers_dir/postgres/PG_VERSION"; then
    detail "making a database cluster"
    postgres_init "$servers_dir/postgres" "$sockets" "$password"
    rm -f "$run_dir/migrated"
  fi
  plan
  if [[ -n ${reasons[postgres]} ]]; then remove_stale_lock; fi
  start_process postgres
  start_process redis
  wait_ready postgres redis
  if [[ -n ${reasons[postgres]} ]]; then make_database; fi
}

# A killed server leaves a lock file with its pid, which keeps the next one from starting when
# another process, or a zombie, has that pid. It may go once nothing works in the data folder any
# more; the processes that a killed server forked take a moment to notice.
remove_stale_lock() {
  local deadline=$(($(now_us) + 10 * 1000000)) worker
  while worker=$(worker_in "$servers_dir/postgres") && [[ -n $worker ]]; do
    if (($(now_us) > deadline)); then
      die "an unknown process works in $servers_dir/postgres" "kill $worker"
    fi
    sleep 0.1
  done
  as_server_user rm -f "$servers_dir/postgres/postmaster.pid" \
    "$sockets/.s.PGSQL.$(port_of postgres)" "$sockets/.s.PGSQL.$(port_of postgres).lock"
}

# worker_in <folder>: the pid of a process that works there, if any.
worker_in() {
  local folder
  for folder in /proc/[0-9]*/cwd; do
    if [[ $folder -ef $1 ]]; then
      printf '%s' "${folder//[^0-9]/}"
      return
    fi
  done
}

# The services' role and database; they need no superuser.
make_database() {
  local url
  url=$(postgres_url postgres "$password" "$(port_of postgres)" postgres)
  psql -qtAX -v ON_ERROR_STOP=1 "$url" >/dev/null <<SQL
SELECT 'CREATE ROLE confab LOGIN PASSWORD ''$password''' WHERE NOT EXISTS (
  SELECT FROM pg_roles WHERE rolname = 'confab') \gexec
SELECT 'CREATE DATABASE confab OWNER confab' WHERE NOT EXISTS (
  SELECT FROM pg_database WHERE datname = 'confab') \gexec
SQL
}

# Applies the migrations of the programs at hand, unless they were the last to do so.
migrate() {
  local name stamp
  stamp=$(stat -c '%n %i %s %y' "$(program_of auth)" "$(program_of message-store-1)")
  if [[ $stamp == "$(cat "$run_dir/migrated" 2>/dev/null || true)" ]]; then
    detail "nothing new"
    return
  fi
  for name in auth message-store-1; do
    mapfile -t process_command < <(settings_of "$name")
    if timeout 120 env "${process_command[@]}" "$(program_of "$name")" migrate \
      >"$logs_dir/$(service_of "$name")-migrate.log" 2>&1; then
      continue
    fi
    tail -n 15 "$logs_dir/$(service_of "$name")-migrate.log" >&2
    die "confab-$(service_of "$name") migrate failed" \
      "./dev psql (to look), or ./dev down --wipe && ./dev up (to begin with no data)"
  done
  printf '%s\n' "$stamp" >"$run_dir/migrated"
}

start_services() {
  local name running=0
  for name in $(service_names); do
    if [[ -z ${reasons[$name]} ]]; then running=$((running + 1)); fi
    start_process "$name"
  done
  if ((running)); then detail "$running already running"; fi
  # shellcheck disable=SC2046  # A list of names.
  wait_ready $(service_names)
}

gateway_urls() {
  local i
  for ((i = 1; i <= gateways; i++)); do
    printf 'http://127.0.0.1:%d\n' "$(port_of "gateway-$i")"
  done
}

# dialect_addresses <NAME> <before>: where each gateway has that port of a dialect, if it has.
dialect_addresses() {
  local i
  for ((i = 1; i <= gateways; i++)); do
    dialect_settings_of "gateway-$i" | sed -n "s|^$1=|${2}127.0.0.1:|p"
  done
}

# write_dialects: CONFAB_<NAME>="address..." for each port that a dialect has on each gateway.
write_dialects() {
  local setting name before addresses
  for setting in "${dialect_ports[@]}"; do
    name=${setting%%=*}
    before=http://
    if [[ $name == *_TCP_PORT ]]; then before=; fi
    addresses=$(dialect_addresses "$name" "$before" | paste -sd ' ')
    if [[ -n $addresses ]]; then printf 'export CONFAB_%s="%s"\n' "${name%_PORT}" "$addresses"; fi
  done
}

admin_urls() {
  local name
  for name in $(service_names); do printf 'http://127.0.0.1:%d\n' "$(admin_port_of "$name")"; done
}

write_env() {
  local new
  new=$(umask 077 && mktemp "$dev_dir/env.XXXXXX")
  cat >"$new" <<ENV
CONFAB_GATEWAYS="$(gateway_urls | paste -sd ' ')"
CONFAB_ADMIN="$(admin_urls | paste -sd ' ')"
CONFAB_DATABASE_URL="$(database_url)"
CONFAB_REDIS_URL="$(redis_url)"
CONFAB_CTL_AUTH_ADDRESS="127.0.0.1:$(port_of auth)"
CONFAB_CTL_MESSAGE_STORES="$(message_store_addresses)"
export CONFAB_GATEWAYS CONFAB_ADMIN CONFAB_DATABASE_URL CONFAB_REDIS_URL
export CONFAB_CTL_AUTH_ADDRESS CONFAB_CTL_MESSAGE_STORES
# Where the clients of replaced apps connect.
$(write_dialects)
# For confabctl.
case :\$PATH: in *":$bin_dir:"*) ;; *) PATH="$bin_dir:\$PATH" ;; esac
ENV
  mv "$new" "$dev_dir/env"
}

tell_where() {
  local url
  say ""
  say "Confab is up ($(seconds_since "$up_start"))."
  while read -r url; do say "  gateway   $url"; done < <(gateway_urls)
  write_dialects | sed -E 's/^export CONFAB_([A-Z_]+)="(.*)"/\1 \2/' | while read -r name url; do
    say "  ${name,,}   $url"
  done
  say "  shell     . ${dev_dir#"$PWD"/}/env"
  say "  accounts  confabctl seed --users 100 --rooms 10 --members 20 --tokens tokens.csv"
  say "Sign a user up:"
  say "  curl -s -X POST $(gateway_urls | sed -n 1p)/v1/users -H 'content-type: application/json'" \
    "-d '{\"username\":\"ada$(random_hex 3)\",\"password\":\"correct horse\"}'"
}

up_start=$(now_us)
take_lock
system_load
read_options "$@"
step "packages" need_packages "${packages_build[@]}"
step "build ($preset)" build_programs
step "PostgreSQL and Redis" start_servers
system_save
step "migrations" migrate
step "services" start_services
write_env
tell_where
