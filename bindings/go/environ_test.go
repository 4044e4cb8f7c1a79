package wserve_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wserve"
)

func TestEnvironIsTheLibrarys(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all := wserve.Environ(r.WithContext(r.Context()))
		for _, name := range []string{"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_X_A", "ws.url_scheme"} {
			if value, found := all[name]; !found || value != wserve.Getenv(r, name) {
				t.Errorf("%s is %q and %q", name, value, wserve.Getenv(r, name))
			}
			fmt.Fprintf(w, "%s=%s ", name, all[name])
		}
		if wserve.Getenv(r, "NOTHING") != "" {
			t.Error("there is NOTHING")
		}
	}), wserve.Options{"url_scheme": "https", "url_prefix": "/p"})
	c := r.dial()
	c.send("GET /p/x%20y?a=%20 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\n")
	c.head()
	body, err := io.ReadAll(c.reader)
	expected := "REQUEST_METHOD=GET SCRIPT_NAME=/p PATH_INFO=/x y QUERY_STRING=a=%20 HTTP_X_A=1, 2 ws.url_scheme=https "
	if err != nil || string(body) != expected {
		t.Errorf("got %q, %v; expected %q", body, err, expected)
	}
}

func TestBaseURLWithoutHost(t *testing.T) {
	for options, expected := range map[string]string{
		"":        "http://me.example:PORT/p",
		"unix":    "http://me.example/p",
		"https":   "https://me.example:PORT/p",
		"forward": "http://there.example:81/p",
	} {
		given := wserve.Options{"server_name": "me.example", "url_prefix": "/p"}
		server := &wserve.Server{Addr: "127.0.0.1:0", Options: given, Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, wserve.BaseURL(r).String()) })}
		fields := ""
		switch options {
		case "unix":
			server.Addr = "unix:" + t.TempDir() + "/socket"
		case "https":
			given["url_scheme"] = "https"
		case "forward":
			given["trusted_proxy"], given["trusted_proxy_headers"] = "*", "x-forwarded-host"
			fields = "X-Forwarded-Host: there.example:81\r\n"
		}
		r := startServer(t, server, &logText{})
		c := r.dial()
		c.send("GET /p/ HTTP/1.0\r\n" + fields + "\r\n")
		c.head()
		body, err := io.ReadAll(c.reader)
		port := r.addr[strings.LastIndex(r.addr, ":")+1:]
		if expected := strings.ReplaceAll(expected, "PORT", port); err != nil || string(body) != expected {
			t.Errorf("%s: got %q, %v; expected %q", options, body, err, expected)
		}
	}
}

// Handlers that are tested with httptest get what net/http knows.
func TestHelpersUnderOtherServers(t *testing.T) {
	for target, expected := range map[string]string{
		"http://a.example/x":      "http://a.example",
		"https://b.example:8/x?y": "https://b.example:8",
	} {
		r := httptest.NewRequest("GET", target, nil)
		if got := wserve.BaseURL(r).String(); got != expected {
			t.Errorf("%s: got %s", target, got)
		}
		if wserve.Environ(r) != nil || wserve.Getenv(r, "PATH_INFO") != "" {
			t.Error("an environ out of nowhere")
		}
	}
}
