# Makes the Makefile of wserve/native.so; the library is found by pkg-config.
require "mkmf"

pkg_config("wserve") or abort "wserve.pc is not found: install libwserve, or set PKG_CONFIG_PATH"
have_func("rb_interned_str", "ruby.h") or abort "Ruby 3.0 or later is needed"
# Beside the wrapper, which SWIG made; it is not ours to warn about.
$CFLAGS << " -std=gnu11 -Wno-missing-prototypes"
create_makefile("wserve/native")
