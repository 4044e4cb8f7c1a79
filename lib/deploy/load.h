// Loads what to serve, and how, into a server.
#pragma once

#include "deploy/plugins.h"
#include "server/server.h"

namespace wserve::deploy {

// `what` is an ini file (`FILE.ini[#NAME]` or `config:FILE[#NAME]`): its options, filters and
// application; or an application: `NAME` of a bundled one or one on the application path,
// `PATH/TO/LIB.so[:SYMBOL]`, `egg:NAME[#ENTRY]`. `settings` are the application's, or, for a file,
// values beyond its [DEFAULT].
base::Status load(server::Server& server, Plugins& plugins, ByteView what,
                  const SettingList& settings);

// Only the options of an ini file.
base::Status load_options(server::Server& server, ByteView file, const SettingList& settings);

// Only the options and filters of an ini file: the application stays the program's.
base::Status load_settings(server::Server& server, Plugins& plugins, ByteView file,
                           const SettingList& settings);

}  // namespace wserve::deploy
