"""The servers of the bindings and those that their users have now. The bindings are built against the release build
in a folder of the run's own, as users build them."""
import os
import shutil
import subprocess

import servers

HERE, ROOT = servers.HERE, servers.ROOT
BINDINGS = ROOT / "bindings"
LUA = "lua5.1"  # the one that all Lua servers of Debian 12 run on


def write_pkg_config(folder, built):
    """wserve.pc for the release build; returns the environment in which it is found."""
    (folder / "wserve.pc").write_text(
        f"Name: wserve\nDescription: built\nVersion: 1\nCflags: -I{ROOT}/include\n"
        f"Libs: -L{built}/lib -lwserve -Wl,-rpath,{built}/lib\n"
    )
    return {**os.environ, "PKG_CONFIG_PATH": str(folder), "GOPROXY": "off", "GOFLAGS": ""}


def flags_of(environment, package):
    words = ["pkg-config", "--cflags", "--libs", package]
    return subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout.split()


def go(folder, built):
    """(net/http, package wserve) with the same handler; None without Go."""
    theirs = servers.go_peer(folder)
    if theirs is None:
        return None
    program = folder / "gowserve"
    # A cache of this build's own: Go keeps what pkg-config said of another one.
    environment = {**write_pkg_config(folder, built), "GOCACHE": str(built / "go-cache")}
    words = ["go", "build", "-o", program, HERE / "peers" / "gowserve.go"]
    subprocess.run(words, cwd=BINDINGS / "go", check=True, env=environment)
    return theirs, servers.Server("wserve, Go", [program, "{port}"])


def ruby(folder, built):
    """(Puma, the Rack handler) with the same application; None without Puma or without what builds a gem."""
    theirs = servers.puma()
    if theirs is None or shutil.which("ruby") is None or shutil.which("make") is None:
        return None
    native = folder / "ruby" / "wserve"
    native.mkdir(parents=True)
    environment = write_pkg_config(folder, built)
    for words in (["ruby", BINDINGS / "ruby" / "ext" / "wserve" / "extconf.rb"], ["make"]):
        subprocess.run(words, cwd=native, env=environment, check=True, stdout=subprocess.DEVNULL)
    paths = [f"-I{native.parent}", f"-I{BINDINGS / 'ruby' / 'lib'}"]
    ours = ["ruby", *paths, HERE / "peers" / "ruby_wserve.rb", "{port}"]
    return theirs, servers.Server("wserve, Rack", ours)


def lua(folder, built):
    """wserve-lua with a WSAPI application; None without Lua's headers."""
    environment = write_pkg_config(folder, built)
    asked = subprocess.run(["pkg-config", "--exists", LUA], check=False)
    if asked.returncode != 0 or shutil.which(LUA) is None:
        return None
    module = folder / "lua" / "wserve" / "core.so"
    module.parent.mkdir(parents=True)
    sources = sorted((BINDINGS / "lua").glob("*.c"))
    # The module takes Lua itself from the interpreter that loads it.
    flags = [*flags_of(environment, "wserve"), *(flag for flag in flags_of(environment, LUA) if flag.startswith("-I"))]
    words = ["cc", "-O2", "-w", "-shared", "-fPIC", "-o", module, *sources, *flags, "-lpthread", "-ldl"]
    subprocess.run(words, check=True)
    sources_path = f"{BINDINGS / 'lua'}/?.lua;{BINDINGS / 'lua'}/?/init.lua;;"
    ours = ["env", f"LUA_PATH={sources_path}", f"LUA_CPATH={module.parent.parent}/?.so;;"]
    ours += [LUA, BINDINGS / "lua" / "bin" / "wserve-lua", "--listen=127.0.0.1:{port}"]
    return servers.Server("wserve, WSAPI", [*ours, HERE / "peers" / "lua_wsapi.lua"])


def lua_http():
    words = [LUA, HERE / "peers" / "lua_http.lua", "{port}"]
    return servers.Server("lua-http", words, "lua-http") if servers.installed_version("lua-http") else None


def uwsgi():
    """Without keep-alive, because a process would keep to one connection as long as that lives: a process for each
    costs thrice the CPU."""
    words = ["uwsgi", "--plugins", "lua51", "--http-socket", "127.0.0.1:{port}", "--http-socket-modifier1", "6"]
    words += ["--lua", HERE / "peers" / "lua_wsapi.lua", "--listen", "1024", "--add-header", "Connection: close"]
    words += ["--disable-logging", "--die-on-term"]
    package = "uwsgi-plugin-lua5.1"
    return servers.Server("uWSGI", words, package) if servers.installed_version(package) else None


def lua_peers():
    return [peer for peer in (lua_http(), uwsgi()) if peer]


def interpreters():
    """What ran both sides of a pair."""
    return [servers.Server(name, [], package).version() for name, package in (("Ruby", "ruby"), ("Lua", LUA))]


PYTHON = "/usr/bin/python3"  # Debian's, for which the others are packaged


def python(folder, built):
    """The binding with a WSGI application; None without what builds it."""
    environment = write_pkg_config(folder, built)
    asked = [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))"]
    include = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()
    if not os.path.exists(f"{include}/Python.h"):
        return None
    package = folder / "python" / "wserve"
    shutil.copytree(BINDINGS / "python" / "src" / "wserve", package)
    sources = sorted((BINDINGS / "python" / "native").glob("*.c"))
    words = ["cc", "-O2", "-DNDEBUG", "-w", "-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{include}"]
    subprocess.run([*words, "-o", package / "_native.so", *sources, *flags_of(environment, "wserve")], check=True)
    ours = ["env", f"PYTHONPATH={package.parent}", PYTHON, HERE / "peers" / "python_wsgi.py", "wserve", "{port}"]
    return servers.Server("wserve, WSGI", ours)


def python_peers():
    """(server, goal as words, goal): Waitress, and uWSGI with a thread for each connection, because one keeps to a
    connection as long as that lives; gunicorn for the figures."""
    app = HERE / "peers" / "python_wsgi.py"
    folder = ["--chdir", HERE / "peers"]
    uwsgi_words = ["uwsgi", "--plugins", "python3", "--http11-socket", "127.0.0.1:{port}", "--threads", "64"]
    uwsgi_words += [*folder, "--module", "python_wsgi:app", "--listen", "1024", "--disable-logging", "--die-on-term"]
    gunicorn = ["gunicorn", *folder, "-b", "127.0.0.1:{port}", "-k", "gthread", "--threads", "4", "python_wsgi:app"]
    peers = [(servers.Server("Waitress", [PYTHON, app, "waitress", "{port}"], "python3-waitress"), "1/8", 1 / 8),
             (servers.Server("uWSGI, Python", uwsgi_words, "uwsgi-plugin-python3"), "1/2", 1 / 2),
             (servers.Server("gunicorn", gunicorn, "gunicorn"), "1/4", 1 / 4)]
    return [peer for peer in peers if servers.installed_version(peer[0].package)]
