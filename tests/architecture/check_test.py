#!/usr/bin/env python3
"""Proves that check.py catches what it forbids: each test plants one violation in a small tree."""

import pathlib
import sys
import tempfile
import unittest

import check

DOMAIN = "services/auth/domain/keys.cpp"
RPC = "services/auth/rpc/keys.cpp"
BROKER = "services/auth/broker/link.cpp"
CLEAN = {
    "services/CMakeLists.txt": "add_subdirectory(common/base)\n"
                               "add_subdirectory(common/config)\n"
                               "add_subdirectory(common/postgres)\n"
                               "add_subdirectory(common/testing)\n"
                               "add_subdirectory(auth)\n",
    "services/common/base/clock.hpp": "#pragma once\n#include <chrono>\n",
    "services/common/postgres/pool.hpp": "#pragma once\n#include <pqxx/pqxx>\n"
                                         '#include "common/base/clock.hpp"\n',
    "services/common/testing/database.cpp":
        "#include <pqxx/pqxx>\nauto* url = std::getenv(\"URL\");\n",
    "services/auth/main.cpp": '#include "auth/auth_config.hpp"\n#include "auth/rpc/auth_rpc.hpp"\n'
                              '#include "common/config/options.hpp"\nusing namespace confab;\n',
    "services/auth/auth_metrics.hpp": "#pragma once\n#include <prometheus/counter.h>\n",
    "services/auth/auth_metrics.cpp": '#include "auth/auth_metrics.hpp"\n'
                                      '#include "auth/domain/accounts.hpp"\n',
    "services/auth/domain/accounts.hpp": "#pragma once\n#include <boost/asio/awaitable.hpp>\n"
                                         "asio::awaitable<void> find();  // asio::detached\n",
    "services/auth/domain/accounts.cpp": '#include "auth/domain/accounts.hpp"\n'
                                         'const char* text = "std::getenv pqxx::work";\n'
                                         "#ifdef CONFAB_UNIT_TESTS\n#include <gtest/gtest.h>\n"
                                         '#include "common/testing/manual_clock.hpp"\n#endif\n',
    "services/auth/storage/pg_accounts.cpp": '#include <pqxx/pqxx>\n'
                                             '#include "auth/auth_metrics.hpp"\n'
                                             '#include "auth/domain/accounts.hpp"\n'
                                             "using namespace std::string_view_literals;\n",
    "services/auth/rpc/auth_rpc.cpp": '#include "confab/auth/v1/auth.grpc.pb.h"\n'
                                      '#include "confab/message_store/v1/message_store.pb.h"\n',
    "services/gateway/socketio/server.hpp": '#pragma once\n#include "gateway/engineio/server.hpp"\n'
                                            '#include "common/asio/spawn.hpp"\n',
    "services/gateway/dialects/v1/rest.cpp": '#include "gateway/net/http.hpp"\n',
    "services/gateway/dialects/dialect.hpp": '#pragma once\n#include "gateway/dialects/v1/host.hpp"\n',
    "services/gateway/dialects/flask_chat/rest.cpp": '#include "gateway/dialects/dialect.hpp"\n'
                                                     '#include "gateway/dialects/v1/host.hpp"\n',
    "tests/conformance/echo.cpp": "int main() {}\n",
    "proto/confab/auth/v1/auth.proto": 'syntax = "proto3";\n',
}


