// Takes files from a form while they come: they are in no memory and in no temporary file, and a client
// that is slow costs a goroutine, but no thread: go run ./upload [ADDRESS]
package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"wserve"
)

const form = `<!doctype html>
<form method="post" enctype="multipart/form-data">
  <input type="file" name="file" multiple> <button>Send</button>
</form>
`

func upload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		_, _ = io.WriteString(w, form)
		return
	}
	// Part by part, each as it comes.
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		sum := sha256.New()
		size, err := io.Copy(sum, part)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%s: %d bytes, sha256 %x\n", part.FileName(), size, sum.Sum(nil))
	}
}

func main() {
	server := &wserve.Server{
		Addr:    "127.0.0.1:8080",
		Handler: http.HandlerFunc(upload),
		Options: wserve.Options{
			"max_request_body_size": 4 << 30, // 413 above it
		},
	}
	if len(os.Args) > 1 {
		server.Addr = os.Args[1]
	}
	addresses, err := server.Listen()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Serving on http://%s\n", addresses[0])
	log.Fatal(server.ListenAndServe())
}
