-- wrk: redemptions, each of a nonce of its own. Arguments: file of nonces, one a
-- line; nonces of each thread; the body before and behind a nonce.
local threads = 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  left = tonumber(args[2])
  local line = #"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\n"
  nonces = assert(io.open(args[1]))
  nonces:seek("set", id * left * line)
  length = line
  wrk.headers["Content-Type"] = "application/json"
  local text = wrk.format("POST", nil, nil, args[3] .. string.rep("n", line - 1) .. args[4])
  local at = text:find("nnnnn", 1, true)
  before, behind = text:sub(1, at - 1), text:sub(at + line - 1)
end

-- Nobody may take the others' part: what runs out is an error.
function request()
  left = left - 1
  if left < 0 then return before .. string.rep("A", length - 1) .. behind end
  return before .. nonces:read(length):sub(1, -2) .. behind
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %.1f %.1f %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
