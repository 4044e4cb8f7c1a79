/* Strings with any bytes in them, and 64-bit numbers. */
%include <stdint.i>

#ifdef SWIGRUBY
/* The String itself is passed, without a copy; it stays alive and unchanged while the GVL is held. */
%typemap(in, noblock=1) (const void* data, size_t size), (const char* fields, size_t size) {
  StringValue($input);
  $1 = RSTRING_PTR($input);
  $2 = (size_t)RSTRING_LEN($input);
}
#endif

#ifdef SWIGLUA
%typemap(in, checkfn="SWIG_lua_isnilstring", noblock=1)
    (const void* data, size_t size), (const char* fields, size_t size) {
  $1 = ($1_ltype)lua_tolstring(L, $input, &$2);
}
#endif

#ifdef SWIGGO
%typemap(gotype) (const void* data, size_t size), (const char* fields, size_t size) "[]byte"
%typemap(in, noblock=1) (const void* data, size_t size), (const char* fields, size_t size) {
  $1 = ($1_ltype)$input.array;
  $2 = (size_t)$input.len;
}
#endif
