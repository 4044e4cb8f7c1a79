package wserve

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"wserve/internal/core"
)

// bufferSize is how much of a body is kept back: an answer that is no longer goes out in one piece,
// with its length. The number is net/http's.
const bufferSize = 2048

// response is the http.ResponseWriter of this package: also http.Flusher, http.Hijacker,
// http.CloseNotifier, io.ReaderFrom and io.StringWriter. One goroutine at a time uses it, as the interface says.
type response struct {
	exchange *exchange
	context  *requestContext
	request  *http.Request
	server   *Server
	header   http.Header

	status        int    // 0: no WriteHeader yet
	fields        []byte // name NUL value NUL, as they were at WriteHeader
	hasType       bool   // the content is not to be guessed
	hasTransfer   bool   // a Transfer-Encoding was set: no automatic length
	trailers      []string
	contentLength int64 // -1: not declared
	written       int64
	pending       []byte      // the beginning of the body, not sent yet
	isStarted     bool        // the library has got the head
	isEnded       atomic.Bool // the handler has returned; any goroutine may ask
	failed        error       // what the library said first
	closed        chan bool   // made by CloseNotify
}

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 1024), make([]byte, 0, bufferSize)} }}

// buffer is the memory of one answer, used again and again.
type buffer struct{ fields, pending []byte }

// Header is what WriteHeader, or else the first Write, will send.
func (w *response) Header() http.Header { return w.header }

// WriteHeader fixes status and fields. 1xx are sent at once and may be followed by more.
func (w *response) WriteHeader(status int) {
	switch {
	case w.isEnded.Load() || w.exchange.hijacked:
		w.server.logf("wserve: WriteHeader on an answer that has ended, from %s", caller())
	case w.status != 0:
		w.server.logf("wserve: superfluous WriteHeader from %s", caller())
	case status >= 100 && status <= 199 && status != http.StatusSwitchingProtocols:
		w.interim(status)
	default:
		checkStatus(status)
		w.status = status
		w.freezeFields()
	}
}

// checkStatus panics for what is no status at all, as net/http does.
func checkStatus(status int) {
	if status < 100 || status > 999 {
		panic("invalid WriteHeader code " + strconv.Itoa(status))
	}
}

// interim sends a 1xx. 100 is the library's own: the body has arrived before the handler runs.
func (w *response) interim(status int) {
	if status == http.StatusContinue {
		return
	}
	fields := appendFields(nil, w.header, isDropped)
	err := w.exchange.use(func(request core.Handle) int { return core.Interim(request, status, fields) })
	if err != nil && w.failed == nil {
		w.failed = err
	}
}

// Write sends a part of the body, or keeps it back as long as the whole may be short.
func (w *response) Write(data []byte) (int, error) {
	if err := w.admit(len(data)); err != nil {
		return 0, err
	}
	if !w.isStarted && len(w.pending)+len(data) <= bufferSize {
		w.pending = append(w.pending, data...)
		return len(data), nil
	}
	return w.send(data)
}

// WriteString is Write without a copy for what is kept back.
func (w *response) WriteString(text string) (int, error) {
	if w.isStarted || len(w.pending)+len(text) > bufferSize {
		return w.Write([]byte(text))
	}
	if err := w.admit(len(text)); err != nil {
		return 0, err
	}
	w.pending = append(w.pending, text...)
	return len(text), nil
}

