--- One request and its answer.
--
-- The application is called with it. When the application returns, an answer that was started is ended, and a request
-- without an answer gets a 500; an error that it raises makes a 500 too, or, once the head is sent, cuts the connection.
-- `error{404, "no such page"}` answers with that status and text instead. Whoever uses a request after its end gets an
-- error.
--
-- Methods that send return true, or nil and a message when the client has left; everything else that can go wrong raises
-- an error.
--
-- @classmod Request

local core = require "wserve.core"

local Request = {}

--- What came in, by the names of CGI: `REQUEST_METHOD`, `SCRIPT_NAME`, `PATH_INFO`, `QUERY_STRING`, `REQUEST_URI`,
-- `SERVER_PROTOCOL`, `SERVER_NAME`, `SERVER_PORT`, `REMOTE_ADDR`, `CONTENT_TYPE`, `CONTENT_LENGTH`, `HTTP_*` for every
-- other field, `ws.url_scheme`. A table of your own: change it as you like.
-- @table Request.env

local own_keys = { CONTENT_TYPE = true, CONTENT_LENGTH = true }

-- The locale must not change names of fields, as it changes string.upper().
local capitals = { ["-"] = "_" }
for byte = ("a"):byte(), ("z"):byte() do
  capitals[string.char(byte)] = string.char(byte - 32)
end

--- A field of the request.
-- @tparam string name in any case
-- @treturn ?string its value, several joined with `, `; nil when there is none
function Request:header(name)
  local key = name:gsub("[a-z-]", capitals)
  return core.get(self.handle, own_keys[key] and key or "HTTP_" .. key)
end

--- Reads from the body, from where the last read ended. All of it has arrived, and this waits for nobody; but for the
-- option `body_streaming`, with which it waits for the client. A client that has left, or is too slow, makes it nil and a
-- message. Without workers nobody can wait: what has not come yet is an error, take @{read_some} there.
-- @tparam[opt] number|string limit how many bytes at most; without it, or with `"a"`, everything that is left
-- @treturn ?string the bytes; nil at the end of the body, but `""` when everything was asked for
-- @raise when the body still comes, and there are no workers
function Request:read(limit)
  if limit == nil or limit == "a" or limit == "*a" then
    return core.read(self.handle)
  end
  local bytes, problem = core.read(self.handle, limit)
  if bytes == "" and limit > 0 then
    return nil
  end
  return bytes, problem
end

--- Reads what has come of a streamed body, from where the last read ended.
-- @tparam[opt=65536] number limit how many bytes at most; there may be fewer
-- @tparam[opt=0] number timeout seconds to wait for the client; without workers it never waits
-- @treturn ?string the bytes; `""` at the end of the body; nil and `"timeout"` when none came in time, or nil and a message
-- when none will come any more
function Request:read_some(limit, timeout)
  return core.read_some(self.handle, limit or 65536, math.floor((timeout or 0) * 1000))
end

--- The fields behind a chunked body that was read to its end.
-- @treturn table a list of `{ name, value }`
function Request:trailers()
  return core.trailers(self.handle)
end

--- Lets the next read begin at the front of the body again.
function Request:rewind()
  return self.handle:rewind()
end

--- How long the body is.
-- @treturn number bytes; -1 while a body comes that has not said it
function Request:body_size()
  return self.handle:body_size()
end

--- Answers in one call.
-- @tparam number|string status `404`, or `"404 Not Here"`
-- @tparam[opt] table|string fields name = value, or name = list of values for one that comes several times; or a text
-- that is the Content-Type
-- @tparam[opt] string body
function Request:reply(status, fields, body)
  return core.reply(self.handle, status, fields, body)
end

--- Begins an answer whose body comes piece by piece. Without a Content-Length it is sent chunked.
-- @tparam number|string status as for @{reply}
-- @tparam[opt] table|string fields as for @{reply}
function Request:start(status, fields)
  return core.start(self.handle, status, fields)
end

--- Sends a piece of the body, at once. With workers it waits while the client is too slow.
-- @tparam string bytes
function Request:write(bytes)
  return core.write(self.handle, bytes)
end

