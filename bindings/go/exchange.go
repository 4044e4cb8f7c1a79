package wserve

import (
	"net/http"
	"sync"

	"wserve/internal/core"
)

// exchange is the library's half of a request. Handlers may keep what they were given for longer
// than they may use it: once the exchange has ended, every use of it is an error.
type exchange struct {
	mu       sync.Mutex
	reading  sync.Mutex  // so that who reads does not wait for who writes
	handle   core.Handle // changed with both of them held; 0: it has been given back
	hijacked bool
	news     *news // guarded by reading; nil until somebody waits for a body
}

// maxWriters is how many goroutines may be inside a call that sends. Each that waits for a slow client
// there holds a thread of the system, and Go ends a process that has 10,000 of them.
const maxWriters = 4096

var writers = make(chan struct{}, maxWriters)

// enterWriters waits for a place among them.
func enterWriters() { writers <- struct{}{} }

func leaveWriters() { <-writers }

// send is use for a call that may wait for the client.
func (e *exchange) send(call func(core.Handle) int) error {
	enterWriters()
	defer leaveWriters()
	return e.use(call)
}

// use runs a call of the library with the request's handle.
func (e *exchange) use(call func(core.Handle) int) error {
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
		core.Answer(e.takeHandle(), status, fields, body)
	}
}

// end gives the request back to the library, unless that was done.
func (e *exchange) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.handle != 0 {
		core.DeleteRequest(e.takeHandle())
	}
}

// takeHandle is called with mu held; who reads, or waits to read, finds that there is nothing more.
func (e *exchange) takeHandle() core.Handle {
	e.reading.Lock()
	defer e.reading.Unlock()
	handle := e.handle
	e.handle = 0
	if e.news != nil {
		e.news.close()
	}
	return handle
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
