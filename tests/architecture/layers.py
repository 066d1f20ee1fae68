"""Which folder may include which: rules 1 to 6 of ARCHITECTURE.md, "Layers"."""

import re

LAYERS = ("domain", "storage", "rpc", "broker", "crypto", "wire", "net", "engineio", "socketio",
          "dialects", "loop", "webhook")
# Where the parts are put together. A service whose parts share an event loop does it in node.*, of
# which nodes.* makes one for each loop, and main.cpp nodes.*; peers.* has what all loops connect
# to, edge_parts.* what the options and counters of the adapters are; dialect_set.* makes the dialects
# that are switched on. The message-store's services are put together in store_services.hpp, its webhooks, which are there
# only when configured, in webhooks.*.
COMPOSITION = ("main.cpp", "node.hpp", "node.cpp", "nodes.hpp", "nodes.cpp", "peers.hpp", "peers.cpp",
               "edge_parts.hpp", "edge_parts.cpp", "dialect_set.hpp", "dialect_set.cpp", "store_services.hpp", "webhooks.hpp", "webhooks.cpp")
# What a layer may include of its own service, beside itself. Metrics are one struct a service, made
# in main.cpp and handed down, so every adapter may name it.
ALLOWED = {
    "domain": (),
    "storage": ("domain", "wire", "metrics"),
    # Engine.IO asks by a port of its own which process has a session.
    "rpc": ("domain", "wire", "engineio", "net", "metrics"),
    "broker": ("domain", "wire", "metrics"),
    "crypto": ("domain", "metrics"),
    # Domain types to proto messages and back, for the adapters that both need it.
    "wire": ("domain",),
    "loop": ("domain",),
    "webhook": ("domain",),
    "net": ("metrics",),
    "engineio": ("net",),
    "socketio": ("engineio", "net"),
    "dialects": ("domain", "socketio", "net", "metrics"),
    "metrics": ("domain",),
    "root": ("domain", "metrics"),
}
# What a layer may include of services/common; a layer not named here may include all of it.
ALLOWED_COMMON = {
    "domain": ("base",),
    "engineio": ("base", "asio"),
    "socketio": ("base", "asio"),
}
PROTOCOL_LIBRARIES = ("net", "engineio", "socketio")
PROTO = re.compile(r"^confab/([a-z_]+)/v\d+/\w+(\.grpc)?\.pb\.h$")


def violations(source, common):
    service = source.parts[1]
    if len(source.parts) < 3:
        yield source.violation(1, "tree", "a source stands loose in services/", "give it a folder")
    elif service == "common":
        yield from _common_violations(source, common)
    else:
        yield from _service_violations(source, service)


def _common_violations(source, common):
    folder = source.parts[2]
    if len(source.parts) < 4:
        yield source.violation(
            1, "common", "nothing stands loose in common/", "move it to a folder with one subject")
        return
    if folder not in common:
        yield source.violation(
            1, "rule 5", f"common/{folder} is not listed",
            "add it to services/CMakeLists.txt, after the folders it uses")
        return
    earlier = common[: common.index(folder) + 1]
    for include in source.includes:
        first, second = _head(include.target)
        proto = PROTO.match(include.target)
        if first == "common" and second not in earlier and not _is_test_support(include):
            yield source.violation(
                include.line, "rule 5",
                f"common/{folder} includes common/{second}, listed after it",
                "turn the dependency round, or change the order in services/CMakeLists.txt")
        elif proto and proto[1] != "common" and folder != "testing":
            yield source.violation(
                include.line, "rule 5", f"common/{folder} includes the proto of {proto[1]}",
                "common knows no service: move this into the service")
        elif include.quoted and not proto and first != "common":
            yield source.violation(
                include.line, "rule 5", f"common/{folder} includes \"{include.target}\"",
                "common never includes a service; write paths from services/")


def _service_violations(source, service):
    layer = _layer_of(source.parts[2:])
    if layer is None:
        yield source.violation(
            1, "tree", f"{source.parts[2]}/ is no layer of a service",
            "use one of " + ", ".join(LAYERS))
        return
    for include in source.includes:
        wrong, rule, advice = _judge(source, service, layer, include) or (None, None, None)
        if wrong:
            yield source.violation(include.line, rule, wrong, advice)


