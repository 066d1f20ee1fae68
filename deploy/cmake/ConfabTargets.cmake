# The kinds of target there are.
include(GoogleTest)

# confab_proto(<package> [GRPC] [DEPENDS <package>...])
# Library proto_<package>, made from confab/<package>/v1/<file>.proto. The file is named like the
# package, except in "common", which has one file a type.
function(confab_proto package)
  cmake_parse_arguments(arg "GRPC" "" "DEPENDS" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/proto)
  file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/confab/${package}/v1/*.proto)
  set(sources)
  set(commands)
  foreach(proto ${protos})
    get_filename_component(name ${proto} NAME_WE)
    set(base ${out}/confab/${package}/v1/${name})
    set(made ${base}.pb.cc ${base}.pb.h)
    set(plugin)
    if(arg_GRPC)
      list(APPEND made ${base}.grpc.pb.cc ${base}.grpc.pb.h)
      set(plugin --grpc_out=${out} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${made}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND protobuf::protoc -I ${CMAKE_SOURCE_DIR}/proto --cpp_out=${out} ${plugin} ${proto}
      DEPENDS ${proto} VERBATIM)
    list(APPEND sources ${made})
  endforeach()
  add_library(proto_${package} STATIC ${sources})
  target_include_directories(proto_${package} SYSTEM PUBLIC ${out})
  target_link_libraries(proto_${package} PUBLIC protobuf::libprotobuf)
  if(arg_GRPC)
    target_link_libraries(proto_${package} PUBLIC gRPC::grpc++)
  endif()
  foreach(dependency ${arg_DEPENDS})
    target_link_libraries(proto_${package} PUBLIC proto_${dependency})
  endforeach()
endfunction()

# confab_library(<name> [SOURCES <x.cpp>...] [UNIT <x.cpp>...] [TESTS <x_test.cpp>...]
#                [LINK <target>...] [TEST_LINK <target>...] [ALONE_AT <server>])
# A static library (INTERFACE when it has no sources). UNIT names sources whose tests stand at their
# foot: they are compiled a second time with CONFAB_UNIT_TESTS into the test program <name>_test,
# beside the TESTS files. Of all tests with the same ALONE_AT, ctest never runs two at one time:
# those at one Redis would hear what the others publish.
function(confab_library name)
  cmake_parse_arguments(arg "" "ALONE_AT" "SOURCES;UNIT;TESTS;LINK;TEST_LINK" ${ARGN})
  set(plain)
  if(arg_SOURCES)
    add_library(${name}_objects OBJECT ${arg_SOURCES})
    target_include_directories(${name}_objects PUBLIC ${CMAKE_SOURCE_DIR}/services)
    target_link_libraries(${name}_objects PRIVATE confab_warnings PUBLIC ${arg_LINK})
    set(plain $<TARGET_OBJECTS:${name}_objects>)
  endif()
  if(arg_SOURCES OR arg_UNIT)
    add_library(${name} STATIC ${arg_UNIT} ${plain})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/services)
    target_link_libraries(${name} PRIVATE confab_warnings PUBLIC ${arg_LINK})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/services)
    target_link_libraries(${name} INTERFACE ${arg_LINK})
  endif()
  if(NOT BUILD_TESTING OR NOT (arg_UNIT OR arg_TESTS))
    return()
  endif()
  # Not linked with the library itself: the UNIT sources would stand in it a second time.
  add_executable(${name}_test ${arg_UNIT} ${arg_TESTS} ${plain})
  target_compile_definitions(${name}_test PRIVATE CONFAB_UNIT_TESTS)
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/services)
  target_link_libraries(${name}_test PRIVATE
    confab_warnings ${arg_LINK} ${arg_TEST_LINK} GTest::gmock_main)
  confab_sanitized(${name}_test)
  set(alone)
  if(arg_ALONE_AT)
    set(alone RESOURCE_LOCK ${arg_ALONE_AT})
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 120 ${alone})
endfunction()

# confab_sanitized(<executable>)
# In the sanitizers' presets, gives it their options (sanitizer_defaults.cpp).
function(confab_sanitized executable)
  if(TARGET confab_sanitizer_defaults)
    target_link_libraries(${executable} PRIVATE confab_sanitizer_defaults)
  endif()
endfunction()

# confab_service(<name> SOURCES <x.cpp>... LINK <target>...)
# The program confab-<name>.
function(confab_service name)
  confab_program(confab-${name} ${ARGN})
endfunction()

# confab_program(<name> SOURCES <x.cpp>... LINK <target>...)
# A program of that name.
function(confab_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_compile_definitions(${name} PRIVATE CONFAB_VERSION="${PROJECT_VERSION}")
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/services)
  target_link_libraries(${name} PRIVATE confab_warnings ${arg_LINK})
  confab_sanitized(${name})
endfunction()

# confab_failpoint_program(<name> STEPS <x.cpp>... SOURCES <x.cpp>... LINK <target>...)
# The same program with failpoints (common/base/failpoint.hpp), as bin/failpoints/<name>; not built
# unless asked for. Only the sources that have steps are compiled again: given to the linker before
# the libraries, they take the place of those there.
function(confab_failpoint_program name)
  cmake_parse_arguments(arg "" "" "STEPS;SOURCES;LINK" ${ARGN})
  confab_program(${name}-failpoints SOURCES ${arg_SOURCES} LINK ${arg_LINK})
  set(common ${CMAKE_SOURCE_DIR}/services/common)
  target_sources(${name}-failpoints PRIVATE ${arg_STEPS} ${common}/runtime/failpoints.cpp)
  target_compile_definitions(${name}-failpoints PRIVATE CONFAB_FAILPOINTS)
  set_target_properties(${name}-failpoints PROPERTIES EXCLUDE_FROM_ALL ON OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/failpoints)
endfunction()

# confab_migrations(<target> <variable prefix>)
# Compiles migrations/NNNN_title.sql of the calling folder into <target>, as the array
# confab::<namespace>::kMigrations declared in storage/migrations.hpp.
function(confab_migrations target namespace)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/migrations.cpp)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
  list(SORT files)
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -DOUT=${made} -DNAMESPACE=${namespace} "-DFILES=${files}"
      -P ${CMAKE_SOURCE_DIR}/deploy/cmake/EmbedMigrations.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/deploy/cmake/EmbedMigrations.cmake VERBATIM)
  target_sources(${target} PRIVATE ${made})
endfunction()

# confab_embed_text(<source> <file> <header> <namespace> <name>)
# Writes <source>, which defines the std::string_view <namespace>::<name> that <header> declares: the
# text of <file>.
function(confab_embed_text source file header namespace name)
  set(script ${CMAKE_SOURCE_DIR}/deploy/cmake/EmbedText.cmake)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DOUT=${source} -DFILE=${CMAKE_CURRENT_SOURCE_DIR}/${file}
      -DHEADER=${header} -DNAMESPACE=${namespace} -DNAME=${name} -P ${script}
    DEPENDS ${file} ${script} VERBATIM)
endfunction()
