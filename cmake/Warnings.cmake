# The warnings that every target of ours is built with, and files beyond 2 GiB and years beyond 2038 where neither is a matter
# of course.
add_library(wserve_warnings INTERFACE)
target_compile_options(wserve_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wformat=2
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Wold-style-cast>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wthread-safety>
  $<$<BOOL:${WSERVE_WERROR}>:-Werror>)
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  target_compile_definitions(wserve_warnings INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
  target_compile_options(wserve_warnings INTERFACE -Wno-psabi)  # vectors are passed between our own functions alone
endif()
