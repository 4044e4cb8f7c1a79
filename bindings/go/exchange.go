package wserve

import (
	"io"
	"net/http"
	"sync"

	"wserve/internal/core"
)

// exchange is the library's half of a request. Handlers may keep what they were given for longer
// than they may use it: once the exchange has ended, every use of it is an error.
type exchange struct {
	mu       sync.Mutex
	handle   uintptr // 0: it has been given back
	hijacked bool
}

// maxWriters is how many goroutines may be inside a call that sends. Each that waits for a slow client
// there holds a thread of the system, and Go ends a process that has 10,000 of them.
const maxWriters = 4096

var writers = make(chan struct{}, maxWriters)

// enterWriters waits for a place among them.
func enterWriters() { writers <- struct{}{} }

func leaveWriters() { <-writers }

// send is use for a call that may wait for the client.
func (e *exchange) send(call func(handle uintptr) int) error {
	enterWriters()
	defer leaveWriters()
	return e.use(call)
}

// use runs a call of the library with the request's handle.
func (e *exchange) use(call func(handle uintptr) int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable(); err != nil {
		return err
	}
	status := call(e.handle)
	if status < 0 {
		return sendError(status)
	}
	return nil
}

func (e *exchange) usable() error {
	if e.hijacked {
		return http.ErrHijacked
	}
	if e.handle == 0 {
		return errEnded
	}
	return nil
}

// reply answers in one piece and ends the exchange, which takes one crossing to C instead of two.
func (e *exchange) reply(status int, fields, body []byte) {
	enterWriters()
	defer leaveWriters()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.usable() == nil {
		core.Reply(e.handle, status, fields, body)
		e.handle = 0
	}
}

// end gives the request back to the library, unless that was done.
func (e *exchange) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.handle != 0 {
		core.Release(e.handle)
		e.handle = 0
	}
}

// errEnded is what a ResponseWriter says once its handler has returned.
var errEnded error = &Error{Status: ErrState, Message: "the handler has returned: the answer has ended"}

// sendError makes an error of a status without asking for its message: these come often.
func sendError(status int) error {
	if Status(status) == ErrDisconnected {
		return errDisconnected
	}
	return &Error{Status: Status(status), Message: "the answer cannot be sent: " + Status(status).Error()}
}

var errDisconnected error = &Error{Status: ErrDisconnected, Message: "the client has left"}

// body is a Request.Body. All of it has arrived: reading waits for no client.
type body struct {
	exchange *exchange
	size     int64
	left     int64 // guarded by exchange.mu, as what follows
	closed   bool
}

// Read reads from where the last Read has ended.
func (b *body) Read(p []byte) (int, error) {
	b.exchange.mu.Lock()
	defer b.exchange.mu.Unlock()
	if b.closed || b.exchange.handle == 0 {
		return 0, http.ErrBodyReadAfterClose
	}
	if len(p) == 0 {
		return 0, nil
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	got := core.Read(b.exchange.handle, p)
	if got < 0 {
		return 0, &Error{Status: Status(got), Message: "the body cannot be read: " + Status(got).Error()}
	}
	b.left -= got
	if b.left == 0 || got == 0 {
		return int(got), io.EOF
	}
	return int(got), nil
}

// Seek lets the next Read begin at the front again; it can do nothing else. So a handler may read a
// body twice: r.Body.(io.Seeker).Seek(0, io.SeekStart).
func (b *body) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, mistake("Seek goes to the front of the body only: Seek(0, io.SeekStart)")
	}
	return 0, b.exchange.use(func(handle uintptr) int {
		b.left = b.size
		return core.SwigcptrRequest(handle).Rewind()
	})
}

// Close ends the reading; it never fails.
func (b *body) Close() error {
	b.exchange.mu.Lock()
	defer b.exchange.mu.Unlock()
	b.closed = true
	return nil
}
