"""What a line, a file or the tree may not hold, whatever folder it is in."""

import re

from source import Violation

MOST_LINES = 300
USING = re.compile(r"^\s*using\s+namespace\s+([\w:]+)")
DETACHED = re.compile(r"\bdetached\b|\.detach\s*\(\s*\)")
CONDITION = re.compile(r"\b(?:if(?:\s+constexpr)?|while|for|switch)\s*\(")
CO_AWAIT = re.compile(r"\bco_await\b")
GENERATED = re.compile(r"(\.pb\.(h|cc)|_pb2(_grpc)?\.pyi?|_pb\.(js|d\.ts))$")
NOT_OURS = {"build", "node_modules", ".git", ".dev", ".cache"}


def file_violations(source):
    yield from _length(source)
    yield from _using(source)
    yield from _detached(source)
    yield from _awaiting_conditions(source)
    if source.is_header and not any(line.strip() == "#pragma once" for line in source.lines):
        yield source.violation(1, "headers", "there is no #pragma once", "begin the file with it")


def tree_violations(root):
    for top in ("services", "proto", "tests"):
        for path in sorted((root / top).rglob("*")):
            if GENERATED.search(path.name) and not NOT_OURS & set(path.parts):
                yield Violation(
                    path.relative_to(root).as_posix(), 1, "generated",
                    "generated code is in the tree",
                    "delete it; the build makes it in build/<preset>/proto")


def _length(source):
    lines = source.test_line - 1
    if lines > MOST_LINES:
        yield source.violation(
            lines, "length", f"{lines} lines without the in-file tests, {MOST_LINES} are allowed",
            "split it by subject into files that are named for it")


def _using(source):
    for number, line in enumerate(source.code, 1):
        found = USING.match(line)
        if not found or _using_allowed(source, found[1]):
            continue
        where = "in a header" if source.is_header else "of more than operators or literals"
        yield source.violation(
            number, "using", f"using namespace {found[1]} {where}", "name what is used")


def _using_allowed(source, namespace):
    if source.is_header:
        return False
    if re.search(r"(literals|operators)$", namespace):
        return True
    if source.name.endswith("_test.cpp") and namespace.split("::")[-1] == "testing":
        return True  # The fixtures of the folder.
    return source.name.endswith("main.cpp") and namespace.split("::")[0] == "confab"


def _detached(source):
    for number, line in enumerate(source.code, 1):
        if DETACHED.search(line):
            yield source.violation(
                number, "detached", "detached work loses its error",
                "give co_spawn a completion that logs it; join threads")


def _awaiting_conditions(source):
    code = "\n".join(source.code)
    for found in CONDITION.finditer(code):
        awaited = CO_AWAIT.search(code, found.end(), _closing(code, found.end()))
        if awaited:
            yield source.violation(
                code.count("\n", 0, awaited.start()) + 1, "co_await",
                "co_await inside a condition, which GCC 12 miscompiles",
                "bind what it gives to a named variable first")


def _closing(code, start):
    """Where the parenthesis that was opened just before `start` is closed."""
    depth = 1
    for place in range(start, len(code)):
        depth += (code[place] == "(") - (code[place] == ")")
        if depth == 0:
            return place
    return len(code)
