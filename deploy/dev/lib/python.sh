# shellcheck shell=bash
# The newest python-socketio of PyPI, in an environment of its own beside Debian's.

# newest_python_socketio: exports CONFAB_NEWEST_PYTHON, its Python, or, where PyPI cannot be reached
# and nothing is there from before, CONFAB_NO_NEWEST_PYTHON, why not.
newest_python_socketio() {
  local folder=$dev_dir/python-socketio
  mkdir -p "$logs_dir"
  if { [[ -x $folder/bin/pip ]] || /usr/bin/python3 -m venv "$folder"; } >"$logs_dir/pip.log" 2>&1 &&
    "$folder/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 10 \
      --upgrade 'python-socketio[client]' >>"$logs_dir/pip.log" 2>&1; then
    detail "python-socketio of PyPI: $(installed_python_socketio "$folder")"
  elif [[ -n $(installed_python_socketio "$folder") ]]; then
    detail "PyPI cannot be reached; python-socketio $(installed_python_socketio "$folder") is there"
  else
    export CONFAB_NO_NEWEST_PYTHON="pip could not install python-socketio (its output: $logs_dir/pip.log)"
    return
  fi
  export CONFAB_NEWEST_PYTHON=$folder/bin/python3
}

# Its version; nothing when it is not there.
installed_python_socketio() {
  "$1/bin/python3" -c 'import importlib.metadata as m; print(m.version("python-socketio"))' 2>/dev/null || true
}
