"""Which library is used where: rule 7 of ARCHITECTURE.md, "Layers", and rule 3 for domain/."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Library:
    name: str
    include: str  # A regular expression on what is included.
    names: str  # A regular expression on code, which finds uses without an include of its own.
    places: tuple  # Regular expressions on paths from services/.


LIBRARIES = (
    Library("pqxx", r"^(pqxx(/|$)|libpq-fe\.h|libpq/)", r"\bpqxx::|\bPQ[a-z]\w+\(",
            (r"^\w+/storage/", r"^common/postgres/")),
    Library("Beast", r"^boost/beast(/|\.hpp)", r"\bbeast::",
            (r"^gateway/net/", r"^message_store/webhook/", r"^ctl/verify/", r"^common/asio/",
             r"^common/runtime/")),
    Library("gRPC", r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$", r"\bgrpc::",
            (r"^\w+/rpc/", r"^common/rpc/", r"/main\.cpp$")),
    Library("nghttp2", r"^nghttp2/", r"\bnghttp2_\w+",
            (r"^common/rpc/",)),
    Library("hiredis", r"^hiredis/", r"\bredis(Reader|Reply)\w*\b",
            (r"^common/redis/",)),
    Library("prometheus", r"^prometheus/", r"\bprometheus::",
            (r"_metrics\.[ch]pp$", r"^common/metrics/", r"^common/runtime/", r"/main\.cpp$")),
)
GETENV = re.compile(r"\b(secure_)?getenv\b|\bsetenv\b|\benviron\b")
GETENV_PLACES = (r"^common/runtime/",)

# What domain/ may include beside the standard library and its own files.
DOMAIN_MAY = re.compile(
    r"^(boost/(system|json|container|container_hash|intrusive|unordered|circular_buffer)(/|\.hpp)"
    r"|boost/asio/awaitable\.hpp$|fmt/)")
DOMAIN_ASIO = re.compile(r"\basio::(?!awaitable\b)\w+")


def violations(source):
    place = "/".join(source.parts[1:])
    if place.startswith("common/testing/"):
        return
    for library in LIBRARIES:
        # A test beside an adapter may reach for what the adapter is joined with.
        if not source.is_test and not _allowed(library.places, place):
            yield from _uses(source, library)
    if not _allowed(GETENV_PLACES, place):
        yield from _getenv(source)
    if source.parts[2] == "domain":
        yield from _domain(source)


def _allowed(places, place):
    return any(re.search(pattern, place) for pattern in places)


def _uses(source, library):
    advice = "move the use to where the library belongs, behind a port or a function of common/"
    told = set()
    for include in source.includes:
        if re.search(library.include, include.target):
            told.add(include.line)
            yield source.violation(
                include.line, "rule 7", f"{library.name} is included here", advice)
    for number, line in enumerate(source.code, 1):
        if number not in told and re.search(library.names, line):
            yield source.violation(number, "rule 7", f"{library.name} is named here", advice)


def _getenv(source):
    for number, line in enumerate(source.code, 1):
        if GETENV.search(line):
            yield source.violation(
                number, "rule 7", "the environment is read here",
                "only common/runtime reads it; take the value from the configuration")


def _domain(source):
    for include in source.includes:
        standard = "/" not in include.target and "." not in include.target
        if include.quoted or include.in_tests or standard:
            continue
        if include.target.endswith(".pb.h") or DOMAIN_MAY.search(include.target):
            continue
        yield source.violation(
            include.line, "rule 3", f"domain includes <{include.target}>",
            "domain has no I/O library: declare a port and implement it in an adapter")
    for number, line in enumerate(source.code, 1):
        if number < source.test_line and DOMAIN_ASIO.search(line):
            yield source.violation(
                number, "rule 3", f"domain names {DOMAIN_ASIO.search(line)[0]}",
                "domain may name asio::awaitable as a result, no other Asio type")
