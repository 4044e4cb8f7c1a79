package wserve_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// A program that others have written and that uses everything: net/http's own reverse proxy.
func TestReverseProxyRunsAsUnderNetHTTP(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		fmt.Fprintf(w, "%s %s %s %q", r.Method, r.URL, r.Header.Get("X-Forwarded-For"), body)
		w.(http.Flusher).Flush()
		w.Header().Set("X-Sum", "1")
	}))
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	theirs := httptest.NewServer(proxy)
	defer theirs.Close()
	ours := start(t, proxy, nil)
	for _, c := range []differentialCase{
		{path: "/a/b?c=d"}, {path: "/x%2Fy"}, {method: "POST", body: long}, {method: "HEAD"},
	} {
		expected, got := look(t, ours.client, theirs.URL, c), look(t, ours.client, ours.url(""), c)
		if !reflect.DeepEqual(got, expected) {
			t.Errorf("%+v:\n     got %+v\nexpected %+v", c, got, expected)
		}
	}
}

func TestReverseProxyUpgrades(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", r.Header.Get("Upgrade"))
		_, _ = io.Copy(connection, buffered)
	}))
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, httputil.NewSingleHostReverseProxy(target), nil).dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") || !strings.Contains(head, "Upgrade: echo\r\n") {
		t.Fatal(head)
	}
	for _, line := range []string{"one\n", "two\n"} {
		c.send(line)
		c.expectLine(line)
	}
}

func TestOptionsOfTheServer(t *testing.T) {
	c := start(t, http.NotFoundHandler(), nil).dial()
	c.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
	if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 200 ") || !strings.Contains(head, "Content-Length: 0\r\n") {
		t.Error(head)
	}
}
