"""Writes a compile database for clang-tidy: each source once, without its in-file tests.

usage: tidy_commands.py <build folder> <folder to write to>

The build compiles a source with tests at its foot a second time into a test program; clang-tidy
would check both. GCC's own warning options, which clang does not know, are left out.
"""

import json
import pathlib
import re
import sys

# The standard library asks for this before it declares coroutines; clang 14 has them without it.
COROUTINES = "-D__cpp_impl_coroutine=201902L"


def for_clang(command):
    kept = re.sub(r"\s-W\S+", "", command)
    kept = re.sub(r"^\S*ccache\s+", "", kept)
    return f"{kept} {COROUTINES} -Wno-everything"


def main(build, out):
    commands = json.loads((build / "compile_commands.json").read_text())
    once = {}
    for entry in commands:
        is_test = "-DCONFAB_UNIT_TESTS" in entry["command"]
        if entry["file"] in once and is_test:
            continue
        once[entry["file"]] = {**entry, "command": for_clang(entry["command"])}
    out.mkdir(parents=True, exist_ok=True)
    (out / "compile_commands.json").write_text(json.dumps(list(once.values()), indent=1))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
