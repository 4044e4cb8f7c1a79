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
-- The program ends as soon as something is logged.
local server
local endings = {
  ["close and exit"] = function() os.exit(4, true) end,
  ["exit"] = function() os.exit(4) end,
  ["close"] = function() server:close() end,
}
if options.ending then
  options.logger = endings[options.ending]
  options.ending = nil
end

server = wserve.new(options):listen()
print("Serving on " .. server:address())
io.stdout:flush()
server:run()
print("run has returned")
