#!/bin/sh
# What tools/package_check.sh runs in a bare root, which has packages in /packages/old and /packages/new: installs the old ones,
# upgrades to the new ones, removes and purges.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
names="libwserve1 libwserve-dev libwserve-doc wserve ruby-wserve lua-wserve golang-wserve-dev python3-wserve"

install() {
  apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
}
fail() {
  echo "package_root.sh: $1" >&2
  exit 1
}
each_has() {
  for name in $names; do
    [ "$(dpkg-query -W -f='${Version} ${Status}' "$name")" = "$1 install ok installed" ] ||
      fail "$name is $(dpkg-query -W "$name"), and should be $1"
  done
}

apt-get update -qq
new=$(dpkg-deb -f /packages/new/libwserve1_*.deb Version)
install /packages/old/*.deb
each_has "$new~0"
echo "== installed: $new~0"

echo "; a line of the administrator's" >> /etc/wserve/wserve.ini
install /packages/new/*.deb
each_has "$new"
grep -q "administrator's" /etc/wserve/wserve.ini || fail "the upgrade has overwritten /etc/wserve/wserve.ini"
echo "== upgraded: $new"

# Nothing is served that nobody has asked for.
[ ! -e /etc/systemd/system/multi-user.target.wants/wserve.service ] || fail "the service was enabled"

# What was configured stays until a purge, and then nothing does.
# shellcheck disable=SC2086
apt-get remove -y -qq $names
[ -e /etc/wserve/wserve.ini ] || fail "removing has taken away /etc/wserve/wserve.ini"
# shellcheck disable=SC2086
dpkg --purge $names
left=$(find / -xdev \( -path /proc -o -path /sys -o -path /packages -o -path /tmp \
  -o -path /var/log -o -path /var/cache/apt \) -prune -o -iname '*wserve*' -print)
[ -z "$left" ] || fail "left behind: $left"
echo "== purged"
