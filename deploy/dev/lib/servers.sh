# shellcheck shell=bash
# Private PostgreSQL and Redis servers: their folders, users and command lines.
# The servers refuse to run as root or should not, so for root they run as this user.
server_user=postgres

# as_server_user <command...>
as_server_user() {
  if ((EUID == 0)); then
    setpriv --reuid="$server_user" --regid="$server_user" --init-groups -- "$@"
  else
    "$@"
  fi
}

# server_folder <folder>: makes it, for the servers only.
server_folder() {
  if [[ -d $1 ]]; then return; fi
  if ((EUID == 0)); then
    install -d -m 700 -o "$server_user" -g "$server_user" "$1"
  else
    install -d -m 700 "$1"
  fi
}

short_hash() { printf '%s' "$1" | sha256sum | cut -c 1-10; }

# data_root <state folder>: where its servers keep data. That is the state folder itself, unless it
# lies where only root can go (/root); then it is a folder of its own under /var/lib.
data_root() {
  if as_server_user test -x "$1"; then
    printf '%s' "$1"
  else
    printf '/var/lib/confab-dev/%s' "$(short_hash "$1")"
  fi
}

# socket_folder <state folder>: short, since the path of a Unix socket may have only 107 bytes.
socket_folder() { printf '/tmp/confab-%s-%s' "$EUID" "$(short_hash "$1")"; }

# postgres_program <name> [<data folder>]: of the version the data was made with, or the newest.
postgres_program() {
  local version='*' found
  if [[ -n ${2:-} ]] && as_server_user test -f "$2/PG_VERSION"; then
    version=$(as_server_user cat "$2/PG_VERSION")
  fi
  # shellcheck disable=SC2086  # The version may be a pattern.
  found=$(printf '%s\n' /usr/lib/postgresql/$version/bin/"$1" | sort -V | tail -n 1)
  if [[ ! -x $found ]]; then
    die "there is no PostgreSQL $version, with which the data in $2 was made" "./dev down --wipe"
  fi
  printf '%s' "$found"
}

random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# postgres_init <data folder> <socket folder> <password>: a new cluster, unless there is one.
postgres_init() {
  local data=$1 sockets=$2 password_file initdb
  if as_server_user test -f "$data/PG_VERSION"; then return; fi
  initdb=$(postgres_program initdb)
  password_file=$sockets/password
  printf '%s\n' "$3" | as_server_user tee "$password_file" >/dev/null
  (cd / && as_server_user "$initdb" -D "$data" -U postgres --auth=scram-sha-256 \
    --pwfile="$password_file" --encoding=UTF8 --locale=C.UTF-8 --no-instructions) >/dev/null ||
    die "initdb could not make a database cluster in $data" "./dev down --wipe && ./dev up"
  as_server_user rm "$password_file"
}

# Sets postgres_command for <data folder> <socket folder> <port> [<setting=value>...].
set_postgres_command() {
  local data=$1 sockets=$2 port=$3 setting program
  shift 3
  program=$(postgres_program postgres "$data")
  postgres_command=("$program" -D "$data" -p "$port")
  for setting in "listen_addresses=127.0.0.1" "unix_socket_directories=$sockets" \
    max_connections=200 fsync=on synchronous_commit=on password_encryption=scram-sha-256 "$@"; do
    postgres_command+=(-c "$setting")
  done
}

# Sets redis_command for <data folder> <port>. Its process title stays, so that the mark that tells
# whose process it is stays readable.
set_redis_command() {
  redis_command=(redis-server --bind 127.0.0.1 --port "$2" --dir "$1" --daemonize no
    --save '' --appendonly no --set-proc-title no)
}

postgres_url() { printf 'postgresql://%s:%s@127.0.0.1:%s/%s' "$1" "$2" "$3" "$4"; }

postgres_ready() { "$(postgres_program pg_isready)" -q -h 127.0.0.1 -p "$1" -t 1; }

redis_ready() { [[ $(timeout 2 redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null) == PONG ]]; }
