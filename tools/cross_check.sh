#!/bin/sh
# tools/cross_check.sh [TARGET...]: what one machine can show of others. A target is an architecture of Debian (arm64, armhf,
# s390x, i386), whose library and unit, wire and fuzz tests are built against a system root of Debian 12 and run under qemu;
# libc++, with which clang compiles the library and its unit tests, which run; or musl, whose compiler reads the public headers.
# All of them without an argument. Needs root (for the system roots) and installs what it uses; MIRROR as in bare_root.sh.
set -eu
cd "$(dirname "$0")/.."
build=build/cross
mkdir -p "$build"

# The GNU name of an architecture's compiler; the processor by qemu's and by CMake's name.
gnu_of() {
  case "$1" in
    arm64) echo aarch64-linux-gnu ;;
    armhf) echo arm-linux-gnueabihf ;;
    s390x) echo s390x-linux-gnu ;;
    i386) echo i686-linux-gnu ;;
    *) echo "cross_check.sh: no such target: $1" >&2; exit 2 ;;
  esac
}
processor_of() {
  case "$1" in
    arm64) echo aarch64 ;;
    armhf) echo arm ;;
    *) echo "$1" ;;
  esac
}

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Configures, builds and runs, with these settings of CMake beside those that all have.
check() {
  name=$1
  shift
  cmake -S . -B "$build/$name" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DWSERVE_WERROR=ON -DWSERVE_BINDINGS= \
    -DWSERVE_BUILD_EXAMPLES=OFF -DWSERVE_INSTALL=OFF "$@" >/dev/null
  # What is run is built, and what is installed.
  ninja -C "$build/$name" -t targets all |
    sed -n 's/^\(test_unit_[a-z0-9_]*\|run_wire_[a-z]*\|replay_[a-z_]*\|app_[a-z]*\|wserve_command\): phony$/\1/p' |
    xargs cmake --build "$build/$name" --target
  # Under qemu the tests that count descriptors or read /proc would see qemu's own.
  ctest --test-dir "$build/$name" -L 'unit|wire|fuzz' --output-on-failure
}

check_architecture() {
  architecture=$1
  gnu=$(gnu_of "$architecture")
  install mmdebstrap qemu-user-static "g++-$gnu"
  root=$PWD/$build/root-$architecture
  if [ ! -d "$root/usr/include/event2" ]; then
    rm -rf "$root"
    mmdebstrap --mode=root --variant=extract --architectures="$architecture" \
      --include=libc6-dev,libstdc++-12-dev,libevent-dev,libhttp-parser-dev,zlib1g-dev,libbrotli-dev,libcmocka-dev \
      bookworm "$root" ${MIRROR:+"$MIRROR"}
  fi
  # A linker script or a link of the root that begins with / means the root.
  find "$root/usr/lib" -lname '/*' ! -lname "$root/*" | while read -r link; do
    ln -sfn "$root$(readlink "$link")" "$link"
  done
  PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/$(multiarch_of "$architecture")/pkgconfig:$root/usr/share/pkgconfig \
    check "$architecture" \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$(processor_of "$architecture")" \
    -DCMAKE_C_COMPILER="$gnu-gcc" -DCMAKE_CXX_COMPILER="$gnu-g++" -DCMAKE_SYSROOT="$root" \
    -DCMAKE_FIND_ROOT_PATH="$root" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
    -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
    -DCMAKE_CROSSCOMPILING_EMULATOR="qemu-$(processor_of "$architecture")-static;-L;$root"
}

# The folder of the libraries of an architecture.
multiarch_of() {
  case "$1" in
    i386) echo i386-linux-gnu ;;
    *) gnu_of "$1" ;;
  esac
}

check_libcxx() {
  install clang libc++-dev libc++abi-dev
  check libcxx -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_FLAGS=-stdlib=libc++
}

check_musl() {
  install musl-tools
  for header in include/wserve/*.h; do
    printf '#include <wserve/%s>\nint read_by_musl;\n' "$(basename "$header")" | musl-gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -xc -
  done
}

[ $# -gt 0 ] || set -- arm64 s390x i386 armhf libc++ musl
for target; do
  case "$target" in
    libc++) check_libcxx ;;
    musl) check_musl ;;
    *) check_architecture "$target" ;;
  esac
  echo "$target: passed"
done
