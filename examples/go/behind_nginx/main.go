// Behind nginx, below a path of its own: nginx.conf beside this file is the other half.
// go run ./behind_nginx [ADDRESS]
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"wserve"
)

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "You are %s, and the cart is at %s\n", r.RemoteAddr, wserve.BaseURL(r).JoinPath("cart"))
	})
	mux.HandleFunc("/cart", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "path %s below %s\n", r.URL.Path, wserve.Getenv(r, "SCRIPT_NAME"))
	})
	mux.HandleFunc("/buy", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, wserve.BaseURL(r).JoinPath("cart").String(), http.StatusSeeOther)
	})
	return mux
}

func main() {
	server := &wserve.Server{
		Addr:    "127.0.0.1:8080",
		Handler: routes(),
		Options: wserve.Options{
			"url_prefix":            "/shop",
			"trusted_proxy":         "127.0.0.1",
			"trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
		},
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
