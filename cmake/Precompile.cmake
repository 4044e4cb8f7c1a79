# A build that is made often and whole, as those for the sanitizers, reads the standard headers once. An ordinary one does not:
# there a file that forgets one shall not compile.
function(precompile_standard_headers target)
  if(WSERVE_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:<algorithm$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<atomic$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<chrono$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<functional$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<memory$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<string$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<thread$<ANGLE-R>>"
      "$<$<COMPILE_LANGUAGE:CXX>:<vector$<ANGLE-R>>")
  endif()
endfunction()
