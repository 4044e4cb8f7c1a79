"""Real proxies in front of a port, with a few lines of configuration."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from support import is_served, free_port, wait_until

NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    location {location} {{
      proxy_pass http://127.0.0.1:{upstream};
      {lines}
    }}
  }}
}}
"""
APACHE = """
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
{modules}
<Location {location}>
  ProxyPass http://127.0.0.1:{upstream}{path}
  {lines}
</Location>
"""
MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http", "headers")


@contextlib.contextmanager
def _running(folder, command, port):
    # A sanitizer that is loaded before everything else is for the interpreter alone.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        wait_until(lambda: is_served(port) or process.poll() is not None)
        if process.poll() is not None:
            raise AssertionError(process.stderr.read())
        yield port
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


@contextlib.contextmanager
def nginx(upstream, *lines, location="/"):
    """nginx in front of a port; gives its own."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = pathlib.Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, upstream=upstream, location=location,
                                       lines="\n      ".join(lines)))
        with _running(folder, [shutil.which("nginx", path="/usr/sbin"), "-p", folder, "-c", str(config)], port):
            yield port


@contextlib.contextmanager
def apache(upstream, *lines, location="/"):
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES)
        config = pathlib.Path(folder) / "apache.conf"
        config.write_text(APACHE.format(folder=folder, port=port, upstream=upstream, location=location, path=location,
                                        modules=modules, lines="\n  ".join(lines)))
        program = shutil.which("apache2", path="/usr/sbin")
        with _running(folder, [program, "-f", str(config), "-D", "FOREGROUND"], port):
            yield port
