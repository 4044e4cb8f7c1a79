package wserve_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wserve"
)

// where tells what a handler knows about its place.
var where = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s path=%s uri=%s tls=%v", wserve.BaseURL(r), r.URL.Path, r.RequestURI, r.TLS != nil)
})

func ask(t *testing.T, r *running, path string) string {
	t.Helper()
	request, err := http.NewRequest("GET", r.url(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "shop.example"
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := new(strings.Builder)
	_ = response.Write(body)
	_, text, _ := strings.Cut(body.String(), "\r\n\r\n")
	return text
}

func TestPrefixFilter(t *testing.T) {
	r := startServer(t, &wserve.Server{
		Addr: "127.0.0.1:0", Handler: where,
		Filters: []wserve.Filter{{Name: "prefix", Settings: wserve.Settings{"prefix": "/shop", "scheme": "https"}}},
	}, &logText{})
	for path, expected := range map[string]string{
		"/shop/cart":   "https://shop.example/shop path=/cart uri=/shop/cart tls=true",
		"/shop/a%2Fb?": "https://shop.example/shop path=/a/b uri=/shop/a%2Fb? tls=true",
		"/shop":        "https://shop.example/shop path=/ uri=/shop tls=true",
		"/other":       "https://shop.example/shop path=/other uri=/other tls=true",
	} {
		if got := ask(t, r, path); got != expected {
			t.Errorf("%s: got %q, expected %q", path, got, expected)
		}
	}
}

func TestURLPrefixKeepsEscapes(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery)
	}), wserve.Options{"url_prefix": "/shop"})
	for path, expected := range map[string]string{
		"/shop/a%2Fb?c=%2F": "/a/b /a%2Fb c=%2F",
		"/shop/a%20b":       "/a b /a%20b ",
		"/%73hop/a%2Fb":     "/a/b /a/b ",
		"/shop":             "/ / ",
	} {
		if got := ask(t, r, path); got != expected {
			t.Errorf("%s: got %q, expected %q", path, got, expected)
		}
	}
}

func TestWrongFiltersAreErrors(t *testing.T) {
	for message, filter := range map[string]wserve.Filter{
		`there is no filter "gzip"`:             {Name: "gzip"},
		"scheme must be http or https":          {Name: "prefix", Settings: wserve.Settings{"scheme": `f"t\p`}},
		`"what" is not a setting`:               {Name: "prefix", Settings: wserve.Settings{"what": ""}},
		"settings must be without NUL bytes":    {Name: "prefix", Settings: wserve.Settings{"prefix": "\x00"}},
		`scheme must be http or https, got "f"`: {Name: "prefix", Settings: wserve.Settings{"scheme": "f"}},
	} {
		err := (&wserve.Server{Addr: "127.0.0.1:0", Filters: []wserve.Filter{filter}}).ListenAndServe()
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", message, err)
		}
	}
}

const ini = `[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = 0
ident = from-the-file
threads = 2

[filter:mounted]
use = egg:PasteDeploy#prefix
prefix = %(mount)s

[app:handler]
use = egg:nothing-that-there-is

[pipeline:main]
pipeline = mounted handler
`

func writeIni(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.ini")
	if err := os.WriteFile(path, []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIniFileGivesOptionsAndFilters(t *testing.T) {
	path := writeIni(t)
	for name, c := range map[string]struct {
		server   *wserve.Server
		expected string
		ident    string
	}{
		"alone":           {&wserve.Server{}, "http://shop.example/shop path=/x", "from-the-file"},
		"with settings":   {&wserve.Server{IniSettings: wserve.Settings{"mount": "/a b"}}, "http://shop.example/a%20b path=/shop/x", "from-the-file"},
		"option overrule": {&wserve.Server{Options: wserve.Options{"ident": "mine"}}, "http://shop.example/shop path=/x", "mine"},
		"Addr overrules":  {&wserve.Server{Addr: "127.0.0.1:0"}, "http://shop.example/shop path=/x", "from-the-file"},
	} {
		c.server.Ini, c.server.Handler = path, where
		if c.server.IniSettings == nil {
			c.server.IniSettings = wserve.Settings{"mount": "/shop"}
		}
		t.Run(name, func(t *testing.T) {
			r := startServer(t, c.server, &logText{})
			if got := ask(t, r, "/shop/x"); !strings.HasPrefix(got, c.expected+" ") {
				t.Errorf("got %q, expected %q", got, c.expected)
			}
			if response, _ := r.get("/"); response.Header.Get("Server") != c.ident {
				t.Error(response.Header)
			}
		})
	}
}

func TestIniFileBesideAListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &wserve.Server{Ini: writeIni(t), IniSettings: wserve.Settings{"mount": "/shop"}, Handler: where}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if _, body := askFor(t, listener.Addr()); !strings.HasPrefix(body, "http://x/shop path=/") {
		t.Error(body)
	}
	_ = server.Close()
	within(t, ended)
}

func TestWrongIniFilesAreErrors(t *testing.T) {
	path := writeIni(t)
	for message, c := range map[string]*wserve.Server{
		"/no/such.ini":           {Ini: "/no/such.ini"},
		"nowhere":                {Ini: path + "#nowhere"},
		"Ini must be without":    {Ini: "\x00"},
		"IniSettings must be wi": {Ini: path, IniSettings: wserve.Settings{"a": "\x00"}},
	} {
		if _, err := c.Listen(); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", message, err)
		}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", message, err)
		}
	}
}

func TestCheckBindsNothing(t *testing.T) {
	r := start(t, textHandler("x"), nil)
	if err := (&wserve.Server{Addr: r.addr}).Check(); err != nil {
		t.Error(err)
	}
	err := (&wserve.Server{Addr: r.addr, Options: wserve.Options{"port": 0}}).Check()
	if !errors.Is(err, wserve.ErrConflict) {
		t.Error(err)
	}
}

func TestExplainProxy(t *testing.T) {
	server := &wserve.Server{Options: wserve.Options{
		"trusted_proxy": "10.0.0.0/8", "trusted_proxy_headers": "x-forwarded-for",
	}}
	header := http.Header{
		"X-Forwarded-For":   {"6.6.6.6, 192.0.2.7"},
		"X-Forwarded-Proto": {"https"},
		"X-Long":            {strings.Repeat("x", 10000)},
	}
	text, err := server.ExplainProxy("10.1.2.3:99", header)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"peer 10.1.2.3: trusted, trusted_proxy is 10.0.0.0/8\n", "  6.6.6.6  dropped", "REMOTE_ADDR = 192.0.2.7",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not in %s", line, text)
		}
	}
	many := http.Header{"X-Forwarded-For": {strings.Repeat("192.0.2.1, ", 2000) + "192.0.2.7"}}
	if text, err := server.ExplainProxy("10.1.2.3", many); err != nil || len(text) < 10000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if _, err := server.ExplainProxy("nobody", nil); !errors.Is(err, wserve.ErrInvalid) ||
		!strings.Contains(err.Error(), "peer must be ADDRESS") {
		t.Error(err)
	}
}

func TestLogMayGoToADescriptor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := startServer(t, &wserve.Server{
		Addr: "127.0.0.1:0", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("logged") }),
		Options: wserve.Options{"log_fd": file.Fd()},
	}, &logText{})
	r.get("/")
	r.stop()
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "panic: logged") {
		t.Errorf("%q, %v", text, err)
	}
}
