package wserve_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"wserve"
)

// patience bounds every wait; nothing takes that long unless it is broken.
const patience = 30 * time.Second

// running is a server of a test's.
type running struct {
	t      *testing.T
	server *wserve.Server
	addr   string
	ended  chan error
	log    *logText
	client *http.Client
}

// logText collects what a server logs.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start serves a handler on a free port until the test ends.
func start(t *testing.T, handler http.Handler, options wserve.Options) *running {
	t.Helper()
	lines := &logText{}
	return startServer(t, &wserve.Server{
		Addr: "127.0.0.1:0", Handler: handler, Options: options,
		ErrorLog: log.New(lines, "", 0),
	}, lines)
}

func startServer(t *testing.T, server *wserve.Server, lines *logText) *running {
	t.Helper()
	server.Options = withLoops(server.Options)
	addresses, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, server: server, addr: addresses[0], ended: make(chan error, 1), log: lines}
	go func() { r.ended <- server.ListenAndServe() }()
	r.client = newClient(t)
	t.Cleanup(r.stop)
	return r
}

// withLoops makes all tests run with as many event loops as the environment says, but for those that
// have something to say about them.
func withLoops(options wserve.Options) wserve.Options {
	loops := os.Getenv("WSERVE_TEST_LOOPS")
	if loops == "" || options["loops"] != nil || options["threads"] == 0 {
		return options
	}
	all := wserve.Options{"loops": loops}
	for name, value := range options {
		all[name] = value
	}
	return all
}

// newClient makes a client that shows answers as they come.
func newClient(t *testing.T) *http.Client {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// stop shuts the server down and waits for it; a second time it does nothing.
func (r *running) stop() {
	r.t.Helper()
	r.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != nil {
		r.t.Errorf("Shutdown: %v", err)
	}
	r.expectEnd()
}

func (r *running) expectEnd() {
	r.t.Helper()
	err := within(r.t, r.ended)
	if !errors.Is(err, http.ErrServerClosed) {
		r.t.Errorf("ListenAndServe: %v", err)
	}
	r.ended <- err
}

func (r *running) url(path string) string { return "http://" + r.addr + path }

// get expects an answer and gives its body.
func (r *running) get(path string) (*http.Response, string) {
	r.t.Helper()
	response, err := r.client.Get(r.url(path))
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response, string(body)
}

func (r *running) expectBody(path, expected string) {
	r.t.Helper()
	if _, body := r.get(path); body != expected {
		r.t.Fatalf("%s: got %q, expected %q", path, body, expected)
	}
}

// expectAlive shows that the server still answers.
func (r *running) expectAlive(path string) {
	r.t.Helper()
	if response, _ := r.get(path); response.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s", path, response.Status)
	}
}

// raw is a connection on which a test writes what it likes.
type raw struct {
	t *testing.T
	net.Conn
	reader *bufio.Reader
}

func (r *running) dial() *raw {
	r.t.Helper()
	network, address := "tcp", r.addr
	if path := strings.TrimPrefix(r.addr, "unix:"); path != r.addr {
		network, address = "unix", path
	}
	connection, err := net.Dial(network, address)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = connection.SetDeadline(time.Now().Add(patience))
	r.t.Cleanup(func() { connection.Close() })
	return &raw{t: r.t, Conn: connection, reader: bufio.NewReader(connection)}
}

func (c *raw) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// head reads a status line and fields.
func (c *raw) head() string {
	c.t.Helper()
	var head strings.Builder
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			c.t.Fatalf("%v after %q", err, head.String())
		}
		if line == "\r\n" {
			return head.String()
		}
		head.WriteString(line)
	}
}

func (c *raw) expectLine(expected string) {
	c.t.Helper()
	line, err := c.reader.ReadString('\n')
	if err != nil || line != expected {
		c.t.Fatalf("got %q, %v; expected %q", line, err, expected)
	}
}

// within receives from a channel, or ends the test.
func within[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

func textHandler(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}
