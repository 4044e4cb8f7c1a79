package wserve

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"

	"wserve/internal/core"
)

// body is a Request.Body. What has not come is waited for on Go's netpoller, without a thread.
type body struct {
	exchange *exchange
	context  *requestContext
	request  *http.Request // whose Trailer is filled in at the end
	size     int64         // -1: not known before its end
	left     int64         // guarded by exchange.reading, as what follows; -1 likewise
	hasEnded bool
	closed   bool
}

// Read reads from where the last Read has ended, and waits for the client if it must. A client that has
// left, is too slow, or sends what is no body is io.ErrUnexpectedEOF.
func (b *body) Read(p []byte) (int, error) {
	got, err := b.readNow(p)
	if err != errNotYet {
		return got, err
	}
	b.context.beginReading()
	defer b.context.endReading()
	if got, err = b.wait(p); err == io.ErrUnexpectedEOF {
		b.context.clientLeft()
	}
	return got, err
}

var errNotYet = errors.New("the next bytes have not come")

// readNow reads what is there.
func (b *body) readNow(p []byte) (int, error) {
	b.exchange.reading.Lock()
	defer b.exchange.reading.Unlock()
	switch {
	case b.closed || b.exchange.handle == 0:
		return 0, http.ErrBodyReadAfterClose
	case b.hasEnded || b.left == 0:
		return 0, b.end()
	case len(p) == 0:
		return 0, nil
	}
	got, status := core.Read(b.exchange.handle, p)
	switch {
	case status == statusTimeout:
		return 0, errNotYet
	case Status(status) == ErrDisconnected:
		return 0, io.ErrUnexpectedEOF
	case status < 0:
		return 0, &Error{Status: Status(status), Message: "the body cannot be read: " + Status(status).Error()}
	case b.left > 0:
		b.left -= int64(got)
	}
	if got == 0 || b.left == 0 {
		return got, b.end()
	}
	return got, nil
}

// wait reads once something has come.
func (b *body) wait(p []byte) (got int, err error) {
	news, err := b.exchange.openNews()
	if err != nil {
		return 0, err
	}
	waited := news.ready.Read(func(uintptr) bool {
		got, err = b.readNow(p)
		return err != errNotYet
	})
	if waited != nil {
		return 0, http.ErrBodyReadAfterClose // the handler has returned
	}
	return got, err
}

// end is io.EOF, with the trailers in their place.
func (b *body) end() error {
	if !b.hasEnded {
		b.hasEnded = true
		b.fillTrailer()
	}
	return io.EOF
}

func (b *body) fillTrailer() {
	for index := 0; ; index++ {
		name, value, found := core.Trailer(b.exchange.handle, index)
		if !found {
			return
		}
		if b.request.Trailer == nil {
			b.request.Trailer = http.Header{}
		}
		b.request.Trailer.Add(name, value)
	}
}

// Close ends the reading; it never fails.
func (b *body) Close() error {
	b.exchange.reading.Lock()
	defer b.exchange.reading.Unlock()
	b.closed = true
	return nil
}

// wholeBody is a body that has arrived before the handler runs.
type wholeBody struct{ *body }

// Seek lets the next Read begin at the front again; it can do nothing else. So a handler may read a
// body twice: r.Body.(io.Seeker).Seek(0, io.SeekStart).
func (b wholeBody) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, mistake("Seek goes to the front of the body only: Seek(0, io.SeekStart)")
	}
	return 0, b.exchange.use(func(request core.Handle) int {
		b.exchange.reading.Lock()
		defer b.exchange.reading.Unlock()
		b.left = b.size
		b.hasEnded = false
		return request.Rewind()
	})
}

// announcedTrailer takes the field Trailer of a chunked request out of its header, as net/http does: the
// names are there from the beginning.
func announcedTrailer(header http.Header) http.Header {
	lists := header["Trailer"]
	if lists == nil {
		return nil
	}
	delete(header, "Trailer")
	var announced http.Header
	for _, name := range strings.Split(strings.Join(lists, ","), ",") {
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		switch name {
		case "", "Transfer-Encoding", "Trailer", "Content-Length":
			continue
		}
		if announced == nil {
			announced = http.Header{}
		}
		announced[name] = nil
	}
	return announced
}

// news is the descriptor of a request as Go's netpoller waits for it.
type news struct {
	file  *os.File // a duplicate of the library's
	ready syscall.RawConn
}

func (n *news) close() { _ = n.file.Close() }

func (e *exchange) openNews() (*news, error) {
	e.reading.Lock()
	defer e.reading.Unlock()
	if e.handle == 0 {
		return nil, http.ErrBodyReadAfterClose
	}
	if e.news == nil {
		made, err := newNews(e.handle.Event_fd())
		if err != nil {
			return nil, err
		}
		e.news = made
	}
	return e.news, nil
}

func newNews(descriptor int) (*news, error) {
	if descriptor < 0 {
		return nil, &Error{Status: ErrSystem, Message: "no descriptor is left to wait for a body"}
	}
	fd, err := duplicate(descriptor)
	if err != nil {
		return nil, &Error{Status: ErrSystem, Message: "duplicating a request's descriptor: " + err.Error()}
	}
	n := &news{file: os.NewFile(uintptr(fd), "ws_request_event_fd")}
	if n.ready, err = n.file.SyscallConn(); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}
