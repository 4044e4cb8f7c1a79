// Package testkit starts programs and real proxies for tests: on free ports of 127.0.0.1, stopped by
// their process id.
package testkit

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait.
const patience = 60 * time.Second

// Program is a program that has said where it serves.
type Program struct {
	Addr string // host:port

	t       *testing.T
	command *exec.Cmd
	ended   chan error
	said    bytes.Buffer // standard error
}

var serving = regexp.MustCompile(`^Serving on (?:http://)?(\S+)\n$`)

// Start starts a program that writes "Serving on ADDRESS" as its first line.
func Start(t *testing.T, command ...string) *Program {
	t.Helper()
	p := &Program{t: t, command: exec.Command(command[0], command[1:]...), ended: make(chan error, 1)}
	p.command.Stderr = &p.said
	out, err := p.command.StdoutPipe()
	if err == nil {
		err = p.command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(out).ReadString('\n')
		line <- text
		p.ended <- p.command.Wait()
	}()
	t.Cleanup(func() { p.Stop(syscall.SIGKILL) })
	if match := serving.FindStringSubmatch(receive(t, line)); match != nil {
		p.Addr = match[1]
		return p
	}
	t.Fatalf("%v did not say where it serves: %s", command, p.said.String())
	return nil
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

// Stop sends a signal and waits; the result is nil for exit status 0. Standard error comes with it.
func (p *Program) Stop(signal syscall.Signal) (string, error) {
	p.t.Helper()
	_ = p.command.Process.Signal(signal)
	err := receive(p.t, p.ended)
	p.ended <- err
	return p.said.String(), err
}

// FreePort finds a port that nobody listens on.
func FreePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

const nginxFrame = `daemon off; pid pid; error_log stderr; worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  %s
}
`

// StartNginx starts a real nginx with the server blocks of a text, and waits until it listens on addr.
func StartNginx(t *testing.T, addr, servers string) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(path, []byte(fmt.Sprintf(nginxFrame, servers)), 0o600); err != nil {
		t.Fatal(err)
	}
	nginx := exec.Command("/usr/sbin/nginx", "-p", folder, "-c", path, "-e", "stderr")
	nginx.Stderr = os.Stderr
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = nginx.Process.Signal(syscall.SIGTERM)
		_ = nginx.Wait()
	})
	AwaitListener(t, addr)
}

// AwaitListener waits until somebody listens on an address.
func AwaitListener(t *testing.T, addr string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if connection, err := net.Dial("tcp", addr); err == nil {
			connection.Close()
			return
		}
	}
	t.Fatalf("nobody listens on %s", addr)
}
