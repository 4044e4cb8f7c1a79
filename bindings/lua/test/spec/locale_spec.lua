local Process = require "support.process"
local programs = require "support.programs"

describe("a request in another locale", function()
  -- In Turkish an i has another capital. The locale is found by a variable that a program must have from its start.
  it("has its fields by name", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    os.execute("localedef --no-archive -i tr_TR -f UTF-8 " .. folder .. "/tr_TR.UTF-8")
    local program = [[
      require("wserve.core").get = function(_, key) return key end
      assert(os.setlocale("tr_TR.UTF-8", "ctype"))
      print(require("wserve.request").wrap({}):header("Origin"))]]
    local process = Process.start({ "env", "LOCPATH=" .. folder, programs.lua, "-e", program })
    local said = process:read_line()
    process:wait()
    os.execute("rm -r " .. folder)
    assert.are.equal("HTTP_ORIGIN", said)
  end)
end)
