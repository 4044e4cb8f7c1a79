module wserve

go 1.19
