package wserve_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"wserve"
)

// streamedCase is a handler and a conversation with it; both servers have to say the same bytes.
type streamedCase struct {
	name    string
	handler http.HandlerFunc
	talk    func(c *raw)
}

const chunkedHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

// inTurns sends a text, awaits what the server says to it, and goes on.
func inTurns(turns ...string) func(c *raw) {
	return func(c *raw) {
		for i := 0; i+1 < len(turns); i += 2 {
			c.send(turns[i])
			c.expectText(turns[i+1])
		}
	}
}

// expectText reads until a text has come.
func (c *raw) expectText(expected string) {
	c.t.Helper()
	var got strings.Builder
	for !strings.HasSuffix(got.String(), expected) {
		one, err := c.reader.ReadByte()
		if err != nil {
			c.t.Fatalf("%v after %q, expected %q", err, got.String(), expected)
		}
		got.WriteByte(one)
	}
}

// tell answers with what reading the body gives.
func tell(w http.ResponseWriter, r *http.Request) {
	before := fmt.Sprint(r.ContentLength, r.TransferEncoding, r.Trailer, r.Header)
	body, err := io.ReadAll(r.Body)
	again, errAgain := r.Body.Read(make([]byte, 1))
	fmt.Fprintln(w, before, string(body), err, again, errAgain, r.Trailer)
}

func streamedCases() []streamedCase {
	return []streamedCase{
		{"a body with a length", tell, inTurns("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none", "", "two", "EOF map[]\n")},
		{"chunks", tell, inTurns(chunkedHead+"3\r\none\r\n", "", "3\r\ntwo\r\n0\r\n\r\n", "EOF map[]\n")},
		{"no chunk", tell, inTurns(chunkedHead, "", "0\r\n\r\n", "EOF map[]\n")},
		{"trailers that were announced", tell, inTurns(
			"POST / HTTP/1.1\r\nHost: a\r\nTrailer: x-sum, X-None\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "",
			"0\r\nX-Sum: 7\r\n\r\n", "X-Sum:[7]]\n")},
		{"trailers that were not", tell, inTurns(chunkedHead+"1\r\na\r\n", "", "0\r\nx-b: 1\r\nX-B: 2\r\n\r\n", "X-B:[1 2]]\n")},
		{"trailers at once", tell, inTurns(chunkedHead+"1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n", "X-Sum:[7]]\n")},
		{"two requests", tell, inTurns(
			chunkedHead+"3\r\none\r\n0\r\n\r\n", "EOF map[]\n",
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "EOF map[]\n")},
		{"expected, and read", tell, inTurns(
			"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
			"body", "EOF map[]\n")},
		{"expected, and not read", plain(http.StatusForbidden, "no"), inTurns(
			"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n", "\r\n\r\nno")},
		{"not read", plain(200, "enough"), inTurns(
			"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "enough",
			"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "enough")},
		{"a form", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, r.FormValue("a"), r.FormValue("b"))
		}, inTurns("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1",
			"", "&b=2", "1 2\n")},
		{"closed", func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadFull(r.Body, make([]byte, 3))
			closed := r.Body.Close()
			_, after := r.Body.Read(make([]byte, 1))
			fmt.Fprintln(w, err, closed, after)
		}, inTurns(chunkedHead+"3\r\none\r\n0\r\n\r\n", "Body\n")},
	}
}

// bytesOf has a conversation and gives all that the server has said, but for what is its own.
func bytesOf(t *testing.T, address string, c streamedCase) string {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(patience))
	said := &strings.Builder{}
	talk := &raw{t: t, Conn: connection, reader: bufio.NewReader(io.TeeReader(connection, said))}
	c.talk(talk)
	_ = connection.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, talk.reader)
	heads := regexp.MustCompile(`(?s)HTTP/1\.1 .*?\r\n\r\n`)
	return heads.ReplaceAllStringFunc(said.String(), sortedHead)
}

// sortedHead leaves out the order of the fields, and those that each server has in its way.
func sortedHead(head string) string {
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	kept := []string{lines[0]}
	for _, name := range []string{"Connection", "Content-Length", "Content-Type", "Transfer-Encoding"} {
		for _, line := range lines[1:] {
			field, value, _ := strings.Cut(line, ":")
			if strings.EqualFold(field, name) && value != " keep-alive" {
				kept = append(kept, name+":"+value)
			}
		}
	}
	return strings.Join(kept, "\r\n") + "\r\n\r\n"
}

func TestStreamsAreThoseOfNetHTTP(t *testing.T) {
	for _, c := range streamedCases() {
		t.Run(c.name, func(t *testing.T) {
			theirs := httptest.NewServer(c.handler)
			defer theirs.Close()
			ours := start(t, c.handler, nil)
			expected := bytesOf(t, strings.TrimPrefix(theirs.URL, "http://"), c)
			if got := bytesOf(t, ours.addr, c); got != expected {
				t.Errorf("\n     got %q\nexpected %q", got, expected)
			}
		})
	}
}

