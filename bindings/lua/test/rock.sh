#!/bin/sh
# Builds and installs the rock as a user does, and asks wserve-lua for its version.
# usage: rock.sh SOURCE_FOLDER LIBRARY_FOLDER VERSION LUA HEADER_FOLDER
set -eu
root=$1 library=$2 version=$3 lua=$4 headers=$5

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp -r "$root/bindings/lua" "$folder/lua" # luarocks leaves object files beside the sources
cd "$folder/lua"
LD_LIBRARY_PATH=$library
export LD_LIBRARY_PATH
luarocks --lua-version="$version" --tree="$folder/tree" make wserve-1.0.0-1.rockspec \
  LUA_INCDIR="$headers" WSERVE_INCDIR="$root/include" WSERVE_LIBDIR="$library"
rm -r "$folder/lua"

cd "$folder"
LUA_PATH="$folder/tree/share/lua/$version/?.lua;$folder/tree/share/lua/$version/?/init.lua;;"
LUA_CPATH="$folder/tree/lib/lua/$version/?.so;;"
export LUA_PATH LUA_CPATH
"$lua" -e 'assert(#require("wserve").options() > 40)'
"$folder/tree/bin/wserve-lua" --version | grep '^wserve-lua 1'
