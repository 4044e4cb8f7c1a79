// How nginx, Apache and HAProxy are started for the differential test.
#include "differential/proxies.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "support/cmocka.h"

namespace wserve::tests {

namespace {

struct Recipe {
  std::vector<std::string> command;  // the file's path follows
  std::string text;                  // {folder}, {port}, {origin} and {user} are filled in
};

// The client's half-closed connection is no reason to give its requests up.
const Recipe kNginx = {{"/usr/sbin/nginx", "-e", "stderr", "-g", "daemon off;", "-c"}, R"(
{user}
pid {folder}/pid; error_log {folder}/log; worker_processes 1;
events {}
http {
  access_log off; server_tokens off; ignore_invalid_headers off; merge_slashes off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_header_timeout 2s; client_body_timeout 2s; lingering_time 1s; lingering_timeout 1s;
  upstream origin { server 127.0.0.1:{origin}; keepalive 1; }
  server {
    listen 127.0.0.1:{port};
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Tag $request_id;
      proxy_ignore_client_abort on; proxy_request_buffering off;
      proxy_read_timeout 5s;
    }
  }
}
)"};

const Recipe kApache = {{"/usr/sbin/apache2", "-DFOREGROUND", "-f"}, R"(
ServerRoot {folder}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/log
{user}
ServerName localhost
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule unique_id_module /usr/lib/apache2/modules/mod_unique_id.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
ServerLimit 1
StartServers 1
ThreadsPerChild 16
MaxRequestWorkers 16
Listen 127.0.0.1:{port}
Timeout 5
AllowEncodedSlashes NoDecode
MergeSlashes Off
ProxyPreserveHost On
RequestHeader set X-Tag "%{UNIQUE_ID}e"
ProxyPass / http://127.0.0.1:{origin}/ nocanon max=1
)"};

const Recipe kHaproxy = {{"/usr/sbin/haproxy", "-db", "-q", "-f"}, R"(
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 3s
  timeout server 5s
  timeout http-request 2s
frontend front
  bind 127.0.0.1:{port}
  http-request set-header X-Tag %[uuid()]
  default_backend origin
backend origin
  http-reuse always
  server one 127.0.0.1:{origin}
)"};

const Recipe& recipe_of(const std::string& name) {
  if (name == "nginx") {
    return kNginx;
  }
  return name == "apache" ? kApache : kHaproxy;
}

std::string fill_in(std::string text, const std::string& word, const std::string& value) {
  const std::string mark = "{" + word + "}";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size()) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

// Started by root they want to become somebody else.
std::string user_line(const std::string& name) {
  if (::geteuid() != 0) {
    return "";
  }
  return name == "nginx" ? "user root;" : "User www-data\nGroup www-data";
}

std::string new_folder() {
  char* path = make_folder();
  const std::string folder = path;
  std::free(path);
  assert_int_equal(::chmod(folder.c_str(), 0755), 0);
  return folder;
}

}  // namespace

RealProxy::RealProxy(const std::string& name, int origin_port)
    : port_(free_port()), folder_(new_folder()) {
  const Recipe& recipe = recipe_of(name);
  std::string text = fill_in(recipe.text, "folder", folder_);
  text = fill_in(text, "port", std::to_string(port_));
  text = fill_in(text, "origin", std::to_string(origin_port));
  text = fill_in(text, "user", user_line(name));
  const std::string path = folder_ + "/conf";
  write_file(path.c_str(), text.c_str());
  std::vector<const char*> argv;
  for (const std::string& word : recipe.command) {
    argv.push_back(word.c_str());
  }
  argv.push_back(path.c_str());
  argv.push_back(nullptr);
  process_ = process_start(argv.data());
  process_wait_for_port(&process_, "127.0.0.1", port_);
}

RealProxy::~RealProxy() {
  process_end(&process_);
  remove_folder(folder_.c_str());
}

}  // namespace wserve::tests
