-- An upload that is read while it comes: it is in no memory and in no file, and what is too much is refused before any of
-- it was sent. The answer comes meanwhile, a line for each piece. Reading waits for the client, and so it needs workers. Run it:
--   wserve-lua --workers=4 --body-streaming=on --max-request-body-size=1T streamed_upload.lua
-- then: curl -T some_file http://127.0.0.1:8080/
local PIECE = 64 * 1024
local MOST = 10 * 2 ^ 30
local MODULUS = 65521

-- Adler-32
local function add_to_sum(low, high, bytes)
  for index = 1, #bytes do
    low = (low + bytes:byte(index)) % MODULUS
    high = (high + low) % MODULUS
  end
  return low, high
end

local function report(input)
  local size, low, high = 0, 1, 0
  local piece, problem = input:read(PIECE)
  while piece do
    size = size + #piece
    low, high = add_to_sum(low, high, piece)
    coroutine.yield(("%d bytes\n"):format(size))
    piece, problem = input:read(PIECE)
  end
  if problem then
    error(problem, 0) -- the client has left: it will not become whole
  end
  coroutine.yield(("Adler-32 %04x%04x\n"):format(high, low))
end

return function(env)
  local fields = { ["Content-Type"] = "text/plain" }
  if (tonumber(env.CONTENT_LENGTH) or 0) > MOST then
    return 413, fields, "too much\n"
  end
  return 200, fields, coroutine.wrap(function()
    report(env.input)
  end)
end
