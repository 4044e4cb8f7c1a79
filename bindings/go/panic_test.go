package wserve_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"wserve"
)

func TestPanicBecomesA500(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ok" {
			return
		}
		w.Header().Set("X-Secret", "1")
		_, _ = io.WriteString(w, "not sent")
		panic("the vase is broken")
	}), nil)
	response, body := r.get("/")
	if response.StatusCode != 500 || strings.Contains(body, "vase") || response.Header.Get("X-Secret") != "" {
		t.Errorf("%s %v %q", response.Status, response.Header, body)
	}
	r.expectAlive("/ok")
	r.stop()
	logged := r.log.String()
	for _, expected := range []string{"wserve: error: ", "the vase is broken", "TestPanicBecomesA500"} {
		if !strings.Contains(logged, expected) {
			t.Errorf("%q is not in %q", expected, logged)
		}
	}
}

func TestPanicIsShownWithExposeTracebacks(t *testing.T) {
	r := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the vase is broken") }),
		wserve.Options{"expose_tracebacks": true, "log_level": "none"})
	if _, body := r.get("/"); !strings.Contains(body, "the vase is broken") {
		t.Error(body)
	}
}

func TestPanicAfterTheHeadCutsTheConnection(t *testing.T) {
	for name, problem := range map[string]any{"panic": "late", "abort": http.ErrAbortHandler} {
		problem := problem
		t.Run(name, func(t *testing.T) {
			r := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "first")
				w.(http.Flusher).Flush()
				panic(problem)
			}), nil)
			response, err := r.client.Get(r.url("/"))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if body, err := io.ReadAll(response.Body); err == nil {
				t.Errorf("%q looks complete", body)
			}
			r.stop()
			if logged := r.log.String(); (logged != "") != (name == "panic") {
				t.Errorf("logged: %q", logged)
			}
		})
	}
}

func TestErrAbortHandlerClosesWithoutAWord(t *testing.T) {
	r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			panic(http.ErrAbortHandler)
		}
	}), nil)
	c := r.dial()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if rest, _ := io.ReadAll(c.reader); len(rest) > 0 {
		t.Errorf("%q", rest)
	}
	r.expectAlive("/ok")
	r.stop()
	if r.log.String() != "" {
		t.Error(r.log.String())
	}
}

func TestGoexitBecomesA500(t *testing.T) {
	for name, options := range map[string]wserve.Options{"on goroutines": nil, "on the loop": {"threads": 0}} {
		options := options
		t.Run(name, func(t *testing.T) {
			r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/exit" {
					runtime.Goexit()
				}
			}), options)
			for i := 0; i < 50; i++ { // more than there are goroutines that pull
				if response, _ := r.get("/exit"); response.StatusCode != 500 {
					t.Error(response.Status)
				}
			}
			r.expectAlive("/ok")
		})
	}
}

func TestPanicAfterHijackIsLogged(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		connection.Close()
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("the vase is broken")
	}), nil)
	for _, path := range []string{"/abort", "/panic"} {
		c := r.dial()
		c.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
		if rest, _ := io.ReadAll(c.reader); len(rest) > 0 {
			t.Errorf("%q", rest)
		}
	}
	// Nobody waits for a handler that has hijacked its connection.
	for end := time.Now().Add(patience); r.log.String() == "" && time.Now().Before(end); {
		runtime.Gosched()
	}
	logged := r.log.String()
	if strings.Count(logged, "wserve: ") != 1 || !strings.Contains(logged, "serving /panic: panic: the vase is broken") {
		t.Errorf("logged: %q", logged)
	}
}
