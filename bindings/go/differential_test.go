package wserve_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// differentialCase is a handler and a request to it; net/http and this package have to agree.
type differentialCase struct {
	name    string
	method  string // GET when empty
	path    string // "/" when empty
	body    string
	header  http.Header
	handler http.HandlerFunc
}

func plain(status int, body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(fields); i += 2 {
			w.Header().Add(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var long = strings.Repeat("0123456789abcdef", 4096)

func differentialCases(t *testing.T) []differentialCase {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<html>"+long), 0o600); err != nil {
		t.Fatal(err)
	}
	var all []differentialCase
	for _, cases := range [][]differentialCase{
		answerCases(), fieldCases(), streamCases(), requestCases(), fileCases(file), errorCases(),
	} {
		all = append(all, cases...)
	}
	return all
}

func answerCases() []differentialCase {
	return []differentialCase{
		{name: "nothing", handler: func(http.ResponseWriter, *http.Request) {}},
		{name: "short", handler: plain(200, "hello")},
		{name: "of 2048 bytes", handler: plain(200, long[:2048])},
		{name: "of 2049 bytes", handler: plain(200, long[:2049])},
		{name: "long", handler: plain(200, long)},
		{name: "long with length", handler: plain(200, long, "Content-Length", strconv.Itoa(len(long)))},
		{name: "head of short", method: "HEAD", handler: plain(200, "hello")},
		{name: "head of long", method: "HEAD", handler: plain(200, long)},
		{name: "head with length", method: "HEAD", handler: plain(200, "", "Content-Length", "77")},
		{name: "head of nothing", method: "HEAD", handler: func(http.ResponseWriter, *http.Request) {}},
		{name: "created", handler: plain(201, "made", "Location", "/x")},
		{name: "no content", handler: plain(204, "")},
		{name: "no content with type", handler: plain(204, "", "Content-Type", "text/plain")},
		{name: "not modified", handler: plain(304, "", "Etag", `"1"`, "Content-Type", "a/b")},
		{name: "not modified with body", handler: plain(304, "dropped")},
		{name: "odd status", handler: plain(299, "odd")},
		{name: "guessed html", handler: plain(200, "<html><body>")},
		{name: "guessed png", handler: plain(200, "\x89PNG\x0D\x0A\x1A\x0A")},
		{name: "not guessed, coded", handler: plain(200, "x", "Content-Encoding", "br")},
		{name: "no type at all", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "<html>")
		}},
	}
}

func fieldCases() []differentialCase {
	return []differentialCase{
		{name: "repeated fields", handler: plain(200, "", "X-A", "1", "X-A", "2", "Set-Cookie", "a=b", "Set-Cookie", "c=d")},
		{name: "line ends in values", handler: plain(200, "", "X-A", "1\r\nX-B: 2", "X-C", " trimmed ")},
		{name: "no field name", handler: plain(200, "", "X A", "1", "X-B", "2")},
		{name: "date of its own", handler: plain(200, "", "Date", "Sun, 06 Nov 1994 08:49:37 GMT")},
		{name: "fields after the head", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			w.Header().Set("X-Late", "1")
			_, _ = io.WriteString(w, "x")
		}},
	}
}

func streamCases() []differentialCase {
	return []differentialCase{
		{name: "flushed", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "after")
		}},
		{name: "written, flushed, written", handler: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "one ")
			w.(http.Flusher).Flush()
			w.(http.Flusher).Flush()
			_, _ = w.Write([]byte("two"))
		}},
		{name: "many pieces", handler: func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < 1000; i++ {
				fmt.Fprintf(w, "%d,", i)
			}
		}},
		{name: "trailers", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum, X-None")
			w.Header().Add("Trailer", "X-More")
			_, _ = io.WriteString(w, "body")
			w.Header().Set("X-Sum", "4")
			w.Header()["X-More"] = []string{"a", "b"}
			w.Header().Set("X-Not-Announced", "1")
		}},
		{name: "trailers by prefix", handler: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "body")
			w.(http.Flusher).Flush()
			w.Header().Set(http.TrailerPrefix+"X-Sum", "4")
		}},
		{name: "early hints", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			w.WriteHeader(103)
			w.Header().Add("Link", "</b.css>; rel=preload")
			w.WriteHeader(103)
			w.WriteHeader(200)
			_, _ = io.WriteString(w, "done")
		}},
	}
}

