package wserve_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"wserve"
)

func ExampleListenAndServe() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Hello, World!")
	})
	log.Fatal(wserve.ListenAndServe("127.0.0.1:8080", nil))
}

func ExampleServer() {
	server := &wserve.Server{
		Addr:    "unix:/run/shop.sock?mode=0660",
		Handler: http.DefaultServeMux,
		Options: wserve.Options{
			"url_prefix":            "/shop",
			"trusted_proxy":         "unix:",
			"trusted_proxy_headers": []string{"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
			"stop_timeout":          10 * time.Second,
		},
		ErrorLog: log.New(os.Stderr, "shop: ", log.LstdFlags),
	}
	asked, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	go func() {
		<-asked.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func ExampleBaseURL() {
	http.HandleFunc("/buy", func(w http.ResponseWriter, r *http.Request) {
		// "https://shop.example/shop/cart", whatever the proxy calls this server
		http.Redirect(w, r, wserve.BaseURL(r).JoinPath("cart").String(), http.StatusSeeOther)
	})
}

func ExampleServer_ExplainProxy() {
	server := &wserve.Server{Options: wserve.Options{"trusted_proxy": "10.0.0.1"}}
	_, err := server.ExplainProxy("somebody", nil)
	fmt.Println(err)
	// Output: wserve: peer must be ADDRESS, ADDRESS:PORT, [IPV6]:PORT or unix:, got "somebody"
}

func ExampleOptions() {
	err := (&wserve.Server{Options: wserve.Options{"threads": -3}}).ListenAndServe()
	fmt.Println(err)
	// Output: wserve: threads must be 0..1024 or auto, got "-3"
}
