package wserve_test

import (
	"log"
	"net/http"
	"os"
	"strings"
	"testing"

	"wserve"
)

func TestAccessLogGoesToAFunction(t *testing.T) {
	lines := make(chan string, 2)
	r := startServer(t, &wserve.Server{
		Addr: "127.0.0.1:0", AccessLog: func(line string) { lines <- line },
		Options: wserve.Options{"access_log_format": "%m %U %>s"},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }),
	}, &logText{})
	r.get("/page")
	r.stop() // passes on what is left
	if line := within(t, lines); line != "GET /page 201" {
		t.Errorf("the access log says %q", line)
	}
}

// lineWriter gives each line of a log to a channel.
type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// heldBack is a frame that no other goroutine has.
func heldBack(until chan struct{}) { <-until }

func TestSlowRequestIsToldWithItsGoroutine(t *testing.T) {
	lines, goOn := make(lineWriter, 100), make(chan struct{})
	r := startServer(t, &wserve.Server{
		Addr: "127.0.0.1:0", ErrorLog: log.New(lines, "", 0),
		Options: wserve.Options{"slow_request": 0.1},
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heldBack(goOn) }),
	}, &logText{})
	r.dial().send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	text := ""
	for !strings.Contains(text, "its stack:") {
		text = within(t, (chan string)(lines))
	}
	close(goOn)
	if !strings.Contains(text, "warning: GET /slow has been running for ") ||
		!strings.Contains(text, "wserve_test.heldBack(") {
		t.Errorf("the log says %q", text)
	}
}

func TestLinesOfASetUpAreThereAtItsEnd(t *testing.T) {
	pages := t.TempDir()
	if err := os.WriteFile(pages+"/1000.html", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, setUp := range map[string]func(*wserve.Server) error{
		"Check":  (*wserve.Server).Check,
		"Listen": func(s *wserve.Server) error { _, err := s.Listen(); return err },
	} {
		lines := &logText{}
		server := &wserve.Server{
			Addr: "127.0.0.1:0", ErrorLog: log.New(lines, "", 0), Options: wserve.Options{"error_pages": pages},
		}
		if err := setUp(server); err != nil {
			t.Error(name, err)
		}
		if !strings.HasPrefix(lines.String(), "wserve: warning: ") {
			t.Errorf("%s: logged %q", name, lines.String())
		}
		_ = server.Close()
	}
}
