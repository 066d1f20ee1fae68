#!/usr/bin/env bash
# with-servers: Runs a command with a PostgreSQL and a Redis of its own.
#
# usage: ./dev with-servers COMMAND [ARGUMENT...]
#   e.g. ./dev with-servers ctest --preset release
#
# The command finds them by CONFAB_TEST_DATABASE_URL (as a superuser, who may make databases) and
# CONFAB_TEST_REDIS_URL. Both are empty at first, listen on free ports, and are gone with their data
# when the command ends. Its exit code is the command's.
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"
source "$repo/deploy/dev/lib/packages.sh"
source "$repo/deploy/dev/lib/ports.sh"
source "$repo/deploy/dev/lib/servers.sh"

# serve <name> <command...>: ends with this script, even when that is killed.
serve() {
  local name=$1 user=()
  shift
  if ((EUID == 0)); then
    user=(--reuid="$server_user" --regid="$server_user" --init-groups)
  fi
  setsid setpriv "${user[@]}" --pdeathsig INT -- "$@" </dev/null >"$folder/$name.log" 2>&1 &
  served+=("$!")
}

# wait_served <name> <ready command...>
wait_served() {
  local name=$1 deadline=$(($(now_us) + 60 * 1000000))
  shift
  until "$@"; do
    if ! kill -0 "${served[-1]}" 2>/dev/null || (($(now_us) > deadline)); then
      tail -n 15 "$folder/$name.log" >&2
      die "$name does not start" "./dev with-servers true"
    fi
    sleep 0.05
  done
}

stop_servers() {
  local pid
  trap - ERR
  for pid in "${served[@]}"; do kill -s INT "$pid" 2>/dev/null || true; done
  for pid in "${served[@]}"; do wait "$pid" || true; done
  rm -rf "$folder"
}

if (($# == 0)); then die "there is no command to run" "./dev with-servers --help"; fi
if ! command -v redis-server redis-cli >/dev/null; then need_packages "${packages_build[@]}"; fi

folder=$(mktemp -d /var/tmp/confab-test.XXXXXX)
served=()
trap stop_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$folder"
port=$(free_port_base 2)
password=$(random_hex 16)
for name in sockets postgres redis; do server_folder "$folder/$name"; done
postgres_init "$folder/postgres" "$folder/sockets" "$password"
set_postgres_command "$folder/postgres" "$folder/sockets" "$port"
serve postgres "${postgres_command[@]}"
wait_served postgres postgres_ready "$port"
set_redis_command "$folder/redis" $((port + 1))
serve redis "${redis_command[@]}"
wait_served redis redis_ready $((port + 1))

CONFAB_TEST_DATABASE_URL=$(postgres_url postgres "$password" "$port" postgres)
CONFAB_TEST_REDIS_URL=redis://127.0.0.1:$((port + 1))
export CONFAB_TEST_DATABASE_URL CONFAB_TEST_REDIS_URL
trap - ERR
set +e
"$@"
