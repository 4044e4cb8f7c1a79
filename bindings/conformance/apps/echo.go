// The echo app in Go; README.md says what it answers. It is built from within the module:
// cd bindings/go && go build -o echo_go ../conformance/apps/echo.go
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"wserve"
)

const (
	text   = "text/plain"
	binary = "application/octet-stream"
	piece  = 64 * 1024
)

// must is for what only a broken test can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func reply(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// stream begins an answer that is sent chunked.
func stream(w http.ResponseWriter, kind, first string) {
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, first)
	w.(http.Flusher).Flush()
}

func hello(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, text, []byte("Hello, World!\n"))
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	must(err)
	kind := r.Header.Get("Content-Type")
	if kind == "" {
		kind = binary
	}
	reply(w, http.StatusOK, kind, body)
}

func streamBody(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", binary)
	read := make([]byte, piece)
	for {
		size, err := r.Body.Read(read)
		if size > 0 {
			_, _ = w.Write(read[:size])
			w.(http.Flusher).Flush()
		}
		if err == io.EOF {
			return
		}
		must(err)
	}
}

func count(w http.ResponseWriter, r *http.Request) {
	all, err := io.CopyBuffer(io.Discard, r.Body, make([]byte, piece))
	must(err)
	reply(w, http.StatusOK, text, []byte(strconv.FormatInt(all, 10)+"\n"))
}

func twice(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", binary)
	if r.ContentLength >= 0 { // -1: nobody knows yet
		w.Header().Set("Content-Length", strconv.FormatInt(2*r.ContentLength, 10))
	}
	_, err := io.Copy(w, r.Body)
	must(err)
	if seeker, ok := r.Body.(io.Seeker); ok { // http.NoBody is none
		_, err = seeker.Seek(0, io.SeekStart)
		must(err)
		_, err = io.Copy(w, r.Body)
		must(err)
	}
}

func request(w http.ResponseWriter, r *http.Request) {
	var out strings.Builder
	base := wserve.BaseURL(r)
	line := func(name, value string) { fmt.Fprintf(&out, "%s=%s\n", name, value) }
	line("method", r.Method)
	query := ""
	if r.URL.RawQuery != "" {
		query = "?" + r.URL.RawQuery
	}
	line("url", base.String()+r.URL.EscapedPath()+query)
	line("scheme", base.Scheme)
	line("script_name", base.Path)
	line("path_info", r.URL.Path)
	line("query_string", r.URL.RawQuery)
	line("protocol", r.Proto)
	line("remote_addr", r.RemoteAddr[:strings.LastIndex(r.RemoteAddr, ":")])
	line("content_type", r.Header.Get("Content-Type"))
	line("content_length", r.Header.Get("Content-Length"))
	fields := []string{"field.host=" + r.Host}
	for name, values := range r.Header {
		if name != "Content-Type" && name != "Content-Length" {
			fields = append(fields, "field."+strings.ToLower(name)+"="+strings.Join(values, ", "))
		}
	}
	sort.Strings(fields)
	reply(w, http.StatusOK, text, []byte(out.String()+strings.Join(fields, "\n")+"\n"))
}

func fields(w http.ResponseWriter, _ *http.Request) {
	for _, field := range [][2]string{
		{"X-Repeat", "one"}, {"X-Repeat", "two"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"X-Empty", ""},
	} {
		w.Header().Add(field[0], field[1])
	}
	reply(w, http.StatusOK, text, []byte("fields\n"))
}

func once(w http.ResponseWriter, _ *http.Request) {
	w.Header().Add("Content-Type", "text/html")
	w.Header().Add("Content-Type", text)
	w.Header().Add("Location", "/a")
	w.Header().Add("Location", "/b")
	_, _ = io.WriteString(w, "once\n")
}

func upgradeRequired(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Upgrade", "TLS/1.3")
	reply(w, http.StatusUpgradeRequired, text, []byte("use TLS\n"))
}

func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/"))
	must(err)
	if code == http.StatusNoContent || code == http.StatusNotModified {
		w.WriteHeader(code)
		return
	}
	reply(w, code, text, []byte(fmt.Sprintf("status %d\n", code)))
}

func pattern(w http.ResponseWriter, size, modulus int) {
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(i % modulus)
	}
	reply(w, http.StatusOK, binary, body)
}

func large(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/large/"))
	must(err)
	pattern(w, size, 251)
}

