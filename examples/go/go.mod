module wserve/examples

go 1.19

require wserve v1.0.0

replace wserve => ../../bindings/go
