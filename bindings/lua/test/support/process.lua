-- Programs under test: started by the shell, stopped by their process id.
local Process = {}
Process.__index = Process

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Sixty seconds are longer than any of them should run; and a program that is started in the background must not ignore
-- SIGINT.
local RUN = "env --default-signal=INT timeout --foreground --signal=KILL 60 "

-- Starts a program; its standard error goes to a file, and is read with `errors`.
function Process.start(words)
  local quoted = {}
  for index, word in ipairs(words) do
    quoted[index] = quote(word)
  end
  local errors = os.tmpname()
  -- The process says its id itself, before it becomes the program: nothing can be written earlier.
  local script = ("sh -c 'echo $$; exec \"$@\"' sh %s %s 2>%s & wait $!; echo \"exit $?\""):format(
    RUN, table.concat(quoted, " "), errors)
  local output = assert(io.popen(script, "r"))
  local self = setmetatable({ output = output, error_file = errors }, Process)
  self.pid = assert(tonumber(output:read("*l")))
  return self
end

function Process:read_line()
  return self.output:read("*l")
end

-- The port in "... 127.0.0.1:PORT".
function Process:read_port()
  local line = self:read_line() or ""
  local port = tonumber(line:match(":(%d+)$"))
  assert(port, ("said %q instead of where it listens; errors: %s"):format(line, self:errors()))
  return port
end

function Process:signal(name)
  os.execute(("kill -%s %d"):format(name, self.pid))
end

local function read_file(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

-- The program itself: `pid` is that of timeout(1), which passes signals on when it gets to it.
local function child_of(pid)
  return read_file(("/proc/%d/task/%d/children"):format(pid, pid)):match("%d+")
end

-- Until its first thread waits in a system call, as the kernel tells, and no signal is on its way.
function Process:wait_until_asleep()
  local folder = "/proc/" .. child_of(self.pid)
  repeat
    local state = read_file(folder .. "/stat"):match("%) (%u)")
    local pending = read_file(folder .. "/status"):match("ShdPnd:%s*(%x+)")
  until state == "S" and tonumber(pending, 16) == 0
end

-- Sends a signal, and waits until it was handled and what it has interrupted goes on.
function Process:signal_asleep(name)
  self:wait_until_asleep()
  os.execute(("kill -%s %s"):format(name, child_of(self.pid)))
  self:wait_until_asleep()
end

function Process:errors()
  return read_file(self.error_file)
end

-- Waits for its end: exit status, the rest of its standard output, and its standard error.
function Process:wait()
  local text = self.output:read("*a")
  self.output:close()
  local output, status = text:match("^(.-)exit (%d+)\n$")
  local errors = self:errors()
  os.remove(self.error_file)
  return tonumber(status), output, errors
end

function Process:stop(signal)
  self:signal(signal or "TERM")
  return self:wait()
end

return Process
