package wserve_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wserve"
)

func TestShutdownWhileIdle(t *testing.T) {
	r := start(t, textHandler("x"), nil)
	c := r.dial() // an idle connection does not keep it
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	c.head()
	r.stop()
	if _, err := r.server.Listen(); err != http.ErrServerClosed {
		t.Errorf("Listen: %v", err)
	}
	if err := r.server.ListenAndServe(); err != http.ErrServerClosed {
		t.Errorf("ListenAndServe: %v", err)
	}
}

func TestShutdownWaitsForAnswers(t *testing.T) {
	started, goOn := make(chan struct{}), make(chan struct{})
	told := make(chan struct{})
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(started)
		<-goOn
		if r.Context().Err() != nil {
			t.Error("Shutdown has cancelled the context")
		}
		_, _ = io.WriteString(w, "finished")
	}), nil)
	r.server.RegisterOnShutdown(func() { close(told) })
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	within(t, started)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != context.DeadlineExceeded {
		t.Errorf("Shutdown: %v", err)
	}
	within(t, told)
	close(goOn)
	c.head()
	body, err := io.ReadAll(c.reader)
	if err != nil || string(body) != "finished" {
		t.Errorf("%q, %v", body, err)
	}
	r.expectEnd()
}

func TestCloseCutsAnswers(t *testing.T) {
	started, ended := make(chan struct{}), make(chan struct{})
	r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		close(ended)
	}), nil)
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	within(t, started)
	if err := r.server.Close(); err != nil {
		t.Error(err)
	}
	if rest, _ := io.ReadAll(c.reader); len(rest) > 0 {
		t.Errorf("%q", rest)
	}
	r.expectEnd()
	within(t, ended)
}

func TestCloseBeforeItServes(t *testing.T) {
	server := &wserve.Server{Addr: "127.0.0.1:0"}
	addresses, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Listen(); !errors.Is(err, wserve.ErrState) {
		t.Errorf("a second Listen: %v", err)
	}
	_ = server.Close()
	_ = server.Close()
	if _, err := net.Dial("tcp", addresses[0]); err == nil {
		t.Error("it still listens")
	}
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		t.Error(err)
	}
	if err := server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestServeTakesListeners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	server := &wserve.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RemoteAddr)
	})}
	ended := make(chan error, 2)
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": path} {
		listener, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		go func() { ended <- server.Serve(listener) }()
		local, body := askFor(t, listener.Addr())
		if network == "unix" {
			local = "@"
		}
		if body != local {
			t.Errorf("%s: RemoteAddr is %q, expected %q", network, body, local)
		}
	}
	if number := server.Stat("requests"); number != 2 {
		t.Errorf("%d requests", number)
	}
	if err := server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for i := 0; i < 2; i++ {
		if err := within(t, ended); err != http.ErrServerClosed {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket's file is left: %v", err)
	}
}

// askFor gets "/" and tells the client's own address, too.
func askFor(t *testing.T, from net.Addr) (local, body string) {
	t.Helper()
	connection, err := net.Dial(from.Network(), from.String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return connection.LocalAddr().String(), string(content)
}

type wrapped struct{ net.Listener }

func TestServeRefusesListenersWithoutDescriptor(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	err = (&wserve.Server{}).Serve(wrapped{listener})
	if !errors.Is(err, wserve.ErrInvalid) || !strings.Contains(err.Error(), "wserve_test.wrapped") {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("the listener was not closed")
	}
}

func TestAddressInUse(t *testing.T) {
	r := start(t, textHandler("x"), nil)
	err := (&wserve.Server{Addr: r.addr}).ListenAndServe()
	if !errors.Is(err, wserve.ErrSystem) || !strings.Contains(err.Error(), r.addr) {
		t.Error(err)
	}
}

var registerOnce sync.Once // the tests may be run several times

func TestDefaultServeMuxIsTheDefault(t *testing.T) {
	registerOnce.Do(func() { http.Handle("/from-the-default-mux", textHandler("default")) })
	start(t, nil, nil).expectBody("/from-the-default-mux", "default")
}

func TestThreadsLimitHandlers(t *testing.T) {
	const limit = 3
	var now, most atomic.Int32
	arrived, goOn := make(chan struct{}, 100), make(chan struct{})
	r := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		arrived <- struct{}{}
		<-goOn
		now.Add(-1)
	}), wserve.Options{"threads": limit})
	var clients sync.WaitGroup
	for i := 0; i < 4*limit; i++ {
		clients.Add(1)
		go func() {
			defer clients.Done()
			if response, err := r.client.Get(r.url("/")); err == nil {
				response.Body.Close()
			}
		}()
	}
	for i := 0; i < limit; i++ {
		within(t, arrived)
	}
	close(goOn)
	clients.Wait()
	if most.Load() != limit {
		t.Errorf("%d ran at once", most.Load())
	}
}