func file(w http.ResponseWriter, r *http.Request) {
	opened, err := os.Open(r.URL.RawQuery)
	must(err)
	defer opened.Close()
	about, err := opened.Stat()
	must(err)
	w.Header().Set("Content-Type", binary)
	w.Header().Set("Content-Length", strconv.FormatInt(about.Size(), 10))
	_, err = io.Copy(w, opened) // ReadFrom
	must(err)
}

func early(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Link", "</style.css>; rel=preload")
	w.WriteHeader(http.StatusEarlyHints)
	w.Header().Del("Link")
	hello(w, r)
}

func trailer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Trailer", "X-Sum")
	stream(w, text, "trailer\n")
	w.Header().Set("X-Sum", "8")
}

func flush(w http.ResponseWriter, r *http.Request) {
	stream(w, text, "first\n")
	_, err := os.ReadFile(r.URL.RawQuery)
	must(err)
	_, _ = io.WriteString(w, "second\n")
}

func raiseLate(w http.ResponseWriter, _ *http.Request) {
	stream(w, text, "first\n")
	panic("raised late")
}

// drop ends the goroutine: a handler that returns has answered.
func drop(http.ResponseWriter, *http.Request) {
	runtime.Goexit()
}

// finished has its answer ended by returning, so somebody else has to try.
func finished(w http.ResponseWriter, r *http.Request) {
	hello(w, r)
	go func() {
		<-r.Context().Done() // it ends with the handler
		said := "accepted\n"
		for i := 0; i < 1000 && said == "accepted\n"; i++ {
			time.Sleep(time.Millisecond)
			if _, err := io.WriteString(w, ""); errors.Is(err, wserve.ErrState) {
				said = "refused\n"
			}
		}
		must(os.WriteFile(r.URL.RawQuery, []byte(said), 0))
	}()
}

func gone(_ http.ResponseWriter, r *http.Request) {
	fifo, err := os.OpenFile(r.URL.RawQuery, os.O_WRONLY, 0)
	must(err)
	defer fifo.Close()
	_, _ = fifo.WriteString("waiting\n")
	select {
	case <-r.Context().Done():
		_, _ = fifo.WriteString("gone\n")
	case <-time.After(10 * time.Second):
		_, _ = fifo.WriteString("still there\n")
	}
}

func upgrade(w http.ResponseWriter, _ *http.Request) {
	connection, buffered, err := w.(http.Hijacker).Hijack()
	must(err)
	defer connection.Close()
	_, _ = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	_, _ = io.Copy(connection, buffered)
}

func routes() http.Handler {
	mux := http.NewServeMux()
	for path, handler := range map[string]http.HandlerFunc{
		"/hello": hello, "/echo": echo, "/stream": streamBody, "/count": count, "/twice": twice, "/request": request,
		"/fields": fields, "/once": once, "/status/": status, "/large/": large, "/file": file, "/early": early,
		"/trailer": trailer, "/flush": flush, "/raise-late": raiseLate, "/drop": drop,
		"/finished": finished, "/gone": gone, "/upgrade": upgrade,
		"/upgrade-required": upgradeRequired,
		"/binary":           func(w http.ResponseWriter, _ *http.Request) { pattern(w, 256, 256) },
		"/raise":            func(http.ResponseWriter, *http.Request) { panic("raised") },
		"/": func(w http.ResponseWriter, _ *http.Request) {
			reply(w, http.StatusNotFound, text, []byte("no such route\n"))
		},
	} {
		mux.HandleFunc(path, handler)
	}
	return mux
}

// options makes --NAME=VALUE an option.
func options(arguments []string) (wserve.Options, error) {
	all := wserve.Options{"body_streaming": false} // the suite reads bodies twice
	for _, argument := range arguments {
		name, value, found := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
		if !found {
			return nil, fmt.Errorf("%s: not of the form --NAME=VALUE", argument)
		}
		all[name] = value
	}
	return all, nil
}

func serve() error {
	given, err := options(os.Args[1:])
	if err != nil {
		return err
	}
	server := &wserve.Server{Handler: routes(), Options: given}
	addresses, err := server.Listen()
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		_ = server.Shutdown(context.Background())
	}()
	fmt.Printf("Serving on %s\n", addresses[0])
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func main() {
	if os.Getenv("WSERVE_GC_STRESS") != "" {
		debug.SetGCPercent(1)
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
