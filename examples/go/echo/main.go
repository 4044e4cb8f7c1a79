// Sends back what comes, and stops when it is asked to, after the answers under way:
// go run ./echo [ADDRESS]
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"wserve"
)

func echo(w http.ResponseWriter, r *http.Request) {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	if _, err := io.Copy(w, r.Body); err != nil {
		log.Print(err) // the client has left
	}
}

func main() {
	server := &wserve.Server{Addr: "127.0.0.1:8080", Handler: http.HandlerFunc(echo)}
	if len(os.Args) > 1 {
		server.Addr = os.Args[1]
	}
	addresses, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	asked, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	go func() {
		<-asked.Done()
		_ = server.Shutdown(context.Background())
	}()
	fmt.Printf("Serving on http://%s\n", addresses[0])
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
