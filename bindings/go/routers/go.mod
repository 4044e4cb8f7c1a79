module wserve/routers

go 1.19

require (
	github.com/go-chi/chi/v5 v5.0.7
	github.com/gorilla/mux v1.8.0
	wserve v1.0.0
)

// Debian's packages golang-github-go-chi-chi-dev and golang-github-gorilla-mux-dev.
replace (
	github.com/go-chi/chi/v5 => /usr/share/gocode/src/github.com/go-chi/chi
	github.com/gorilla/mux => /usr/share/gocode/src/github.com/gorilla/mux
	wserve => ../
)