// describe tells all that a handler sees of a request.
func describe(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %d.%d host=%s\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host)
	fmt.Fprintf(w, "url=%#v escaped=%s\n", *r.URL, r.URL.EscapedPath())
	fmt.Fprintf(w, "length=%d body=%q %v tls=%v\n", r.ContentLength, body, err, r.TLS != nil)
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
	}
	cookie, err := r.Cookie("b")
	fmt.Fprintln(w, cookie, err, r.Context().Err())
}

func requestCases() []differentialCase {
	var cases []differentialCase
	for _, path := range []string{
		"/", "/a/b?c=d&e", "/a?", "/with%20blank", "/%e4%f6", "/slash%2Fslash", "/a%2fb%20c?x=%2F", "/semi;colon",
		"/a/../b", "/a//b", "/ok+plus", "/utf8/%C3%A4", "/:colon", "/x%25y",
	} {
		cases = append(cases, differentialCase{name: "path " + path, path: path, handler: describe})
	}
	return append(cases,
		differentialCase{name: "post", method: "POST", body: "some text", handler: describe},
		differentialCase{name: "post of nothing", method: "POST", handler: describe},
		differentialCase{name: "binary post", method: "PUT", body: "\x00\xff\r\n\x00", handler: describe,
			header: http.Header{"Content-Type": {"application/x"}}},
		differentialCase{name: "fields", handler: describe, header: http.Header{
			"X-Odd-NAME": {"v"}, "Accept-Language": {"de, en;q=0.5"}, "Cookie": {"a=1; b=2"},
			"If-None-Match": {`"x"`}, "User-Agent": {"me"}, "X-Empty": {""}, "Authorization": {"Basic eDp5"}}},
		differentialCase{name: "large head", handler: describe, header: manyFields()},
		differentialCase{name: "form", method: "POST", body: "a=1&b=%20", handler: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.FormValue("a"), r.PostFormValue("b"), r.FormValue("q"))
		}, path: "/?q=7", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}},
		differentialCase{name: "read in pieces", method: "POST", body: long, handler: func(w http.ResponseWriter, r *http.Request) {
			piece, sum := make([]byte, 1000), 0
			for {
				got, err := r.Body.Read(piece)
				if sum += got; err != nil {
					fmt.Fprintln(w, sum, err)
					break
				}
			}
			_ = r.Body.Close()
			_, err := r.Body.Read(piece)
			fmt.Fprintln(w, err)
		}},
		differentialCase{name: "too large a body", method: "POST", body: long, handler: func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 100))
			http.Error(w, fmt.Sprint(err), 413)
		}},
		differentialCase{name: "multipart", method: "POST", handler: func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.ParseMultipartForm(1000), r.MultipartForm.Value)
		}, body: "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
			header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}},
		differentialCase{name: "body not read", method: "POST", body: long, handler: plain(200, "enough")},
	)
}

// manyFields are more than fits where requests usually do.
func manyFields() http.Header {
	header := http.Header{}
	for i := 0; i < 80; i++ {
		header.Set(fmt.Sprintf("X-Field-%d", i), long[:500+i])
	}
	return header
}

func fileCases(path string) []differentialCase {
	copied := func(from, size int64) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			file, err := os.Open(path)
			if err != nil {
				panic(err)
			}
			defer file.Close()
			_, _ = file.Seek(from, io.SeekStart)
			sent, err := io.Copy(w, io.LimitReader(file, size))
			at, _ := file.Seek(0, io.SeekCurrent)
			fmt.Fprint(w, sent, err, at)
		}
	}
	served := func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }
	return []differentialCase{
		{name: "file", handler: served},
		{name: "file head", method: "HEAD", handler: served},
		{name: "file range", handler: served, header: http.Header{"Range": {"bytes=10-5000"}}},
		{name: "file ranges", handler: served, header: http.Header{"Range": {"bytes=70000-"}}},
		{name: "file not modified", handler: served, header: http.Header{"If-Modified-Since": {time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}}},
		{name: "file copied", handler: copied(0, 1<<20)},
		{name: "file copied from the middle", handler: copied(500, 60000)},
		{name: "file copied, short", handler: copied(3, 100)},
		{name: "file behind text", handler: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "first ")
			copied(0, 50000)(w, r)
		}},
		{name: "reader", handler: func(w http.ResponseWriter, _ *http.Request) {
			sent, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(long)})
			fmt.Fprint(w, sent, err)
		}},
		{name: "short reader", handler: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, bytes.NewBufferString("short"))
		}},
	}
}