--- Sends a piece of the body, unless too much waits for the client.
-- @tparam string bytes
-- @treturn ?boolean false when nothing was sent: wait for @{event_fd}, then try again
function Request:try_write(bytes)
  return core.try_write(self.handle, bytes)
end

--- How much output the client has not taken yet.
-- @treturn number bytes
function Request:pending()
  return self.handle:pending()
end

--- How much may wait for this client before @{try_write} refuses more.
-- @tparam number bytes
function Request:set_mark(bytes)
  return self.handle:set_mark(bytes)
end

--- What poll of luaposix, cqueues or luv can wait on: it becomes readable when the client has left, when the time is up,
-- when bytes of a streamed body are there, and when the output has fallen below the mark. Ask @{gone}, @{read_some} and
-- @{try_write} before each wait.
-- @treturn number a descriptor, the library's; -1 when none is to be had
function Request:event_fd()
  return self.handle:event_fd()
end

--- Sends the head, if it was not sent.
function Request:flush()
  return self.handle:flush()
end

--- Sends a part of a file as a part of the body, without reading it into memory.
-- @param file what `io.open` returns, or the number of a descriptor; you may close it afterwards
-- @tparam[opt=0] number offset of the first byte
-- @tparam[opt] number size how many bytes; without it, up to the end of the file
function Request:send_file(file, offset, size)
  local descriptor, file_size = core.file_extent(file)
  offset = offset or 0
  return self.handle:send_file(descriptor, offset, size or math.max(file_size - offset, 0))
end

--- Adds a field to the answer, before its head is sent.
-- @tparam string name
-- @tparam string value
function Request:add_header(name, value)
  return self.handle:add_header(name, value)
end

--- Adds a field behind the body of an answer without a Content-Length.
-- @tparam string name
-- @tparam string value
function Request:add_trailer(name, value)
  return self.handle:add_trailer(name, value)
end

--- Sends an interim answer, such as 103 Early Hints, before the answer itself.
-- @tparam number status 102 to 199
-- @tparam[opt] table|string fields as for @{reply}
function Request:interim(status, fields)
  core.add_fields(self.handle, fields)
  return self.handle:interim(status)
end

--- Ends an answer that was started. The return of the application does it too.
function Request:finish()
  return self.handle:finish()
end

--- Ends the answer because something went wrong: a 500, or, once the head is sent, the connection is cut.
-- @tparam[opt] string problem for the log
function Request:fail(problem)
  return self.handle:fail(problem)
end

local reasons = {
  [core.GONE_HALF_CLOSED] = "half-closed",
  [core.GONE_DISCONNECTED] = "disconnected",
  [core.GONE_TIME_UP] = "time up",
  [core.GONE_DRAINING] = "draining",
}

--- Whether the answer may not be wanted any more. Ask it now and then in long work, with workers; without them nobody
-- looks at the clients while the application runs, only between its calls, for requests that were deferred.
-- @treturn ?string nil while the client waits; `"half-closed"`: it sends no more, and perhaps still reads;
-- `"disconnected"`; `"time up"`; `"draining"`: the server is stopping, come to an end soon
function Request:gone()
  return reasons[self.handle:gone()]
end

--- Keeps the request beyond the return of the application, to be answered later, from this Lua state. Dropped without
-- an answer it gets a 500 when it is collected.
function Request:defer()
  self.is_deferred = true
end

--- Takes the connection out of the server, to speak another protocol on it. You send everything from here on.
-- @treturn number the descriptor, non-blocking and yours to close; luaposix, cqueues and luv can use it
-- @treturn string what the client has sent behind the request
function Request:detach()
  return core.detach(self.handle)
end

local metatable = {}

function metatable.__index(request, key)
  local method = Request[key]
  if method then
    return method
  end
  if key == "env" then
    local env = core.environ(request.handle)
    rawset(request, "env", env)
    return env
  end
end

function metatable.__tostring(request)
  return "wserve.Request: " .. tostring(request.handle)
end

-- Makes the object for a handle of wserve.core.
local function wrap(handle)
  return setmetatable({ handle = handle }, metatable)
end

return { wrap = wrap }