// admit counts bytes of the body and says why there must not be any.
func (w *response) admit(size int) error {
	if w.isEnded.Load() {
		return errEnded
	}
	if w.exchange.hijacked {
		return http.ErrHijacked
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if size == 0 {
		return nil
	}
	if !bodyAllowed(w.status) {
		return http.ErrBodyNotAllowed
	}
	w.written += int64(size)
	if w.contentLength >= 0 && w.written > w.contentLength {
		return http.ErrContentLength
	}
	return w.failed
}

// send sends what was kept back, and data behind it.
func (w *response) send(data []byte) (int, error) {
	if !w.isStarted {
		if len(w.pending) == 0 {
			return w.sent(len(data), w.start(data, data, false))
		}
		room := bufferSize - len(w.pending)
		w.pending = append(w.pending, data[:room]...)
		if err := w.start(w.pending, w.pending, false); err != nil {
			return w.sent(0, err)
		}
		sent, err := w.send(data[room:])
		return room + sent, err
	}
	if len(data) == 0 {
		return 0, w.failed
	}
	return w.sent(len(data), w.exchange.send(func(request core.Handle) int { return core.Write(request, data) }))
}

// sent is the result of a Write; the first failure stays.
func (w *response) sent(size int, err error) (int, error) {
	if err == nil {
		return size, nil
	}
	if w.failed == nil {
		w.failed = err
	}
	return 0, err
}

// start gives the head to the library, with the first part of the body; sample is what the content
// type is guessed from.
func (w *response) start(sample, data []byte, flush bool) error {
	w.guessType(sample)
	w.isStarted = true
	return w.exchange.send(func(request core.Handle) int {
		return core.Begin(request, w.status, w.fields, data, flush)
	})
}

// Flush sends what was kept back.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is Flush with its result, for http.ResponseController of later releases of Go.
func (w *response) FlushError() error {
	if err := w.admit(0); err != nil {
		return err
	}
	if !w.isStarted {
		_, err := w.sent(0, w.start(w.pending, w.pending, true))
		return err
	}
	return w.failed
}

// EnableFullDuplex is for http.ResponseController, too: a body may always be read behind what was
// written.
func (w *response) EnableFullDuplex() error { return nil }

// CloseNotify is http.CloseNotifier, which some packages still take for granted: it tells once that the
// client has left. The context of the request says the same.
func (w *response) CloseNotify() <-chan bool {
	if w.closed == nil {
		closed := make(chan bool, 1)
		w.closed = closed
		go func() {
			<-w.context.Done()
			if !w.isEnded.Load() {
				closed <- true
			}
		}()
	}
	return w.closed
}

// finish ends the answer of a handler that has returned.
func (w *response) finish() {
	if w.exchange.hijacked {
		return
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.isEnded.Store(true) // before the library has all: a write that comes later would be lost
	if !w.isStarted && w.isWhole() {
		w.guessType(w.pending)
		w.context.end() // nobody may look at a request that was given back
		w.exchange.reply(w.status, w.fields, w.pending)
		return
	}
	if !w.isStarted {
		// Only a flush keeps the library from finding out the length.
		_ = w.start(w.pending, w.pending, bodyAllowed(w.status))
	}
	w.addTrailers()
	_ = w.exchange.send(core.Handle.Finish)
}

// isWhole says that the length of an answer is that of what was kept back. A HEAD without content may
// come from a handler that saved itself the work.
func (w *response) isWhole() bool {
	if w.request.Method == http.MethodHead && (len(w.pending) == 0 || w.contentLength >= 0) {
		return false
	}
	return len(w.trailers) == 0 && !w.hasTransfer && bodyAllowed(w.status)
}

// ReadFrom copies a body from elsewhere. Of a file the library sends the content itself.
func (w *response) ReadFrom(source io.Reader) (int64, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if sent, done, err := w.sendFile(source); done {
		return sent, err
	}
	copied := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(copied)
	return io.CopyBuffer(onlyWriter{w}, source, *copied)
}

var copyBuffers = sync.Pool{New: func() any { memory := make([]byte, 32*1024); return &memory }}

// onlyWriter hides ReadFrom, which io.CopyBuffer would call again.
type onlyWriter struct{ io.Writer }

// bodyAllowed is RFC 9110 §6.4.1.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// isDropped says which fields are the server's own business.
func isDropped(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Proxy-Connection", "Te", "Trailer", "Trailers", "Transfer-Encoding", "Upgrade":
		return true
	}
	return strings.HasPrefix(name, http.TrailerPrefix)
}