def found(files):
    """The violations of the clean tree with `files` laid over it, as text."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in {**CLEAN, **files}.items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        return [str(violation) for violation in check.violations(folder)]


class Architecture(unittest.TestCase):
    def assert_one(self, path, content, where, rule, files=None):
        """Exactly one violation, at `where` (a line number), of `rule`, with advice."""
        all_found = found({**(files or {}), path: content})
        self.assertEqual(len(all_found), 1, all_found)
        self.assertTrue(all_found[0].startswith(f"{path}:{where}: [{rule}] "), all_found[0])
        self.assertIn("; ", all_found[0])

    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual(found({}), [])

    def test_rule_1_only_main_constructs_adapters(self):
        self.assert_one("services/auth/auth_config.cpp",
                        '#include "auth/storage/pg_accounts.hpp"\n', 1, "rule 1")

    def test_rule_2_an_adapter_never_includes_another(self):
        self.assert_one(RPC,
                        '\n#include "auth/storage/pg_accounts.hpp"\n', 2, "rule 2")

    def test_rule_2_adapters_share_their_translation(self):
        self.assertEqual(found({RPC: '#include "auth/wire/keys.hpp"\n'}), [])
        self.assert_one("services/auth/wire/keys.cpp",
                        '#include "auth/rpc/auth_rpc.hpp"\n', 1, "rule 2")

    def test_rule_2_an_adapter_takes_no_configuration(self):
        self.assert_one(RPC, '#include "auth/auth_config.hpp"\n', 1, "rule 2")

    def test_rule_2_a_dialect_never_includes_another(self):
        self.assert_one("services/gateway/dialects/v1/rest.cpp",
                        '#include "gateway/dialects/flask_chat/routes.hpp"\n', 1, "rule 2")

        self.assert_one("services/gateway/dialects/chat_backend/rest.cpp",
                        '#include "gateway/dialects/flask_chat/routes.hpp"\n', 1, "rule 2")

    def test_rule_2_what_dialects_share_stands_between_v1_and_them(self):
        self.assert_one("services/gateway/dialects/v1/rest.cpp",
                        '#include "gateway/dialects/dialect.hpp"\n', 1, "rule 2")
        self.assert_one("services/gateway/dialects/message.cpp",
                        '#include "gateway/dialects/flask_chat/routes.hpp"\n', 1, "rule 2")

    def test_rule_2_a_dialect_may_include_its_own_files(self):
        self.assertEqual(found({"services/gateway/dialects/v1/rest.cpp":
                                '#include "gateway/dialects/v1/json.hpp"\n'}), [])

    def test_rule_3_domain_includes_no_adapter(self):
        self.assert_one(DOMAIN, '#include "auth/rpc/auth_rpc.hpp"\n', 1, "rule 3")

    def test_rule_3_domain_includes_no_metrics(self):
        self.assert_one(DOMAIN, '#include "auth/auth_metrics.hpp"\n', 1, "rule 3")

    def test_rule_3_domain_includes_only_common_base(self):
        self.assert_one(DOMAIN,
                        '#include "common/postgres/pool.hpp"\n', 1, "rule 3")

    def test_rule_3_domain_includes_no_proto(self):
        self.assert_one(DOMAIN,
                        '#include "confab/event/v1/event.pb.h"\n', 1, "rule 3")

    def test_rule_3_domain_includes_no_io_library(self):
        self.assert_one(DOMAIN,
                        "#include <boost/asio/co_spawn.hpp>\n", 1, "rule 3")

    def test_rule_3_domain_names_no_asio_type_but_awaitable(self):
        self.assert_one(DOMAIN,
                        "void run(boost::asio::io_context& io);\n", 1, "rule 3")

    def test_rule_4_protocol_libraries_do_not_know_the_domain(self):
        for layer in ("net", "engineio", "socketio"):
            with self.subTest(layer):
                self.assert_one(f"services/gateway/{layer}/session.cpp",
                                '#include "gateway/domain/hub.hpp"\n', 1, "rule 4")

    def test_rule_4_the_lower_library_does_not_include_the_higher(self):
        self.assert_one("services/gateway/engineio/session.cpp",
                        '#include "gateway/socketio/server.hpp"\n', 1, "rule 4")

    def test_rule_4_protocol_libraries_know_no_proto(self):
        self.assert_one("services/gateway/socketio/session.cpp",
                        '#include "confab/event/v1/event.pb.h"\n', 1, "rule 4")

    def test_rule_4_protocol_libraries_use_only_the_base_of_common(self):
        self.assert_one("services/gateway/socketio/session.cpp",
                        '#include "common/config/options.hpp"\n', 1, "rule 4")

    def test_rule_5_common_includes_only_what_is_listed_before(self):
        self.assert_one("services/common/base/uuid.cpp",
                        '#include "common/postgres/pool.hpp"\n', 1, "rule 5")

    def test_rule_5_common_never_includes_a_service(self):
        self.assert_one("services/common/postgres/pool.cpp",
                        '#include "auth/domain/accounts.hpp"\n', 1, "rule 5")

    def test_rule_5_common_never_includes_a_service_proto(self):
        self.assert_one("services/common/postgres/pool.cpp",
                        '#include "confab/auth/v1/auth.pb.h"\n', 1, "rule 5")

    def test_rule_5_a_common_folder_is_listed(self):
        self.assert_one("services/common/extras/thing.cpp", "\n", 1, "rule 5")

    def test_rule_6_a_service_never_includes_another(self):
        self.assert_one(RPC,
                        '#include "message_store/domain/rooms.hpp"\n', 1, "rule 6")

    def test_only_rpc_implements_the_ports_of_the_protocol_libraries(self):
        include = '#include "gateway/engineio/session_router.hpp"\n'
        self.assertEqual(found({"services/gateway/rpc/session_forwarder.hpp":
                                "#pragma once\n" + include}), [])
        self.assert_one("services/gateway/broker/redis_feed.hpp", "#pragma once\n" + include, 2,
                        "rule 2")

    def test_rule_7_each_library_has_its_place(self):
        for header in ("<pqxx/pqxx>", "<libpq-fe.h>", "<boost/beast/http.hpp>", "<grpcpp/grpcpp.h>",
                       "<nghttp2/nghttp2.h>", "<hiredis/hiredis.h>", "<prometheus/counter.h>",
                       '"confab/auth/v1/auth.grpc.pb.h"'):
            with self.subTest(header):
                self.assert_one(BROKER, f"#include {header}\n", 1, "rule 7")

    def test_rule_7_a_library_is_not_used_through_the_include_of_another(self):
        for code in ("pqxx::work* work;", "beast::flat_buffer* buffer;", "grpc::Status* status;",
                     "nghttp2_session* session;", "redisReply* reply;", "prometheus::Counter* counter;"):
            with self.subTest(code):
                self.assert_one(BROKER, f"\n{code}\n", 2, "rule 7")

    def test_rule_7_a_test_beside_an_adapter_may_use_any_library(self):
        self.assertEqual(found({"services/auth/rpc/keys_test.cpp": "pqxx::work* work;\n"}), [])

    def test_rule_7_only_common_runtime_reads_the_environment(self):
        self.assert_one(BROKER, 'auto home = std::getenv("HOME");\n', 1, "rule 7")

    def test_testing_is_for_tests(self):
        self.assert_one(RPC,
                        '#include "common/testing/database.hpp"\n', 1, "tests")
        self.assertEqual(found({"services/auth/rpc/keys_test.cpp":
                                '#include "common/testing/database.hpp"\n'}), [])

    def test_paths_start_at_services(self):
        for path in ("accounts.hpp", "../domain/accounts.hpp", "./accounts.hpp"):
            with self.subTest(path):
                self.assert_one(DOMAIN, f'#include "{path}"\n', 1, "paths")

    def test_a_service_has_only_known_layers(self):
        self.assert_one("services/auth/helpers/text.cpp", "\n", 1, "tree")

    def test_nothing_is_loose_in_common(self):
        self.assert_one("services/common/utils.cpp", "\n", 1, "common")

    def test_using_namespace_in_a_header(self):
        self.assert_one("services/common/base/uuid.hpp",
                        "#pragma once\nusing namespace std::chrono_literals;\n", 2, "using")

    def test_using_namespace_in_a_source_is_for_operators_and_literals(self):
        self.assert_one("services/common/base/uuid.cpp", "using namespace std;\n", 1, "using")

    def test_what_is_no_code_breaks_no_rule(self):
        content = 'auto a = R"(asio::detached)"; /* getenv */ int b = 1\'000;  // pqxx::work\n'
        self.assertEqual(found({RPC: content}), [])
        self.assert_one(RPC, "int b = 1'000; run(asio::detached, 2'000);\n", 1, "detached")

    def test_detached_is_banned(self):
        for code in ("co_spawn(io, run(), asio::detached);", "thread.detach();"):
            with self.subTest(code):
                self.assert_one(RPC, f"{code}\n", 1, "detached")

    def test_nothing_is_awaited_in_a_condition(self):
        for code in ("if (co_await ready()) go();", "while (!(co_await ready()).value()) go();",
                     "for (auto x : co_await all()) go(x);", "switch (co_await kind()) {}",
                     "if (const auto a = f(1); co_await g(a)) go();", "do { } while (co_await f());",
                     "if constexpr (co_await f()) go();"):
            with self.subTest(code):
                self.assert_one(RPC, f"{code}\n", 1, "co_await")
        self.assert_one(RPC, "if (ready() &&\n    co_await more()) go();\n", 2, "co_await")

    def test_what_is_awaited_outside_of_conditions_is_fine(self):
        content = ("const auto ready = co_await ask();\nif (ready) co_await go();\n"
                   "for (;;) co_await sleep();  // if (co_await)\n"
                   "while (more()) { co_await read(\"if (co_await x)\"); }\n")
        self.assertEqual(found({RPC: content}), [])

    def test_a_header_guards_itself(self):
        self.assert_one("services/common/base/uuid.hpp", "#include <string>\n", 1, "headers")

    def test_a_file_has_300_lines_at_most(self):
        self.assert_one("services/common/base/uuid.cpp", "//\n" * 301, 301, "length")

    def test_in_file_tests_do_not_count_as_length(self):
        content = "//\n" * 299 + "#ifdef CONFAB_UNIT_TESTS\n" + "//\n" * 200 + "#endif\n"
        self.assertEqual(found({"services/common/base/uuid.cpp": content}), [])

    def test_nothing_generated_is_committed(self):
        for name in ("auth.pb.h", "auth.grpc.pb.cc", "auth_pb2.py"):
            with self.subTest(name):
                self.assert_one(f"proto/confab/auth/v1/{name}", "\n", 1, "generated")


if __name__ == "__main__":
    sys.exit(unittest.main())
