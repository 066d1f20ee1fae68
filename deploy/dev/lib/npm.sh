# shellcheck shell=bash
# Installing what a folder's package-lock.json lists.

# npm_install <folder in the repository>: exactly that, if it changed since the last time.
npm_install() {
  local folder=$repo/$1 lock
  lock=$(sha256sum <"$folder/package-lock.json")
  if [[ $lock == "$(cat "$folder/node_modules/.confab-lock" 2>/dev/null || true)" ]]; then return; fi
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) ||
    die "npm could not install what $1/package-lock.json lists" "cd $1 && npm ci"
  mkdir -p "$folder/node_modules"
  printf '%s\n' "$lock" >"$folder/node_modules/.confab-lock"
}
