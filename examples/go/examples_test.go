// The examples, and the one in README.md, do what they say.
package examples

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"wserve/internal/testkit"
)

// build compiles a program and gives its path.
func build(t *testing.T, folder, source string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	command := exec.Command("go", "build", "-o", program, source)
	command.Dir = folder
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", source, err, said)
	}
	return program
}

// start builds and starts an example.
func start(t *testing.T, name string) *testkit.Program {
	t.Helper()
	return testkit.Start(t, append(runner(), build(t, ".", "./"+name), "127.0.0.1:0")...)
}

// runner is what programs are to be run under: nothing, or env(1) with a sanitizer to load.
func runner() []string { return strings.Fields(os.Getenv("WSERVE_RUN_UNDER")) }

func read(t *testing.T, response *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	return read(t, response, err)
}

func expect(t *testing.T, got, expected string) {
	t.Helper()
	if got != expected {
		t.Errorf("got %q, expected %q", got, expected)
	}
}

// expectGoodEnd stops a program that heeds signals.
func expectGoodEnd(t *testing.T, program *testkit.Program, signal syscall.Signal) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	if said, err := program.Stop(signal); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

func TestHello(t *testing.T) {
	expect(t, get(t, "http://"+start(t, "hello").Addr), "Hello, World!\n")
}

func TestEcho(t *testing.T) {
	program := start(t, "echo")
	text := strings.Repeat("all of it\x00", 100000)
	response, err := http.Post("http://"+program.Addr, "text/x", strings.NewReader(text))
	if body := read(t, response, err); body != text {
		t.Errorf("%d bytes came back", len(body))
	}
	expect(t, response.Header.Get("Content-Type"), "text/x")
	expectGoodEnd(t, program, syscall.SIGTERM)
}

func TestEvents(t *testing.T) {
	program := start(t, "events")
	response, err := http.Get("http://" + program.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for number := 1; number <= 2; number++ {
		for _, expected := range []string{fmt.Sprintf("id: %d\n", number), fmt.Sprintf("data: tick %d\n", number), "\n"} {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			expect(t, line, expected)
		}
	}
	expectGoodEnd(t, program, syscall.SIGINT) // though the answer has no end
	if _, err := io.ReadAll(lines); err != nil {
		t.Errorf("the answer was cut: %v", err)
	}
}

func TestUpload(t *testing.T) {
	program := start(t, "upload")
	if page := get(t, "http://"+program.Addr); !strings.Contains(page, "<form") {
		t.Error(page)
	}
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for name, size := range map[string]int{"large.bin": 1 << 20} {
		part, err := writer.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(make([]byte, size))
	}
	_ = writer.Close()
	response, err := http.Post("http://"+program.Addr, writer.FormDataContentType(), &form)
	expect(t, read(t, response, err), "large.bin: 1048576 bytes, sha256 "+
		"30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58\n")
}

func TestBehindNginx(t *testing.T) {
	program := start(t, "behind_nginx")
	conf, err := os.ReadFile("behind_nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	proxy := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	text := strings.ReplaceAll(string(conf), "127.0.0.1:8000", proxy)
	testkit.StartNginx(t, proxy, strings.ReplaceAll(text, "127.0.0.1:8080", program.Addr))

	request, _ := http.NewRequest("GET", "http://"+proxy+"/shop/", nil)
	request.Host = "shop.example:8443"
	request.Header.Set("X-Forwarded-Proto", "gopher") // nginx replaces it
	response, err := http.DefaultClient.Do(request)
	expect(t, regexp.MustCompile(`:\d+,`).ReplaceAllString(read(t, response, err), ","),
		"You are 127.0.0.1, and the cart is at http://shop.example:8443/shop/cart\n")
	expect(t, get(t, "http://"+proxy+"/shop/cart"), "path /cart below /shop\n")
	response, err = http.Get("http://" + proxy + "/shop/buy") // follows the redirect
	expect(t, read(t, response, err), "path /cart below /shop\n")
	expect(t, response.Request.URL.String(), "http://"+proxy+"/shop/cart")
}

// The program in README.md, built as README.md says.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindSubmatch(readme)
	if match == nil {
		t.Fatal("README.md has no program in Go")
	}
	addr := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	source := strings.ReplaceAll(string(match[1]), "127.0.0.1:8080", addr)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "hello.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	binding, err := filepath.Abs("../../bindings/go")
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"mod", "init", "hello"}, {"mod", "edit", "-require=wserve@v1.0.0", "-replace=wserve=" + binding},
	} {
		command := exec.Command("go", arguments...)
		command.Dir = folder
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	program := exec.Command(build(t, folder, "."))
	if under := runner(); len(under) > 0 {
		program = exec.Command(under[0], append(under[1:], program.Path)...)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Process.Kill(); _ = program.Wait() }()
	testkit.AwaitListener(t, addr)
	expect(t, get(t, "http://"+addr), "Hello, World!\n")
}
