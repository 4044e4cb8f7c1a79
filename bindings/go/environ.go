package wserve

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// environ is what the library says about a request: name NUL value NUL, pair after pair.
type environ string

// next cuts off the first pair.
func (e environ) next() (name, value string, rest environ) {
	text := string(e)
	end := strings.IndexByte(text, 0)
	name, text = text[:end], text[end+1:]
	end = strings.IndexByte(text, 0)
	return name, text[:end], environ(text[end+1:])
}

func (e environ) get(wanted string) (string, bool) {
	for e != "" {
		var name, value string
		if name, value, e = e.next(); name == wanted {
			return value, true
		}
	}
	return "", false
}

// Environ gives all that the library says about a request: REQUEST_METHOD, SCRIPT_NAME, PATH_INFO,
// REMOTE_ADDR, ws.url_scheme and so on, and what filters have added. It is nil for a request that
// comes from another server, such as httptest's.
func Environ(r *http.Request) map[string]string {
	packed, ok := r.Context().Value(environContextKey).(environ)
	if !ok {
		return nil
	}
	all := map[string]string{}
	for packed != "" {
		var name, value string
		name, value, packed = packed.next()
		all[name] = value
	}
	return all
}

// Getenv gives one value of a request's environ, "" if it has none.
func Getenv(r *http.Request, name string) string {
	packed, _ := r.Context().Value(environContextKey).(environ)
	value, _ := packed.get(name)
	return value
}

// BaseURL tells where the application is, as the client sees it: "https://example.com/shop". It
// heeds url_scheme and url_prefix and what a trusted proxy says. Paths of the application are
// appended to it: BaseURL(r).JoinPath("cart"). Requests from another server than this package's get
// what net/http knows.
func BaseURL(r *http.Request) *url.URL {
	packed, ok := r.Context().Value(environContextKey).(environ)
	if !ok {
		return plainBaseURL(r)
	}
	scheme, _ := packed.get("ws.url_scheme")
	script, _ := packed.get("SCRIPT_NAME")
	host := r.Host
	if host == "" {
		name, _ := packed.get("SERVER_NAME")
		port, _ := packed.get("SERVER_PORT")
		host = hostAndPort(scheme, name, port)
	}
	return &url.URL{Scheme: scheme, Host: host, Path: script}
}

func plainBaseURL(r *http.Request) *url.URL {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return &url.URL{Scheme: scheme, Host: r.Host}
}

func hostAndPort(scheme, name, port string) string {
	usual := map[string]string{"http": "80", "https": "443"}
	if port == "" || port == usual[scheme] {
		return name
	}
	return net.JoinHostPort(name, port)
}