func TestThreadsZeroServesOnTheLoop(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("still alive")
		}
		_, _ = io.Copy(w, r.Body)
	}), wserve.Options{"threads": 0, "log_level": "none"})
	for i := 0; i < 50; i++ {
		response, err := r.client.Post(r.url("/"), "text/plain", strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(response.Body); string(body) != "text" {
			t.Fatalf("%q", body)
		}
		response.Body.Close()
	}
	if response, _ := r.get("/panic"); response.StatusCode != 500 {
		t.Error(response.Status)
	}
}

// Handlers that wait, and the server that waits for requests, must not each keep a thread in C.
func TestWaitingTakesNoThreads(t *testing.T) {
	const waiting = 100
	arrived, goOn := make(chan struct{}, waiting), make(chan struct{})
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Context().Done()
		w.(http.Flusher).Flush()
		arrived <- struct{}{}
		<-goOn
	}), nil)
	before := threads(t)
	for i := 0; i < waiting; i++ {
		r.dial().send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	for i := 0; i < waiting; i++ {
		within(t, arrived)
	}
	if now := threads(t); now > before+waiting/4 {
		t.Errorf("%d threads before, %d with %d requests that wait", before, now, waiting)
	}
	expectParked(t, "wserve.(*puller).next")
	close(goOn)
}

// expectParked looks for a goroutine that waits on the netpoller.
func expectParked(t *testing.T, function string) {
	t.Helper()
	memory := make([]byte, 1<<20)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, stack := range strings.Split(string(memory[:runtime.Stack(memory, true)]), "\n\n") {
			if strings.Contains(stack, function) && strings.Contains(stack, "[IO wait") {
				return
			}
		}
	}
	t.Errorf("%s never waits on the netpoller", function)
}

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

func TestTwoThousandRequestsUnderGCStress(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	const clients, each = 4, 500
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		_, _ = io.Copy(w, r.Body)
	}), nil)
	errs := make(chan error, clients)
	for number := 0; number < clients; number++ {
		go func(number int) { errs <- echoMany(r, number, each) }(number)
	}
	for i := 0; i < clients; i++ {
		if err := within(t, errs); err != nil {
			t.Error(err)
		}
	}
}

func echoMany(r *running, number, times int) error {
	for i := 0; i < times; i++ {
		path := fmt.Sprintf("/%d/%d", number, i)
		text := strings.Repeat(path, i)
		response, err := r.client.Post(r.url(path), "text/plain", strings.NewReader(text))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != text || response.Header.Get("X-Path") != path {
			return fmt.Errorf("%s: %d bytes, %v, %v", path, len(body), response.Header, err)
		}
	}
	return nil
}

func TestTwoServers(t *testing.T) {
	one, two := start(t, textHandler("one"), nil), start(t, textHandler("two"), nil)
	for i := 0; i < 10; i++ {
		one.expectBody("/", "one")
		two.expectBody("/", "two")
	}
	one.stop()
	two.expectBody("/", "two")
}

func TestServersComeAndGo(t *testing.T) {
	comeAndGo := func(i int) {
		r := start(t, textHandler("x"), nil)
		if i%2 == 0 {
			r.expectBody("/", "x")
		}
		r.stop()
		runtime.GC()
	}
	comeAndGo(0) // what Go itself opens once
	before := descriptors(t)
	for i := 0; i < 50; i++ {
		comeAndGo(i)
	}
	// Go closes the client's side on goroutines of its own.
	for end := time.Now().Add(patience); descriptors(t) > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d descriptors before, %d after", before, descriptors(t))
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

func TestLogGoesToTheLogger(t *testing.T) {
	lines := &logText{}
	r := startServer(t, &wserve.Server{
		Addr: "127.0.0.1:0", Handler: textHandler("x"), ErrorLog: log.New(lines, "[web] ", 0),
		Options: wserve.Options{"log_untrusted_proxy_headers": true, "send_bytes": 2},
	}, lines)
	request, _ := http.NewRequest("GET", r.url("/"), nil)
	request.Header.Set("X-Forwarded-For", "192.0.2.7")
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	r.stop()
	for _, expected := range []string{
		"[web] wserve: warning: send_bytes has no effect in wserve\n",
		"[web] wserve: warning: Removed untrusted headers (X-Forwarded-For",
	} {
		if !strings.Contains(lines.String(), expected) {
			t.Errorf("%q is not in %q", expected, lines.String())
		}
	}
}
