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

configure_file(pkgconfig/wserve.pc.in pkgconfig/wserve.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/wserve.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(EXPORT wserve-targets NAMESPACE wserve:: DESTINATION ${WSERVE_CMAKE_DIR})
configure_package_config_file(cmake/wserve-config.cmake.in cmake/wserve-config.cmake
  INSTALL_DESTINATION ${WSERVE_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/wserve-config-version.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/wserve-config.cmake
  ${PROJECT_BINARY_DIR}/cmake/wserve-config-version.cmake
  DESTINATION ${WSERVE_CMAKE_DIR})
