// The Go binding, with the handler of gonethttp.go. usage: gowserve PORT
package main

import (
	"io"
	"log"
	"net/http"
	"os"

	"wserve"
)

func main() {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "Hello, World!\n")
	}
	log.Fatal(wserve.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(answer)))
}
