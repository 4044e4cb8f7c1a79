package wserve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"wserve"
)

func TestFlushSendsWhatWasWritten(t *testing.T) {
	goOn := make(chan struct{})
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < 3; i++ {
			fmt.Fprintf(w, "event %d\n", i)
			w.(http.Flusher).Flush()
			<-goOn
		}
	}), nil)
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if head := c.head(); !strings.Contains(head, "Transfer-Encoding: chunked") {
		t.Error(head)
	}
	for i := 0; i < 3; i++ { // each comes before the next is written
		c.expectLine("8\r\n")
		c.expectLine(fmt.Sprintf("event %d\n", i))
		c.expectLine("\r\n")
		goOn <- struct{}{}
	}
	c.expectLine("0\r\n")
}

func TestUseAfterTheEndIsAnError(t *testing.T) {
	type kept struct {
		w http.ResponseWriter
		r *http.Request
	}
	left := make(chan kept, 1)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "done")
		left <- kept{w, r}
	}), nil)
	response, err := r.client.Post(r.url("/"), "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	k := within(t, left)
	within(t, k.r.Context().Done())
	awaitEnd(t, k.r.Body)
	if _, err := k.w.Write([]byte("late")); !errors.Is(err, wserve.ErrState) {
		t.Errorf("Write: %v", err)
	}
	if _, err := k.w.(io.ReaderFrom).ReadFrom(strings.NewReader("late")); !errors.Is(err, wserve.ErrState) {
		t.Errorf("ReadFrom: %v", err)
	}
	if _, _, err := k.w.(http.Hijacker).Hijack(); !errors.Is(err, wserve.ErrState) {
		t.Errorf("Hijack: %v", err)
	}
	if _, err := k.r.Body.Read(make([]byte, 9)); err != http.ErrBodyReadAfterClose {
		t.Errorf("Body.Read: %v", err)
	}
	k.w.WriteHeader(201)
	k.w.(http.Flusher).Flush()
	if k.r.Context().Err() != context.Canceled {
		t.Error(k.r.Context().Err())
	}
	r.expectBody("/", "done")
	r.stop()
	if !strings.Contains(r.log.String(), "response_test.go:") {
		t.Errorf("WriteHeader is not logged with its place: %q", r.log.String())
	}
	if _, err := k.w.Write([]byte("later still")); !errors.Is(err, wserve.ErrState) {
		t.Errorf("Write after the server: %v", err)
	}
}

// As soon as a body says that its request is over, so does the answer.
func TestNoWriteIsLostBehindTheEnd(t *testing.T) {
	type kept struct {
		w http.ResponseWriter
		r *http.Request
	}
	left := make(chan kept, 1)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { left <- kept{w, r} }), nil)
	c := r.dial()
	for i := 0; i < 2000; i++ {
		c.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
		k := within(t, left)
		awaitEnd(t, k.r.Body)
		if _, err := k.w.Write([]byte("late")); !errors.Is(err, wserve.ErrState) {
			t.Fatalf("the write after answer %d: %v", i, err)
		}
		c.head()
	}
}

// awaitEnd waits until the answer has ended: its context does a little earlier.
func awaitEnd(t *testing.T, body io.Reader) {
	for end := time.Now().Add(patience); time.Now().Before(end); runtime.Gosched() {
		if _, err := body.Read(make([]byte, 1)); err == http.ErrBodyReadAfterClose {
			return
		}
	}
	t.Fatal("the answer does not end")
}

// wrapping is what middleware makes of a ResponseWriter, and controls what http.ResponseController of
// later releases of Go asks for behind it.
type wrapping struct{ http.ResponseWriter }

func (w wrapping) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type controls interface {
	http.Hijacker
	FlushError() error
	EnableFullDuplex() error
}

func TestResponsesCanBeControlledThroughMiddleware(t *testing.T) {
	goOn := make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(controls)
		_, _ = io.WriteString(w, "written before ")
		errs := []error{inner.EnableFullDuplex(), inner.FlushError()}
		<-goOn
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, string(body), errs, err)
	})
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(wrapping{w}, r)
	}), nil)
	response, err := r.client.Post(r.url("/"), "text/plain", strings.NewReader("it was read "))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	close(goOn) // the head has come before
	body, err := io.ReadAll(response.Body)
	if string(body) != "written before it was read [<nil> <nil>] <nil>" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

func TestHijack(t *testing.T) {
	errs := make(chan error, 3)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			errs <- err
			return
		}
		defer connection.Close()
		_, err = w.Write([]byte("x"))
		errs <- err
		_, _, err = w.(http.Hijacker).Hijack()
		errs <- err
		ahead := make([]byte, buffered.Reader.Buffered())
		_, _ = io.ReadFull(buffered, ahead)
		fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\n\r\nahead %q\n", ahead)
		_, _ = io.Copy(connection, connection)
	}), nil)
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly\x00")
	for _, call := range []string{"Write", "Hijack"} {
		if err := within(t, errs); !errors.Is(err, http.ErrHijacked) {
			t.Errorf("%s after Hijack: %v", call, err)
		}
	}
	c.head()
	c.expectLine("ahead \"early\\x00\"\n")
	r.stop() // hijacked connections are not the server's any more
	c.send("later\n")
	c.expectLine("later\n")
}

