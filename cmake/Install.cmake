# What `cmake --install` puts where: the library, its headers, its .pc and CMake files, the command and its apps.
include(CMakePackageConfigHelpers)

set(WSERVE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/wserve)

install(TARGETS wserve EXPORT wserve-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(WSERVE_BUILD_STATIC)
  install(TARGETS wserve_static EXPORT wserve-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(TARGETS wserve_command DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS app_hello app_echo app_environ app_files
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/wserve)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wserve DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# What a program that links the archive needs of C++: libstdc++ or libc++, whichever this compiler takes.
set(WSERVE_CXX_LIBRARIES ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER WSERVE_CXX_LIBRARIES INCLUDE REGEX "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi)$")
list(REMOVE_DUPLICATES WSERVE_CXX_LIBRARIES)

# The .pc files find the rest beside them, so that a moved tree works; but below /usr their paths must be the ones that
# pkg-config knows for the compiler's own, and what lies outside of the prefix stays where it is.
file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
set(WSERVE_PC_PREFIX "\${pcfiledir}/${to_prefix}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(WSERVE_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
endif()
foreach(folder IN ITEMS LIBDIR INCLUDEDIR)
  set(WSERVE_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(WSERVE_PC_${folder} ${CMAKE_INSTALL_${folder}})
  endif()
endforeach()
list(TRANSFORM WSERVE_CXX_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE cxx_libraries)
list(JOIN cxx_libraries " " cxx_libraries)
set(WSERVE_PC_PRIVATE "-levent_core -lhttp_parser${WSERVE_PC_CODINGS} ${cxx_libraries} -lpthread")

configure_file(pkgconfig/wserve.pc.in pkgconfig/wserve.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/wserve.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(WSERVE_BUILD_STATIC)
  configure_file(pkgconfig/wserve-static.pc.in pkgconfig/wserve-static.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/wserve-static.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

install(EXPORT wserve-targets NAMESPACE wserve:: DESTINATION ${WSERVE_CMAKE_DIR})
configure_package_config_file(cmake/wserve-config.cmake.in cmake/wserve-config.cmake
  INSTALL_DESTINATION ${WSERVE_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/wserve-config-version.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/wserve-config.cmake
  ${PROJECT_BINARY_DIR}/cmake/wserve-config-version.cmake
  DESTINATION ${WSERVE_CMAKE_DIR})

# `cmake --build build/release --target uninstall` takes away what the last install of this folder has put down. A project
# around this one may have a target of that name.
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -D MANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
      -P ${PROJECT_SOURCE_DIR}/cmake/Uninstall.cmake
    VERBATIM)
endif()
