-- Workers in a process of their own: the application, then options as NAME=VALUE. Its log goes to standard output.
local wserve = require "wserve"

local options = { listen = "127.0.0.1:0", log_level = "error", workers = 2, app = arg[1] }
for index = 2, #arg do
  local name, value = arg[index]:match("^([^=]+)=(.*)$")
  options[name] = value
end
if options.logs then
  options.logs = nil
  options.logger = function(severity, line)
    print(severity .. ": " .. line:match("^[^\n]*"))
    io.stdout:flush()
  end
end

local server = wserve.new(options):listen()
print("Serving on " .. server:address())
io.stdout:flush()
server:run()
print("run has returned")
