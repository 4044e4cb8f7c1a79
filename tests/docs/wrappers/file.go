package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"wserve"
)

// What a document need not use.
var (
	_ = context.Background
	_ = fmt.Sprint
	_ = io.EOF
	_ = log.Fatal
	_ = http.StatusOK
	_ = time.Second
	_ = wserve.Options{}
)

BLOCK

func main() {}
