#!/bin/sh
# Installs the packages of Debian 12 or 13 that the library is built with; with "test", those that its tests need too; with
# "tools", also those of lint.sh, fuzz.sh, coverage.sh and bare_root.sh. No service that comes with them is started or enabled.
set -eu

build="g++ cmake ninja-build pkg-config python3 libevent-dev libhttp-parser-dev zlib1g-dev libbrotli-dev"
test="libcmocka-dev libuv1-dev libcurl4-openssl-dev libssl-dev libwslay-dev python3-websockets locales abigail-tools mandoc python3-sphinx python3-myst-parser reuse zsh fish valgrind curl iproute2 openssl systemd prometheus chromium goaccess jq logrotate
      nginx-light apache2-bin haproxy caddy lighttpd lighttpd-mod-openssl varnish
      python3-dev python3-dbg mypy python3-pip python3-setuptools python3-wheel python3-flask python3-django python3-pyramid
      python3-webtest python3-paste python3-pastedeploy python3-waitress
      swig make ruby ruby-dev ruby-rack ruby-sinatra ruby-railties ruby-minitest
      lua5.1 lua5.2 lua5.3 lua5.4 luajit liblua5.1-0-dev liblua5.2-dev liblua5.3-dev liblua5.4-dev libluajit-5.1-dev
      lua-busted lua-socket lua-posix lua-wsapi lua-orbit lua-filesystem lua-ldoc lua-check luarocks
      golang-go golang-github-go-chi-chi-dev golang-github-gorilla-mux-dev"
tools="clang clang-format clang-tidy gcovr mmdebstrap"

case "${1:-build}" in
  tools) packages="$build $test $tools" ;;
  test) packages="$build $test" ;;
  *) packages=$build ;;
esac

missing=
for package in $packages; do
  if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive

# The tests start proxies of their own: those of the packages must not take port 80 meanwhile.
no_services=/usr/sbin/policy-rc.d
if [ ! -e "$no_services" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$no_services" >/dev/null
  $as_root chmod 755 "$no_services"
  trap '$as_root rm -f "$no_services"' EXIT
fi

# Nor at the next boot: a package enables its services when it is installed, and only then.
enabled_services() {
  find /etc/systemd/system -path '*.wants/*' -name '*.service' 2>/dev/null | sed 's|.*/||' | sort -u
}
enabled_before=$(enabled_services)

$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing

for service in $(enabled_services); do
  if ! printf '%s\n' "$enabled_before" | grep -qxF "$service"; then
    $as_root systemctl --quiet disable "$service"
  fi
done
