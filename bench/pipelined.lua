-- For wrk: sixteen requests in one write.
local batch

function init(_)
  batch = string.rep(wrk.format(), 16)
end

function request()
  return batch
end