func errorCases() []differentialCase {
	return []differentialCase{
		{name: "error page", handler: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "bad", 400) }},
		{name: "not found", handler: http.NotFound},
		{name: "redirect", path: "/a/b", handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "c", 302) }},
		{name: "body not allowed", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			_, err := io.WriteString(w, "x")
			if err != http.ErrBodyNotAllowed {
				panic(err)
			}
		}},
		{name: "more than the length", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			_, err := io.WriteString(w, "abcd")
			if err != http.ErrContentLength {
				panic(err)
			}
			_, _ = io.WriteString(w, "abc")
		}},
		{name: "superfluous head", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			w.WriteHeader(202)
		}},
		{name: "not implemented", method: "BREW", handler: plain(501, "")},
		{name: "time-out handler", handler: http.TimeoutHandler(plain(200, "in time"), patience, "late").ServeHTTP},
		{name: "time-out", handler: http.TimeoutHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}), time.Millisecond, "late").ServeHTTP},
	}
}

// seen is what a client sees of an answer.
type seen struct {
	Status   int
	Interim  []string
	Header   http.Header
	Length   int64
	Coding   []string
	Body     string
	BodyErr  bool
	Trailers http.Header
}

func look(t *testing.T, client *http.Client, base string, c differentialCase) seen {
	t.Helper()
	var s seen
	method, path := c.method, c.path
	if method == "" {
		method = "GET"
	}
	if path == "" {
		path = "/"
	}
	request, err := http.NewRequest(method, base+path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "example.com"
	for name, values := range c.header {
		request.Header[name] = values
	}
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		s.Interim = append(s.Interim, fmt.Sprint(code, header))
		return nil
	}}
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	s.Status, s.Header, s.Length, s.Coding = response.StatusCode, response.Header, response.ContentLength, response.TransferEncoding
	s.Body, s.BodyErr, s.Trailers = string(body), err != nil, response.Trailer
	forgetServersOwn(&s, method)
	return s
}

// forgetServersOwn leaves out what the servers add, each in its way.
func forgetServersOwn(s *seen, method string) {
	for _, name := range []string{"Server", "Connection"} {
		s.Header.Del(name)
	}
	if date := s.Header.Get("Date"); date != "Sun, 06 Nov 1994 08:49:37 GMT" {
		s.Header.Del("Date")
	}
	if method == "HEAD" {
		s.Coding = nil // RFC 9110 §9.3.2 lets a server leave it out, as net/http does
	}
	// A name that was announced and never came: net/http's client shows it, if the field Trailer came.
	for name, values := range s.Trailers {
		if values == nil {
			delete(s.Trailers, name)
		}
	}
	if len(s.Trailers) == 0 {
		s.Trailers = nil
	}
}

func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	cases := map[string]differentialCase{}
	for _, c := range differentialCases(t) {
		cases[c.name] = c
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.Header.Get("X-Case")
		r.Header.Del("X-Case")
		cases[name].handler(w, r)
	})
	theirs := httptest.NewServer(handler)
	defer theirs.Close()
	ours := start(t, handler, nil)
	for name, c := range cases {
		if c.header == nil {
			c.header = http.Header{}
		}
		c.header.Set("X-Case", name)
		t.Run(name, func(t *testing.T) {
			expected := look(t, ours.client, theirs.URL, c)
			got := look(t, ours.client, ours.url(""), c)
			if !reflect.DeepEqual(got, expected) {
				t.Errorf("\n     got %#v\nexpected %#v", got, expected)
			}
		})
	}
}
