// The smallest server: go run ./hello [ADDRESS]
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"wserve"
)

func main() {
	server := &wserve.Server{
		Addr: "127.0.0.1:8080",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "Hello, World!")
		}),
	}
	if len(os.Args) > 1 {
		server.Addr = os.Args[1]
	}
	addresses, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Serving on http://%s\n", addresses[0])
	log.Fatal(server.ListenAndServe())
}
