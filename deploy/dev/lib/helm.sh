# shellcheck shell=bash
# Where helm is, which the tests of the chart need and Debian does not have.
helm_version=3.22.0
helm_folder=$repo/.cache/helm-$helm_version
helm_build_seconds=900

# Sets helm_program; or fails, and helm_missing says why. Takes the helm of the machine, or builds
# one with Go, once.
find_helm() {
  helm_program=$(command -v helm || printf '%s/helm' "$helm_folder")
  if [[ -x $helm_program ]]; then return; fi
  if ! command -v go >/dev/null; then
    helm_missing="there is no helm, and no go to build it with"
    return 1
  fi
  detail "building helm $helm_version, once, into ${helm_folder#"$repo"/}"
  mkdir -p "$logs_dir"
  if build_helm >"$logs_dir/helm.log" 2>&1; then return; fi
  helm_missing="there is no helm, and go could not build it: $(tail -n 1 "$logs_dir/helm.log")"
  return 1
}

build_helm() {
  local new=$helm_folder.new
  rm -rf "$new"
  GOBIN=$new timeout "$helm_build_seconds" \
    go install "helm.sh/helm/v3/cmd/helm@v$helm_version" && mv -T "$new" "$helm_folder"
}
