# shellcheck shell=bash
# Which TCP ports are taken, read from the kernel's own table.

listening_ports() {
  awk '$4 == "0A" { split($2, part, ":"); print part[length(part)] }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    while read -r port; do printf '%d\n' "0x$port"; done | sort -un
}

# is_listening <port>
is_listening() {
  local hex
  hex=$(printf ':%04X ' "$1")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$hex" \
    '$4 == "0A" && index($2 " ", port) { found = 1 } END { exit !found }'
}

# free_port_base <count>: a port with that many free ones from it on, below those the kernel gives
# to outgoing connections. The start is random, so that two runs at once seldom meet.
free_port_base() {
  local count=$1 taken base port
  taken=" $(listening_ports | tr '\n' ' ')"
  for _ in {1..200}; do
    base=$((20000 + (RANDOM % (11000 / count)) * count))
    for ((port = base; port < base + count; port++)); do
      if [[ $taken == *" $port "* ]]; then continue 2; fi
    done
    printf '%d' "$base"
    return
  done
  die "found no $count free TCP ports in a row between 20000 and 31000" "ss -ltn"
}
