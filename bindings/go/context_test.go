package wserve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"wserve"
)

func TestContextEndsWhenTheClientLeaves(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error, 1)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/wait" {
			return
		}
		derived, cancel := context.WithCancel(context.WithValue(r.Context(), "key", "value"))
		defer cancel()
		if derived.Err() != nil {
			ended <- fmt.Errorf("too early: %w", derived.Err())
		}
		close(started)
		select {
		case <-derived.Done():
			ended <- derived.Err()
		case <-time.After(patience):
			ended <- errors.New("not cancelled")
		}
		_, err := w.Write(make([]byte, 1<<20))
		if err != nil && !errors.Is(err, wserve.ErrDisconnected) {
			t.Errorf("Write: %v", err)
		}
	}), nil)
	c := r.dial()
	c.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	within(t, started)
	c.Close()
	if err := within(t, ended); err != context.Canceled {
		t.Error(err)
	}
	r.expectAlive("/")
}

func TestContextKnowsTheServerAndItsBase(t *testing.T) {
	type key struct{}
	got := make(chan []any, 1)
	server := &wserve.Server{
		Addr:        "127.0.0.1:0",
		BaseContext: func() context.Context { return context.WithValue(context.Background(), key{}, "base") },
	}
	server.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		before := r.Context().Value(key{})
		_ = r.Context().Done()
		got <- []any{r.Context().Value(wserve.ServerContextKey), before, r.Context().Value(key{})}
	})
	r := startServer(t, server, &logText{})
	r.get("/")
	if values := within(t, got); values[0] != server || values[1] != "base" || values[2] != "base" {
		t.Error(values)
	}
}

// However often there is nobody to watch and then somebody again.
func TestOneGoroutineWatchesAllClients(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Context().Done()
		_, _ = io.WriteString(w, r.URL.Path)
	}), nil)
	for end := time.Now().Add(patience); watching() > 0 && time.Now().Before(end); {
		runtime.Gosched() // those of other tests' servers
	}
	for i := 0; i < 100; i++ {
		r.expectBody("/", "/")
		if count := watching(); count > 1 {
			t.Fatalf("%d goroutines watch after %d requests", count, i+1)
		}
	}
}

func watching() int {
	memory := make([]byte, 1<<20)
	return bytes.Count(memory[:runtime.Stack(memory, true)], []byte("wserve.(*watcher).watch("))
}
