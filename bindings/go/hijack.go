package wserve

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"wserve/internal/core"
)

// Hijack takes the connection out of the server: http.Hijacker. It works as long as nothing of the
// answer was sent. The reader has what the client has sent too early. A head that the handler has made
// by WriteHeader is sent first, as by net/http, and what was written behind it.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	fd, ahead, err := w.detach()
	if err != nil {
		return nil, nil, fmt.Errorf("Hijack: %w", err)
	}
	connection, err := connectionOf(fd)
	if err != nil {
		return nil, nil, fmt.Errorf("Hijack: %w", err)
	}
	if _, err := connection.Write(w.headOfHijacker()); err != nil {
		_ = connection.Close()
		return nil, nil, fmt.Errorf("Hijack: %w", err)
	}
	reader := bufio.NewReader(io.MultiReader(bytes.NewReader(ahead), connection))
	if len(ahead) > 0 {
		// So that Reader.Buffered tells of them.
		_, _ = reader.Peek(1)
	}
	return connection, bufio.NewReadWriter(reader, bufio.NewWriter(connection)), nil
}

// headOfHijacker is what a handler has said before it took the connection. The connection ends with
// it: the library frames nothing any more.
func (w *response) headOfHijacker() []byte {
	if w.status == 0 {
		return nil
	}
	head := fmt.Appendf(nil, "%s %03d %s\r\n", w.request.Proto, w.status, http.StatusText(w.status))
	for rest := environ(w.fields); rest != ""; {
		var name, value string
		name, value, rest = rest.next()
		if name == "Connection" && w.status != http.StatusSwitchingProtocols {
			continue // it stands below
		}
		head = append(append(append(append(head, name...), ": "...), value...), "\r\n"...)
	}
	if w.header.Get("Date") == "" {
		head = append(append(append(head, "Date: "...), time.Now().UTC().Format(http.TimeFormat)...), "\r\n"...)
	}
	if w.status != http.StatusSwitchingProtocols {
		head = append(head, "Connection: close\r\n"...)
	}
	return append(append(head, "\r\n"...), w.pending...)
}

func (w *response) detach() (fd int, ahead []byte, err error) {
	w.exchange.mu.Lock()
	defer w.exchange.mu.Unlock()
	if err := w.exchange.usable(); err != nil {
		return -1, nil, err
	}
	if w.isStarted {
		return -1, nil, &Error{Status: ErrState, Message: "a part of the answer has been sent already"}
	}
	err = try(func() (status int) {
		fd, ahead, status = core.Detach(w.exchange.handle)
		return status
	})
	w.exchange.hijacked = err == nil
	return fd, ahead, err
}

// connectionOf makes a net.Conn of a descriptor, and owns it.
func connectionOf(fd int) (net.Conn, error) {
	file := os.NewFile(uintptr(fd), "connection")
	defer file.Close()
	return net.FileConn(file)
}

// abort closes the connection without a word, for http.ErrAbortHandler.
func (w *response) abort() {
	fd, _, err := w.detach()
	switch {
	case err == nil:
		_ = syscall.Close(fd)
	case !errors.Is(err, http.ErrHijacked):
		_ = w.exchange.use(func(request core.Handle) int { return request.Give_up("") })
	}
}

// fail makes the answer a 500, or cuts the connection once the head is out. The library logs it, if
// the connection is still its own.
func (w *response) fail(text string) {
	err := w.exchange.use(func(request core.Handle) int { return request.Fail(text) })
	if errors.Is(err, http.ErrHijacked) {
		w.server.logf("wserve: error: Exception while serving %s: %s", w.request.URL.Path, text)
	}
}
