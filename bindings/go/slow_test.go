package wserve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"

	"wserve"
)

const slowReaders = 50

// slowScene is a server whose handler at /slow writes for as long as somebody takes it, and clients
// that take nothing.
type slowScene struct {
	*running
	begun chan struct{} // by each handler
	ended chan error    // what each handler's Write has said in the end
}

func newSlowScene(t *testing.T, options wserve.Options) *slowScene {
	t.Helper()
	options["outbuf_high_watermark"], options["write_min_rate"] = 1<<16, 0
	s := &slowScene{begun: make(chan struct{}, slowReaders), ended: make(chan error, slowReaders)}
	s.running = start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/slow" {
			fmt.Fprint(w, "not slow")
			return
		}
		s.begun <- struct{}{}
		piece := make([]byte, 1<<16)
		for {
			if _, err := w.Write(piece); err != nil {
				s.ended <- err
				return
			}
		}
	}), options)
	return s
}

// addSlowReaders returns when each makes its handler wait.
func (s *slowScene) addSlowReaders() {
	s.t.Helper()
	for i := 0; i < slowReaders; i++ {
		s.dial().send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	s.awaitWriters(slowReaders)
}

// awaitWriters waits until so many goroutines are in a Write of the library's.
func (s *slowScene) awaitWriters(expected int) {
	s.t.Helper()
	memory := make([]byte, 1<<20)
	count := -1
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		stacks := memory[:runtime.Stack(memory, true)]
		if count = bytes.Count(stacks, []byte("core._Cfunc_hot_write(")); count == expected {
			return
		}
	}
	s.t.Fatalf("%d goroutines wait in Write, expected %d", count, expected)
}

// What package wserve's documentation says about slow clients.
func TestSlowReadersCostAThreadEachAndNobodyElseAnything(t *testing.T) {
	for name, options := range map[string]wserve.Options{
		"any number of handlers":          {},
		"one handler more than they take": {"threads": slowReaders + 1},
		"several loops":                   {"loops": 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSlowScene(t, options)
			s.expectBody("/", "not slow")
			before := threads(t)
			s.addSlowReaders()
			for i := 0; i < 100; i++ {
				s.expectBody("/", "not slow")
			}
			if now := threads(t); now > before+slowReaders+10 {
				t.Errorf("%d threads before, %d now", before, now)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			if err := s.server.Shutdown(ctx); err != context.DeadlineExceeded {
				t.Errorf("Shutdown: %v", err)
			}
			if err := s.server.Close(); err != nil {
				t.Error(err)
			}
			for i := 0; i < slowReaders; i++ {
				if err := within(t, s.ended); !errors.Is(err, wserve.ErrDisconnected) {
					t.Errorf("Write: %v", err)
				}
			}
			s.expectEnd()
		})
	}
}

// Nobody who pulls is left to hear that the server has stopped.
func TestServerEndsBeforeHandlersThatAreAllItHas(t *testing.T) {
	for name, stop := range map[string]func(*wserve.Server) error{
		"Close": (*wserve.Server).Close,
		"Shutdown": func(s *wserve.Server) error {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			return s.Shutdown(ctx)
		},
	} {
		stop := stop
		t.Run(name, func(t *testing.T) {
			started, goOn := make(chan struct{}), make(chan struct{})
			defer close(goOn)
			r := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				close(started)
				<-goOn
			}), wserve.Options{"threads": 1, "stop_timeout": time.Millisecond})
			r.dial().send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			within(t, started)
			if err := stop(r.server); err != nil {
				t.Error(err)
			}
			r.expectEnd()
		})
	}
}

// A client that leaves gives the thread back: nobody has to wait for a timeout.
func TestSlowReaderThatLeavesEndsItsHandler(t *testing.T) {
	s := newSlowScene(t, wserve.Options{})
	c := s.dial()
	c.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	s.awaitWriters(1)
	c.Close()
	if err := within(t, s.ended); !errors.Is(err, wserve.ErrDisconnected) {
		t.Errorf("Write: %v", err)
	}
}
