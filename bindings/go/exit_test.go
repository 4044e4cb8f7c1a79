package wserve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"syscall"
	"testing"
	"time"

	"wserve"
)

// exitMode makes this program one that only ends in some way.
const exitMode = "WSERVE_TEST_EXIT"

func TestMain(m *testing.M) {
	if mode := os.Getenv(exitMode); mode != "" {
		exits[mode].end(newExiting())
		return // as main does
	}
	os.Exit(m.Run())
}

// exiting is a server with a client whose request is being answered.
type exiting struct {
	server *wserve.Server
	ended  chan error
	writer http.ResponseWriter
	body   io.Reader
	goOn   chan struct{}
}

func newExiting() *exiting {
	e := &exiting{server: &wserve.Server{Addr: "127.0.0.1:0"}, ended: make(chan error, 1), goOn: make(chan struct{})}
	arrived := make(chan http.ResponseWriter)
	e.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Context().Done()
		e.body = r.Body
		arrived <- w
		<-e.goOn
	})
	addresses, err := e.server.Listen()
	if err != nil {
		panic(err)
	}
	go func() { e.ended <- e.server.ListenAndServe() }()
	connection, err := net.Dial("tcp", addresses[0])
	if err != nil {
		panic(err)
	}
	fmt.Fprint(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
	e.writer = <-arrived
	return e
}

// writeOn writes from a second goroutine as long as that works.
func (e *exiting) writeOn() {
	go func() {
		for {
			if _, err := e.writer.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}()
}

type exit struct {
	end    func(e *exiting)
	status int // -1: by a signal
}

var exits = map[string]exit{
	"main returns while it serves": {end: func(*exiting) {}},
	"main returns while a handler writes": {end: func(e *exiting) {
		e.writeOn()
		time.Sleep(time.Millisecond)
	}},
	"os.Exit while it serves": {status: 3, end: func(*exiting) { os.Exit(3) }},
	"main panics":             {status: 2, end: func(*exiting) { panic("the end") }},
	"Close, and out": {end: func(e *exiting) {
		_ = e.server.Close()
	}},
	"Close, and out once it has stopped": {end: func(e *exiting) {
		_ = e.server.Close()
		<-e.ended
	}},
	"the handler ends after its server": {end: func(e *exiting) {
		_ = e.server.Close()
		<-e.ended
		e.server = nil
		runtime.GC()
		close(e.goOn)
		for _, err := e.body.Read([]byte{0}); err != http.ErrBodyReadAfterClose; _, err = e.body.Read([]byte{0}) {
			runtime.Gosched()
		}
		if _, err := e.writer.Write([]byte("late")); !errors.Is(err, wserve.ErrState) {
			panic(err)
		}
	}},
	"the handler writes while its server ends": {end: func(e *exiting) {
		e.writeOn()
		_ = e.server.Close()
		<-e.ended
		runtime.GC()
	}},
	"Shutdown gives up": {end: func(e *exiting) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_ = e.server.Shutdown(ctx)
	}},
	"a hijacked connection outlives the server": {end: func(e *exiting) {
		connection, _, err := e.writer.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_ = e.server.Shutdown(context.Background())
		<-e.ended
		close(e.goOn)
		if _, err := io.WriteString(connection, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			panic(err)
		}
	}},
	"a server that never served": {end: func(*exiting) {
		for i := 0; i < 10; i++ {
			_, _ = (&wserve.Server{Addr: "127.0.0.1:0"}).Listen()
			runtime.GC()
		}
	}},
	"by a signal": {status: -1, end: func(*exiting) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
		select {}
	}},
}

var crash = regexp.MustCompile(`AddressSanitizer|runtime error|SIGSEGV|SIGABRT|DATA RACE|fatal error|terminate called`)

func TestExitInAnyOrder(t *testing.T) {
	for name, how := range exits {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		program := exec.CommandContext(ctx, os.Args[0])
		program.Env = append(os.Environ(), exitMode+"="+name)
		said, _ := program.CombinedOutput()
		if status := program.ProcessState.ExitCode(); status != how.status || ctx.Err() != nil || crash.Match(said) {
			t.Errorf("%s: exit status %d, expected %d\n%s", name, status, how.status, said)
		}
	}
}
