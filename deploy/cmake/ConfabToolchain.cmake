# Flags that hold for every target, ccache and mold where present, and the sanitizer presets.
add_library(confab_warnings INTERFACE)
target_compile_options(confab_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror=switch -Werror)
# GCC 12 warns falsely about these inside coroutine frames and std::string.
target_compile_options(confab_warnings INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete -Wno-restrict -Wno-maybe-uninitialized>)

set(CONFAB_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined")
if(CONFAB_SANITIZE)
  add_compile_options(-fsanitize=${CONFAB_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CONFAB_SANITIZE})
  if(CONFAB_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # Atomic fences in Asio, which it guards itself.
  endif()
  add_library(confab_sanitizer_defaults OBJECT
    ${CMAKE_SOURCE_DIR}/deploy/cmake/sanitizer_defaults.cpp)
else()
  add_compile_options(-fstack-protector-strong -fPIE -fcf-protection
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
add_compile_definitions($<$<CONFIG:Release>:_GLIBCXX_ASSERTIONS>)

find_program(CONFAB_CCACHE ccache)
if(CONFAB_CCACHE)
  # Paths relative to the tree, so that every checkout and worktree shares what is compiled once.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CONFAB_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

find_program(CONFAB_MOLD mold)
if(CONFAB_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
