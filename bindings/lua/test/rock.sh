#!/bin/sh
# Installs library and rock as a user does, each into a tree of its own, and serves an application with wserve-lua.
# usage: rock.sh SOURCE_FOLDER BUILD_FOLDER VERSION LUA HEADER_FOLDER
set -eu
root=$1 build=$2 version=$3 lua=$4 headers=$5

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -r "$folder"' EXIT
cmake --install "$build" --prefix "$folder/prefix" >"$folder/install.log" || { cat "$folder/install.log"; exit 1; }
cp -r "$root/bindings/lua" "$folder/lua" # luarocks leaves object files beside the sources
cd "$folder/lua"
luarocks --lua-version="$version" --tree="$folder/tree" make wserve-1.0.0-1.rockspec \
  LUA_INCDIR="$headers" WSERVE_DIR="$folder/prefix"
rm -r "$folder/lua"

cd "$folder"
LD_LIBRARY_PATH=$(dirname "$(find "$folder/prefix" -name libwserve.so)")
LUA_PATH="$folder/tree/share/lua/$version/?.lua;$folder/tree/share/lua/$version/?/init.lua;;"
LUA_CPATH="$folder/tree/lib/lua/$version/?.so;;"
export LD_LIBRARY_PATH LUA_PATH LUA_CPATH
"$lua" -e 'assert(#require("wserve").options() > 40)'
command=$folder/tree/bin/wserve-lua
"$command" --version | grep '^wserve-lua 1'

mkfifo said
"$command" --listen=127.0.0.1:0 --workers=2 "$root/examples/lua/hello_wsapi.lua" >said &
server=$!
read -r line <said
python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end="")' \
  "${line#Serving on }" | grep '^Hello, 127.0.0.1!$'
kill "$server"
wait "$server"
server=