def _judge(source, service, layer, include):
    """(what is wrong, rule, advice), or None."""
    first, second = _head(include.target)
    if PROTO.match(include.target):
        return _judge_proto(layer, include)
    if not include.quoted:
        return None
    if first == "common":
        return _judge_common(layer, second, include)
    if first == service:
        return _judge_own(source, service, layer, include)
    if "/" in include.target and not include.target.startswith("."):
        return (f"{service} includes \"{include.target}\" of another service", "rule 6",
                "services meet only through proto/: call it over gRPC")
    return (f"\"{include.target}\" is not a path from services/", "paths",
            f"write \"{service}/...\"")


def _judge_proto(layer, include):
    if layer == "domain":
        return (f"domain includes {include.target}", "rule 3",
                "use a type of the domain and translate in an adapter or in wire/")
    if layer in PROTOCOL_LIBRARIES:
        return (f"{layer}/ includes {include.target}", "rule 4",
                "this library knows no chat: hand bytes or its own types through")
    return None


def _judge_common(layer, folder, include):
    if folder == "testing":
        if include.in_tests:
            return None
        return ("common/testing is for tests", "tests", "include it below #ifdef CONFAB_UNIT_TESTS")
    allowed = ALLOWED_COMMON.get(layer)
    if allowed is None or folder in allowed or include.in_tests:
        return None
    rule = "rule 3" if layer == "domain" else "rule 4"
    return (f"{layer}/ includes common/{folder}", rule,
            "it may use common/" + " and common/".join(allowed)
            + " only: take the rest as a port or a value in the constructor")


def _judge_own(source, service, layer, include):
    if source.name in COMPOSITION or source.is_test:
        return None
    target = _layer_of(include.target.split("/")[1:])
    if target == layer and layer == "dialects":
        return _judge_dialect(source, include)
    if target == layer or target in ALLOWED[layer]:
        return None
    if target is None:
        return (f"\"{include.target}\" is in no layer", "tree", "use one of " + ", ".join(LAYERS))
    if target == "root":
        return (f"{layer}/ includes {include.target}", "rule 2",
                "only main.cpp knows the configuration: take plain values in the constructor")
    return _judge_layers(layer, target)


def _judge_layers(layer, target):
    if layer == "root":
        return (f"a file beside main.cpp includes {target}/", "rule 1",
                "main.cpp alone constructs adapters: move it there or into the layer")
    if layer == "domain":
        return (f"domain includes {target}/", "rule 3",
                "declare a port (an abstract class) in domain/ and implement it there")
    if layer in PROTOCOL_LIBRARIES:
        return (f"{layer}/ includes {target}/", "rule 4",
                "this library knows neither chat nor the libraries above it: take a callback")
    return (f"{layer}/ includes {target}/", "rule 2",
            "an adapter never includes another: meet in domain/ by a port, join them in main.cpp")


def _judge_dialect(source, include):
    """v1 is Confab's own vocabulary, and what sessions and answers are made of. Files directly in
    dialects/ are what the dialects of replaced apps share; those know these files, v1 and themselves,
    v1 only itself."""
    own = list(source.parts[3:-1])
    target = include.target.split("/")[2:-1]
    if own and own[0] == "v1" and not target:
        return ("dialect v1 includes a file of the replaced apps' dialects", "rule 2",
                "v1 stands below them: move what both need to domain/ or dialects/v1/")
    if own == target or not target or target == ["v1"]:
        return None
    if not own:
        return (f"dialects/ includes dialect {target[0]}", "rule 2",
                "what the dialects share knows none of them: give it an interface")
    return (f"dialect {own[0]} includes dialect {target[0]}", "rule 2",
            "a dialect never includes another, but for v1: move what both need to dialects/")


def _layer_of(parts):
    """Of a path inside a service: a layer, "root" for a file beside main.cpp, or None."""
    if len(parts) > 1:
        return parts[0] if parts[0] in LAYERS else None
    return "metrics" if re.search(r"_metrics\.[ch]pp$", parts[0]) else "root"


def _is_test_support(include):
    return include.in_tests and include.target.startswith("common/testing/")


def _head(target):
    parts = target.split("/")
    return parts[0], parts[1] if len(parts) > 2 else ""
