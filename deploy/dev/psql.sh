#!/usr/bin/env bash
# psql: Opens psql on the private database.
#
# usage: ./dev psql [psql's options]
#   e.g. ./dev psql -c '\dt chat.*'
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"

if [[ ! -f $dev_dir/env ]]; then die "Confab is not up" "./dev up"; fi
# shellcheck source=/dev/null
source "$dev_dir/env"
exec psql "$CONFAB_DATABASE_URL" "$@"
