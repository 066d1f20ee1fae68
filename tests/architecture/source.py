"""A C++ source as the rules see it: its place in the tree, its includes and its code."""

import dataclasses
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNIT_TESTS = re.compile(r"^\s*#\s*ifdef\s+CONFAB_UNIT_TESTS\b")
COMMON_LINE = re.compile(r"^\s*add_subdirectory\(\s*common/([a-z0-9_]+)\s*\)")
# Comments, raw strings, strings, characters (not the ' of 1'000): what no rule may read as code.
NOT_CODE = re.compile(
    r'''//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'''
    r'''|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^'\\\n])*\'''',
    re.DOTALL,
)


@dataclasses.dataclass(order=True, frozen=True)
class Violation:
    path: str
    line: int
    rule: str
    wrong: str
    advice: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.wrong}; {self.advice}"


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    target: str
    quoted: bool
    in_tests: bool  # In the in-file test part, in a file x_test.cpp or in a fake.


class Source:
    """`parts` is the path from the repository: ("services", "auth", "domain", "accounts.cpp")."""

    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.parts = path.relative_to(root).parts
        self.name = path.name
        self.is_header = path.suffix == ".hpp"
        self.is_test = path.stem.endswith("_test") or path.stem.startswith("fake")
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.test_line = self._first_test_line()
        self.includes = list(self._includes())
        self.code = self._code()

    def _first_test_line(self):
        for number, line in enumerate(self.lines, 1):
            if UNIT_TESTS.match(line):
                return number
        return len(self.lines) + 1

    def _includes(self):
        for number, line in enumerate(self.lines, 1):
            found = INCLUDE.match(line)
            if found:
                in_tests = self.is_test or number > self.test_line
                yield Include(number, found[2], found[1] == '"', in_tests)

    def _code(self):
        """The lines with comments and literals blanked."""

        def blank(match):
            return "\n" * match[0].count("\n") or " "

        return NOT_CODE.sub(blank, "\n".join(self.lines)).split("\n")

    def violation(self, line, rule, wrong, advice):
        return Violation(self.path, line, rule, wrong, advice)


def common_folders(root):
    """The folders of services/common in the order that services/CMakeLists.txt builds them."""
    lines = (root / "services/CMakeLists.txt").read_text(encoding="utf-8").splitlines()
    found = [COMMON_LINE.match(line) for line in lines]
    return [match[1] for match in found if match]