func TestHijackComesTooLate(t *testing.T) {
	errs := make(chan error, 1)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		_, _, err := w.(http.Hijacker).Hijack()
		errs <- err
		_, _ = io.WriteString(w, "still here")
	}), nil)
	r.expectBody("/", "still here")
	if err := within(t, errs); !errors.Is(err, wserve.ErrState) {
		t.Error(err)
	}
}

func TestLargeFilesAndBodies(t *testing.T) {
	const size = 20 << 20
	path := filepath.Join(t.TempDir(), "large")
	content := strings.Repeat("0123456789abcde\n", size/16)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, err := io.Copy(w, r.Body)
			if err != nil {
				t.Error(err)
			}
			return
		}
		http.ServeFile(w, r, path)
	}), nil)
	r.expectBody("/", content)
	response, err := r.client.Post(r.url("/"), "text/plain", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != content {
		t.Errorf("%d bytes came back, %v", len(body), err)
	}
}

// The kernel sends files: the handler neither reads them nor waits for a client that does not.
func TestFilesDoNotWaitForTheClient(t *testing.T) {
	const size = 256 << 20 // far above outbuf_high_watermark, where a Write waits
	path := filepath.Join(t.TempDir(), "sparse")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, path)
		close(served)
	}), nil)
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	within(t, served)
	if head := c.head(); !strings.Contains(head, fmt.Sprintf("Content-Length: %d\r\n", size)) {
		t.Error(head)
	}
	c.Close()
}

// The error comes before anything is sent: the handler may still answer something else.
func TestFilesThatCannotBeReadAreAnErrorOfTheHandler(t *testing.T) {
	path := filepath.Join(t.TempDir(), "written")
	if err := os.WriteFile(path, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{path, os.TempDir()} {
			flags := os.O_WRONLY
			if name != path {
				flags = os.O_RDONLY
			}
			file, err := os.OpenFile(name, flags, 0)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := io.Copy(w, file); err == nil {
				t.Error("no error for ", name)
			}
			file.Close()
		}
		w.Header().Set("X-After", "1")
		_, _ = io.WriteString(w, "done")
	}), nil)
	r.expectBody("/", "done")
}

func TestHandlersMayAskForTheEndOfTheConnection(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Connection"] = r.Header["X-Connection"]
		_, _ = io.WriteString(w, "body")
	}), nil)
	for value, closes := range map[string]bool{"close": true, "X-A, Close": true, "keep-alive": false, "closed": false} {
		c := r.dial()
		c.send("GET / HTTP/1.1\r\nHost: x\r\nX-Connection: " + value + "\r\n\r\n")
		head := c.head()
		if strings.Contains(head, "\r\nConnection: close\r\n") != closes || strings.Contains(head, "X-A") {
			t.Errorf("%q: %q", value, head)
		}
		if closes {
			if rest, err := io.ReadAll(c.reader); len(rest) > len("body") || err != nil {
				t.Errorf("%q: %q %v", value, rest, err)
			}
		}
		c.Close()
	}
}

// Names that may stand in the head alone are left out, and the answer goes on.
func TestTrailersAreAnnounced(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum, Set-Cookie, bad name")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "4")
		w.Header().Set("Set-Cookie", "a=1")
	}), nil)
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	all, err := io.ReadAll(c.reader)
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	if err != nil || !strings.Contains(head+"\r\n", "\r\nTrailer: X-Sum\r\n") || body != "4\r\nbody\r\n0\r\nX-Sum: 4\r\n\r\n" {
		t.Errorf("%q %v", all, err)
	}
	r.stop()
	if !strings.Contains(r.log.String(), "Set-Cookie") {
		t.Error(r.log.String())
	}
}

func TestBodyCanBeReadTwice(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _ := io.ReadAll(r.Body)
		_, err := r.Body.(io.Seeker).Seek(0, io.SeekStart)
		second, _ := io.ReadAll(r.Body)
		_, wrong := r.Body.(io.Seeker).Seek(1, io.SeekStart)
		fmt.Fprintf(w, "%s %s %v %v", first, second, err, wrong)
	}), wserve.Options{"body_streaming": false})
	response, err := r.client.Post(r.url("/"), "text/plain", strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if !strings.HasPrefix(string(body), "text text <nil> wserve: Seek goes to the front") {
		t.Errorf("%q", body)
	}
}

func TestWhatIsNoAnswerBecomesA500(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"switching protocols by status": plain(101, ""),
		"status beyond 599":             plain(999, ""),
		"status below 100":              plain(42, ""),
		"two lengths":                   plain(200, "abc", "Content-Length", "3", "Content-Length", "3"),
		"control character":             plain(200, "", "X-A", "a\x01b"),
	} {
		handler := handler
		t.Run(name, func(t *testing.T) {
			r := start(t, handler, nil)
			if response, _ := r.get("/"); response.StatusCode != 500 {
				t.Error(response.Status)
			}
			r.stop()
			if r.log.String() == "" {
				t.Error("nothing is logged")
			}
		})
	}
}

func TestLengthThatIsNoNumberIsLeftOut(t *testing.T) {
	r := start(t, plain(200, "abc", "Content-Length", "many"), nil)
	response, body := r.get("/")
	if response.ContentLength != 3 || body != "abc" || !strings.Contains(r.log.String(), `"many"`) {
		t.Error(response.ContentLength, body, r.log.String())
	}
}
