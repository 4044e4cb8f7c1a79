-- A client over a real socket, which reads what it is told to, byte for byte.
local socket = require "socket"

local Client = {}
Client.__index = Client

local PATIENCE = 30 -- seconds

-- `pump`, if it is given, is called again and again while the client waits: it makes a server of this very state serve.
function Client.connect(port, pump)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:settimeout(pump and 0 or 0.1)
  return setmetatable({ connection = connection, pump = pump, buffer = "" }, Client)
end

function Client:send(bytes)
  local sent, deadline = 0, socket.gettime() + PATIENCE
  while sent < #bytes do
    local last, problem, partial = self.connection:send(bytes, sent + 1)
    sent = last or partial
    assert(last or problem == "timeout", problem)
    assert(socket.gettime() < deadline, "the server reads nothing")
    if not last and self.pump then
      self.pump()
    end
  end
end

-- Reads something more; false at the end of the connection.
function Client:fill()
  local deadline = socket.gettime() + PATIENCE
  while true do
    if self.pump then
      self.pump()
    end
    local whole, problem, partial = self.connection:receive(65536)
    local bytes = whole or partial
    self.buffer = self.buffer .. bytes
    if #bytes > 0 then
      return true
    elseif problem == "closed" then
      return false
    end
    assert(socket.gettime() < deadline, "the server sends nothing")
  end
end

function Client:take(size)
  local bytes = self.buffer:sub(1, size)
  self.buffer = self.buffer:sub(size + 1)
  return bytes
end

-- Up to and with a text; what there is when the connection ends before.
function Client:read_until(text)
  while true do
    local _, last = self.buffer:find(text, 1, true)
    if last then
      return self:take(last)
    elseif not self:fill() then
      return self:take(#self.buffer)
    end
  end
end

function Client:read_exactly(size)
  while #self.buffer < size and self:fill() do
  end
  return self:take(size)
end

function Client:read_rest()
  while self:fill() do
  end
  return self:take(#self.buffer)
end

function Client:read_chunk()
  local size = tonumber(self:read_until("\r\n"):match("^%x+") or "none", 16)
  local chunk = size and self:read_exactly(size)
  if size and size > 0 then
    self:read_exactly(2)
  end
  return chunk
end

function Client:read_chunks()
  local chunks = {}
  local chunk = self:read_chunk()
  while chunk and chunk ~= "" do
    chunks[#chunks + 1] = chunk
    chunk = self:read_chunk()
  end
  return table.concat(chunks), chunk == "", chunks
end

function Client:read_trailers()
  local trailers = ""
  repeat
    local line = self:read_until("\r\n")
    trailers = trailers .. line
  until line == "\r\n" or line == ""
  return trailers
end

-- status, reason, fields (in lower case, a list of values each) and the head itself
function Client:read_head()
  local head = self:read_until("\r\n\r\n")
  local response = { head = head, fields = {} }
  response.status = tonumber(head:match("^HTTP/1%.1 (%d%d%d)"))
  response.reason = head:match("^HTTP/1%.1 %d%d%d ([^\r]*)")
  for name, value in head:gmatch("\r\n([^:\r]+): ?([^\r]*)") do
    name = name:lower()
    response.fields[name] = response.fields[name] or {}
    table.insert(response.fields[name], value)
  end
  return response
end

function Client:read_response(has_no_body)
  local response = self:read_head()
  response.is_complete = true
  local length = (response.fields["content-length"] or {})[1]
  if has_no_body then
    response.body = ""
  elseif length then
    response.body = self:read_exactly(tonumber(length))
    response.is_complete = #response.body == tonumber(length)
  elseif response.fields["transfer-encoding"] then
    response.body, response.is_complete = self:read_chunks()
    response.trailers = response.is_complete and self:read_trailers()
  elseif response.status ~= 204 and response.status ~= 304 then
    response.body = self:read_rest()
  end
  return response
end

function Client.request_text(method, target, body, fields)
  local lines = { ("%s %s HTTP/1.1"):format(method, target), "Host: example.com" }
  for name, value in pairs(fields or {}) do
    lines[#lines + 1] = name .. ": " .. value
  end
  if body then
    lines[#lines + 1] = "Content-Length: " .. #body
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

function Client:exchange(method, target, body, fields)
  self:send(Client.request_text(method, target, body, fields))
  return self:read_response(method == "HEAD")
end

function Client:close()
  self.connection:close()
end

-- One request on a connection of its own.
function Client.ask(port, method, target, body, fields)
  local client = Client.connect(port)
  local response = client:exchange(method, target, body, fields)
  client:close()
  return response
end

return Client
