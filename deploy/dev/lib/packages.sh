# shellcheck shell=bash
# shellcheck disable=SC2034  # Each list is for some of those who source this file.
# The Debian packages the project needs, and how the missing ones are installed.

# To compile; deploy/Dockerfile installs these too.
packages_compile=(
  build-essential cmake ninja-build pkg-config ccache mold
  libgrpc++-dev libnghttp2-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev
  libboost1.81-dev libboost-json1.81-dev
  libpqxx-dev libpq-dev prometheus-cpp-dev libhiredis-dev libsodium-dev libssl-dev
  libspdlog-dev libfmt-dev libgtest-dev libgmock-dev libbenchmark-dev
  python3
)
# To build and to run.
packages_build=("${packages_compile[@]}" postgresql redis-server curl git ca-certificates)
# To check format, style and the chart.
packages_lint=(clang-format-14 clang-tidy-14 shellcheck git python3 python3-yaml)
# To fuzz the decoders.
packages_fuzz=(clang-14 libclang-rt-14-dev)
# To count instructions (./dev bench --micro).
packages_micro=(valgrind)
# For the client tests: a load balancer, one of the clients, Debian's python-socketio, and what
# installs another, the newest one (python.sh).
packages_clients=(haproxy python3-socketio python3-requests python3-websocket python3-venv)
# For the conformance tests, if it can be had: a browser without windows, 300 MB.
packages_browser=(chromium-headless-shell)
# For the fault laboratory: prlimit, unshare and setpriv, clocks that are wrong, and lost packets.
packages_chaos=(util-linux faketime iproute2 nftables)
# For the client tests, where no Node.js of at least this version is there already.
packages_node=(nodejs npm)
oldest_node=18

policy_file=/usr/sbin/policy-rc.d
policy_kept=/usr/sbin/policy-rc.d.before-confab
policy_mark='Made by ./dev of Confab'
cluster_file=/etc/postgresql-common/createcluster.d/confab.conf

# need_packages <package...>: installs those that are missing.
need_packages() {
  local missing
  missing=$(missing_packages "$@")
  if [[ -z $missing ]]; then
    detail "all $# packages are installed"
    return
  fi
  # shellcheck disable=SC2086  # A list of package names.
  install_packages $missing
}

missing_packages() {
  local -A there=()
  local name status
  while read -r name status; do
    if [[ $status == ii* || $status == hi* ]]; then there[$name]=1; fi
  done < <(dpkg-query -W -f='${Package} ${db:Status-Abbrev}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    if [[ -z ${there[$name]:-} ]]; then printf '%s ' "$name"; fi
    there[$name]=1  # A package may be on several lists.
  done
}

need_node() {
  local major=0
  if command -v node >/dev/null && command -v npm >/dev/null; then
    major=$(node -p 'process.versions.node.split(".")[0]')
  fi
  if ((major >= oldest_node)); then
    detail "Node.js $major is there"
  else
    need_packages "${packages_node[@]}"
  fi
}

# as_root <command...>: with sudo where needed; require_root has made sure that it can.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

require_root() {
  if ((EUID == 0)) || command -v sudo >/dev/null; then return; fi
  die "installing packages needs root, and there is no sudo here" \
    "as root: apt-get install -y --no-install-recommends $*"
}

install_packages() {
  require_root "$@"
  detail "missing: $*"
  mkdir -p "$logs_dir"
  case " $* " in
    *" postgresql "* | *" redis-server "* | *" haproxy "*) install_without_services "$@" ;;
    *) apt_install "$@" ;;
  esac
}

# apt_install <package...>: reads the package lists anew only when they do not do.
apt_install() {
  if ! apt-cache show --no-all-versions "$@" >/dev/null 2>&1; then apt_update; fi
  if apt_get install "$@"; then return; fi
  apt_update
  if apt_get install "$@"; then return; fi
  tail -n 20 "$logs_dir/apt.log" >&2
  die "apt-get could not install the packages (all of its output: $logs_dir/apt.log)" \
    "apt-get update && apt-get install -y --no-install-recommends $*"
}

apt_update() {
  detail "reading the package lists"
  apt_get update || true
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    --no-install-recommends "$@" >>"$logs_dir/apt.log" 2>&1 </dev/null
}

# Debian starts a server as soon as it is installed, and makes a database cluster. The project runs
# servers of its own, so for the time of the installation both are held back.
install_without_services() {
  local server
  trap release_services EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  hold_services
  apt_install "$@"
  for server in redis-server haproxy; do
    if [[ " $* " == *" $server "* ]]; then
      as_root update-rc.d "$server" disable >/dev/null 2>&1 || true
    fi
  done
  release_services
  trap - EXIT INT TERM
}

hold_services() {
  release_services  # What a killed installation may have left.
  if [[ -e $policy_file ]]; then as_root mv "$policy_file" "$policy_kept"; fi
  as_root tee "$policy_file" >/dev/null <<POLICY
#!/bin/sh
# $policy_mark: removed when its installation of packages ends.
case " \$* " in *" postgresql"* | *" redis"* | *" haproxy"*) exit 101 ;; esac
if [ -x $policy_kept ]; then exec $policy_kept "\$@"; fi
exit 0
POLICY
  as_root chmod 755 "$policy_file"
  as_root mkdir -p "${cluster_file%/*}"
  as_root tee "$cluster_file" >/dev/null <<<'create_main_cluster = false'
}

release_services() {
  if grep -qs "$policy_mark" "$policy_file"; then as_root rm -f "$policy_file"; fi
  if [[ -e $policy_kept ]]; then as_root mv "$policy_kept" "$policy_file"; fi
  if [[ -e $cluster_file ]]; then
    as_root rm -f "$cluster_file"
    as_root rmdir --ignore-fail-on-non-empty "${cluster_file%/*}"
  fi
}
