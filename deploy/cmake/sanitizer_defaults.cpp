// What programs and tests built with a sanitizer take for their options, so that each of them behaves
// the same however it is started; the environment (TSAN_OPTIONS and so on) may say otherwise.
// Suppressions stand here and nowhere else, each with its reason: faults of libraries, none of ours.

extern "C" {

const char* __asan_default_options() { return "detect_stack_use_after_return=1"; }

/// A finding ends the program, as those of the others do.
const char* __ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1"; }

const char* __lsan_default_suppressions() {
  // libpqxx 6.4 forgets the query's text when a statement with parameters fails.
  return "leak:pqxx::connection_base::exec_params\n";
}

/// Debian's gRPC, Abseil, Protobuf and PostgreSQL libraries are not built with ThreadSanitizer, so
/// that it does not see how their threads hand things to each other: what they do by calling libc is
/// not looked at. What our own code does is, wherever it runs.
const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1:history_size=4:second_deadlock_stack=1";
}

const char* __tsan_default_suppressions() {
  // For the same reason: the parts of these libraries that are headers, and so are instrumented; and
  // where a call's last callback reads what the call was begun with.
  return "race:^grpc::\n"
         "race:^google::protobuf::\n"
         "race:^confab::gateway::RelayCaller::OnDone\n";
}

}  // extern "C"
