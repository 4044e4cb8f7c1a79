-- A real nginx on a free port, in a folder of its own.
local socket = require "socket"

local Process = require "support.process"

local Nginx = {}
Nginx.__index = Nginx

local CONFIGURATION = [[
daemon off; pid pid; error_log stderr; worker_processes 1; events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:%d; %s }
}
]]

local function free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  listener:close()
  return tonumber(port)
end

local function wait_for(port)
  local deadline = socket.gettime() + 30
  while true do
    local connection = socket.connect("127.0.0.1", port)
    if connection then
      connection:close()
      return
    end
    assert(socket.gettime() < deadline, "nginx does not listen")
    socket.sleep(0.02)
  end
end

function Nginx.start(server)
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
  local self = setmetatable({ folder = folder, port = free_port() }, Nginx)
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write(CONFIGURATION:format(self.port, server))
  file:close()
  self.process = Process.start{ "env", "LD_PRELOAD=", "/usr/sbin/nginx", "-p", folder, "-c", "nginx.conf", "-e", "stderr" }
  wait_for(self.port)
  return self
end

function Nginx:stop()
  self.process:stop("QUIT")
  os.execute("rm -r " .. self.folder)
end

return Nginx
