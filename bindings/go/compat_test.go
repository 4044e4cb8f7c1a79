package wserve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"wserve"
)

// What programs that were written for net/http take for granted.

func TestHeadBeforeHijackIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		handler  http.HandlerFunc
		expected string
	}{
		"101": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Upgrade", "x")
			w.Header().Set("Connection", "Upgrade")
			w.WriteHeader(http.StatusSwitchingProtocols)
		}, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\nDate: DATE\r\n\r\nraw"},
		"200, with a body": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", "DATE")
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "body ")
		}, "HTTP/1.1 200 OK\r\nDate: DATE\r\nConnection: close\r\n\r\nbody raw"},
		"nothing": {func(http.ResponseWriter, *http.Request) {}, "raw"},
	} {
		handler := c.handler
		r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler(w, r)
			connection, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(connection, "raw")
			_ = connection.Close()
		}), nil)
		connection := r.dial()
		connection.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		all, _ := io.ReadAll(connection.reader)
		lines := strings.Split(string(all), "\r\n")
		for i, line := range lines {
			if date := strings.TrimPrefix(line, "Date: "); date != line && date != "DATE" {
				if _, err := http.ParseTime(date); err != nil {
					t.Error(err)
				}
				lines[i] = "Date: DATE"
			}
		}
		if got := strings.Join(lines, "\r\n"); got != c.expected {
			t.Errorf("%s: got %q, expected %q", name, got, c.expected)
		}
	}
}

func TestCloseNotify(t *testing.T) {
	told := make(chan bool, 1)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		//lint:ignore SA1019 packages in use still ask for it
		closed := w.(http.CloseNotifier).CloseNotify()
		if r.URL.Path == "/stay" {
			fmt.Fprint(w, "ok")
			return
		}
		told <- <-closed
	}), nil)
	r.expectBody("/stay", "ok")
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	_ = c.Close()
	if !within(t, told) {
		t.Error("the channel was closed instead")
	}
}

func TestUploadsAreRemoved(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 10); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
		kept, _ := filepath.Glob(filepath.Join(folder, "multipart-*"))
		fmt.Fprintf(w, "%d", len(kept))
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
	}), nil)
	for _, path := range []string{"/", "/panic"} {
		var form bytes.Buffer
		writer := multipart.NewWriter(&form)
		part, _ := writer.CreateFormFile("file", "a")
		_, _ = part.Write(make([]byte, 1<<20))
		_ = writer.Close()
		response, err := r.client.Post(r.url(path), writer.FormDataContentType(), &form)
		if err == nil {
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if string(body) != "1" {
				t.Errorf("%s: the handler has seen %s files", path, body)
			}
		}
	}
	r.stop()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		left, _ := filepath.Glob(filepath.Join(folder, "multipart-*"))
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("left: %v", left)
		}
	}
}

func TestServeEndsWithItsListener(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = filepath.Join(t.TempDir(), "socket")
		}
		listener, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		server := &wserve.Server{Handler: textHandler("x")}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		askFor(t, listener.Addr())
		_ = listener.Close()
		if err := within(t, ended); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", network, err)
		}
		if connection, err := net.Dial(network, listener.Addr().String()); err == nil {
			_ = connection.Close()
			t.Errorf("%s: the socket is still open", network)
		}
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestDroppedServersKeepNoDescriptors(t *testing.T) {
	drop := func() {
		server := &wserve.Server{Addr: "127.0.0.1:0", Handler: textHandler("x")}
		if _, err := server.Listen(); err != nil {
			t.Fatal(err)
		}
	}
	drop() // what Go itself opens once
	before := descriptors(t)
	for i := 0; i < 20; i++ {
		drop()
	}
	if kept := descriptors(t); kept <= before {
		t.Fatalf("%d descriptors before, %d with servers that listen", before, kept)
	}
	for end := time.Now().Add(patience); descriptors(t) > before; time.Sleep(time.Millisecond) {
		runtime.GC()
		if time.Now().After(end) {
			t.Fatalf("%d descriptors before, %d after", before, descriptors(t))
		}
	}
}

// Go ends a process with 10,000 threads: who waits for slow clients is bounded.
func TestWritersAreBounded(t *testing.T) {
	defer wserve.LeaveWriters(slowReaders / 2)()
	s := newSlowScene(t, wserve.Options{})
	for i := 0; i < slowReaders; i++ {
		s.dial().send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	for i := 0; i < slowReaders; i++ {
		within(t, s.begun) // what comes later is not handled any more
	}
	s.awaitWriters(slowReaders / 2)
	if err := s.server.Close(); err != nil {
		t.Error(err)
	}
	for i := 0; i < slowReaders; i++ {
		if err := within(t, s.ended); !errors.Is(err, wserve.ErrDisconnected) {
			t.Errorf("Write: %v", err)
		}
	}
}
