package wserve_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What net/http's client cannot be made to send.
func TestRequestsThatAreTheLast(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "close=%v %s", r.Close, r.Header["Connection"])
	})
	theirs := httptest.NewServer(handler)
	defer theirs.Close()
	reference := &running{t: t, addr: theirs.Listener.Addr().String()}
	ours := start(t, handler, nil)
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: x-close, CLOSE\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
	} {
		expected, got := reference.answerTo(request), ours.answerTo(request)
		if got != expected {
			t.Errorf("%q: got %q, expected %q", request, got, expected)
		}
	}
}

// answerTo sends a request as it is and gives the body of the answer, which has a length.
func (r *running) answerTo(request string) string {
	r.t.Helper()
	c := r.dial()
	c.send(request)
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(body)
}
