#!/usr/bin/env python3
"""Checks that the tree keeps the rules of its architecture (ARCHITECTURE.md, "Layers").

usage: check.py [repository]

Prints one line a violation, "file:line: [rule] what is wrong; what to do", and ends with 1 when
there is one. The rules stand in layers.py (which folder may include which), third_party.py (which
library is used where) and text.py (what a line, a file or the tree may not hold).
"""

import pathlib
import sys

import layers
import text
import third_party
from source import Source, common_folders


def violations(repository):
    root = pathlib.Path(repository)
    common = common_folders(root)
    found = list(text.tree_violations(root))
    for path in cpp_files(root):
        source = Source(root, path)
        found += text.file_violations(source)
        if source.parts[0] == "services":
            found += layers.violations(source, common)
            found += third_party.violations(source)
    return sorted(found)


def cpp_files(root):
    for top in ("services", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".cpp", ".hpp") and "node_modules" not in path.parts:
                yield path


def main():
    default = pathlib.Path(__file__).resolve().parents[2]
    repository = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    found = violations(repository)
    for violation in found:
        print(violation)
    if found:
        sys.exit(1)
    print(f"architecture: {sum(1 for _ in cpp_files(repository))} C++ files keep the rules")


if __name__ == "__main__":
    main()
