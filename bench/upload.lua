-- For wrk: 1 MiB in every request.
wrk.method = "POST"
wrk.body = string.rep("x", 1048576)
