// Server-sent events: an answer that goes on until the client leaves, or the server stops.
// go run ./events [ADDRESS], then curl -N http://127.0.0.1:8080/
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"wserve"
)

// ticks sends a number now and then; stopping is closed when the server is about to stop.
func ticks(stopping <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // nginx sends it on at once
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for number := 1; ; number++ {
			fmt.Fprintf(w, "id: %d\ndata: tick %d\n\n", number, number)
			w.(http.Flusher).Flush()
			select {
			case <-ticker.C:
			case <-stopping:
				return
			case <-r.Context().Done():
				log.Print("the client has left")
				return
			}
		}
	}
}

func main() {
	stopping := make(chan struct{})
	server := &wserve.Server{Addr: "127.0.0.1:8080", Handler: ticks(stopping)}
	server.RegisterOnShutdown(func() { close(stopping) })
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