func TestBodyIsReadWhileItComes(t *testing.T) {
	lines := make(chan string)
	r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for scanner := bufio.NewScanner(r.Body); scanner.Scan(); {
			lines <- scanner.Text()
		}
		lines <- "end"
	}), nil)
	c := r.dial()
	c.send(chunkedHead)
	for _, word := range []string{"one", "two", "three"} {
		c.send(fmt.Sprintf("%x\r\n%s\n\r\n", len(word)+1, word))
		if got := within(t, lines); got != word {
			t.Fatalf("got %q, expected %q", got, word)
		}
	}
	c.send("0\r\n\r\n")
	if got := within(t, lines); got != "end" {
		t.Fatal(got)
	}
}

// One goroutine reads, the other one writes to a client that takes nothing before it has sent all.
func TestFullDuplex(t *testing.T) {
	const size = 4 << 20
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		var both sync.WaitGroup
		both.Add(1)
		got := int64(0)
		go func() {
			defer both.Done()
			got, _ = io.Copy(io.Discard, r.Body)
		}()
		for i := 0; i < size; i += len(long) {
			_, _ = io.WriteString(w, long)
		}
		both.Wait()
		fmt.Fprint(w, got)
	}), wserve.Options{"outbuf_high_watermark": 65536})
	c := r.dial()
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + strconv.Itoa(size) + "\r\n\r\n")
	for i := 0; i < size; i += len(long) {
		c.send(long)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || !strings.HasSuffix(string(body), strconv.Itoa(size)) {
		t.Fatal(len(body), err)
	}
}

func TestClientThatLeavesABody(t *testing.T) {
	for _, watched := range []bool{false, true} {
		reading, read, cancelled := make(chan bool, 1), make(chan error, 1), make(chan error, 1)
		r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if watched {
				_ = r.Context().Done()
			}
			reading <- true
			_, err := io.ReadAll(r.Body)
			read <- err
			<-r.Context().Done()
			cancelled <- r.Context().Err()
		}), nil)
		c := r.dial()
		c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
		within(t, reading)
		c.Close()
		if err := within(t, read); err != io.ErrUnexpectedEOF {
			t.Error(err)
		}
		if err := within(t, cancelled); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestClientThatIsTooSlowWithABody(t *testing.T) {
	read := make(chan error, 1)
	r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	}), wserve.Options{"body_timeout": 1})
	c := r.dial()
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
	c.expectLine("HTTP/1.1 408 Request Timeout\r\n")
	if err := within(t, read); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
}

// A body that is watched and read at once: neither takes the other one's news away.
func TestBodyOfAWatchedRequest(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Context().Done()
		got, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, got, err)
	}), nil)
	c := r.dial()
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\n")
	for i := 0; i < 400; i++ {
		c.send("x")
		time.Sleep(time.Millisecond)
	}
	c.expectText("400 <nil>")
}

func TestReaderThatOutlivesItsHandler(t *testing.T) {
	read := make(chan error, 1)
	r := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		go func() {
			_, err := io.ReadAll(r.Body)
			read <- err
		}()
	}), nil)
	c := r.dial()
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
	c.expectLine("HTTP/1.1 200 OK\r\n")
	if err := within(t, read); err == nil {
		t.Error("no error")
	}
}

func threadsOfProcess(t *testing.T) int {
	folder, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(folder)
}

// Handlers that wait for a body hold no thread of the system.
func TestManyWaitForABody(t *testing.T) {
	const many = 300
	reading := make(chan bool, many)
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reading <- true
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	}), nil)
	var clients []*raw
	for i := 0; i < many; i++ {
		c := r.dial()
		c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
		within(t, reading)
		clients = append(clients, c)
	}
	if threads := threadsOfProcess(t); threads > 100 {
		t.Errorf("%d threads", threads)
	}
	for _, c := range clients {
		c.send("dy")
		c.expectText("body")
		_ = c.Close()
	}
}

// net/http closes the connection as well, by a method that no other package can have.
func TestMaxBytesReader(t *testing.T) {
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 5))
		http.Error(w, fmt.Sprint(string(body), err), http.StatusRequestEntityTooLarge)
	}), nil)
	c := r.dial()
	c.send(chunkedHead + "3\r\none\r\n")
	c.send("3\r\ntwo\r\n")
	c.expectLine("HTTP/1.1 413 Content Too Large\r\n")
	c.expectText("onetwhttp: request body too large\n")
}

func TestBodyThatIsWhole(t *testing.T) {
	r := start(t, http.HandlerFunc(tell), wserve.Options{"body_streaming": false})
	c := r.dial()
	c.send(chunkedHead + "3\r\none\r\n0\r\nX-Sum: 7\r\n\r\n")
	c.expectText("one <nil> 0 EOF map[X-Sum:[7]]\n")
}

// What cgo would check of the memory around a slice is none of its business.
func TestBytesMayStandBesidePointers(t *testing.T) {
	type page struct {
		owner *string
		text  [8192]byte
	}
	r := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := &page{owner: new(string)}
		got, err := io.ReadFull(r.Body, own.text[:])
		if err != nil {
			t.Error(got, err)
		}
		for i := 0; i < 2; i++ { // with the head, and behind it
			if _, err := w.Write(own.text[:]); err != nil {
				t.Error(err)
			}
		}
	}), nil)
	sent := strings.Repeat("0123456789abcdef", 512)
	response, err := r.client.Post(r.url("/"), "text/plain", strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != sent+sent {
		t.Errorf("%v, %d bytes", err, len(body))
	}
}
