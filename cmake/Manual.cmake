# The manual pages and the completion of shells, which Python makes from the option table and the headers.
find_package(Python3 QUIET COMPONENTS Interpreter)
set(manual OFF)
if(WSERVE_INSTALL AND Python3_FOUND)
  set(manual ON)
endif()
option(WSERVE_MANUAL "Make manual pages and completion for shells; needs Python" ${manual})
if(NOT WSERVE_MANUAL)
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(WSERVE_MANUAL_DIR ${PROJECT_BINARY_DIR}/manual)
file(GLOB sources CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/docs/man/*.in ${PROJECT_SOURCE_DIR}/include/wserve/*.h ${PROJECT_SOURCE_DIR}/tools/manual/*)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/manual.stamp
  COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/manual/make_manual.py
    ${PROJECT_SOURCE_DIR} ${WSERVE_MANUAL_DIR} ${PROJECT_VERSION}
  COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/manual.stamp
  DEPENDS ${sources} ${PROJECT_SOURCE_DIR}/docs/options.md ${PROJECT_SOURCE_DIR}/src/own_options.c
  COMMENT "Making the manual pages"
  VERBATIM)
add_custom_target(wserve_manual ALL DEPENDS ${PROJECT_BINARY_DIR}/manual.stamp)

# The manual in HTML, by Sphinx of Debian: cmake --build build/dev --target manual. A warning is an error.
find_program(WSERVE_SPHINX sphinx-build HINTS /usr/bin NO_DEFAULT_PATH)
find_program(WSERVE_SPHINX sphinx-build)
find_program(WSERVE_MANDOC mandoc)
if(WSERVE_SPHINX AND WSERVE_MANDOC)
  add_custom_target(manual
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/manual/make_html.py
      ${PROJECT_SOURCE_DIR} ${WSERVE_MANUAL_DIR} ${PROJECT_BINARY_DIR}/manual-pages
    COMMAND ${CMAKE_COMMAND} -E env WSERVE_VERSION=${PROJECT_VERSION}
      ${WSERVE_SPHINX} -W --keep-going -q -E -b html -d ${PROJECT_BINARY_DIR}/manual-trees
      ${PROJECT_BINARY_DIR}/manual-pages ${PROJECT_BINARY_DIR}/html
    DEPENDS ${PROJECT_BINARY_DIR}/manual.stamp
    COMMENT "Making the manual in ${PROJECT_BINARY_DIR}/html"
    VERBATIM)
endif()

# Pages of the commands that come with a binding stay where they are: bindings are installed by their languages' own tools.
if(WSERVE_INSTALL)
  install(DIRECTORY ${WSERVE_MANUAL_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(DIRECTORY ${WSERVE_MANUAL_DIR}/bash-completion ${WSERVE_MANUAL_DIR}/fish ${WSERVE_MANUAL_DIR}/zsh
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR})
endif()
