// Package routers runs applications with the routers that people use: the same under net/http and
// under wserve, and behind a real nginx.
package routers

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/mux"

	"wserve"
	"wserve/internal/testkit"
)

// item answers with what a router has found, and where the item is for its client.
func item(w http.ResponseWriter, r *http.Request, id string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{
		"id": id, "url": wserve.BaseURL(r).JoinPath("items", id).String(), "remote": r.RemoteAddr[:strings.LastIndex(r.RemoteAddr, ":")],
	})
}

func stream(w http.ResponseWriter, r *http.Request) {
	for i := 0; i < 3; i++ {
		fmt.Fprintf(w, "part %d\n", i)
		w.(http.Flusher).Flush()
	}
}

func create(w http.ResponseWriter, r *http.Request) {
	var given struct{ Name string }
	if err := json.NewDecoder(r.Body).Decode(&given); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", wserve.BaseURL(r).JoinPath("items", given.Name).String())
	w.WriteHeader(http.StatusCreated)
}

func gorilla() http.Handler {
	router := mux.NewRouter()
	router.HandleFunc("/items/{id:[a-z0-9]+}", func(w http.ResponseWriter, r *http.Request) {
		item(w, r, mux.Vars(r)["id"])
	}).Methods("GET", "HEAD").Name("item")
	router.HandleFunc("/items", create).Methods("POST")
	router.HandleFunc("/stream", stream)
	router.HandleFunc("/byhost", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, mux.Vars(r)["sub"])
	}).Host("{sub}.example.com")
	router.PathPrefix("/static/").Handler(http.StripPrefix("/static/", http.FileServer(http.Dir("."))))
	return router
}

func chiRouter() http.Handler {
	router := chi.NewRouter()
	router.Use(middleware.RequestID, middleware.Recoverer, middleware.Compress(5), middleware.Timeout(time.Minute), middleware.StripSlashes)
	router.Get("/items/{id}", func(w http.ResponseWriter, r *http.Request) { item(w, r, chi.URLParam(r, "id")) })
	router.Head("/items/{id}", func(w http.ResponseWriter, r *http.Request) { item(w, r, chi.URLParam(r, "id")) })
	router.Post("/items", create)
	router.Get("/stream", stream)
	router.Get("/panic", func(http.ResponseWriter, *http.Request) { panic("recovered by the middleware") })
	router.Get("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	router.Route("/nested", func(router chi.Router) {
		router.With(middleware.NoCache).Get("/deep", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, chi.RouteContext(r.Context()).RoutePattern())
		})
	})
	router.Mount("/mounted", http.HandlerFunc(stream))
	return router
}

var routers = map[string]func() http.Handler{"mux": gorilla, "chi": chiRouter}

// serve serves a handler on a free port until the test ends.
func serve(t *testing.T, handler http.Handler, options wserve.Options) string {
	t.Helper()
	server := &wserve.Server{Addr: "127.0.0.1:0", Handler: handler, Options: options}
	addresses, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return "http://" + addresses[0]
}

// seen is what a client sees, without what each server adds.
type seen struct {
	Status int
	Header http.Header
	Body   string
	Err    bool
}

func ask(t *testing.T, client *http.Client, base, method, path, body string) seen {
	t.Helper()
	request, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "shop.example.com"
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := client.Do(request)
	if err != nil {
		return seen{Err: true}
	}
	defer response.Body.Close()
	reader := io.Reader(response.Body)
	if response.Header.Get("Content-Encoding") == "gzip" && method != "HEAD" {
		if reader, err = gzip.NewReader(response.Body); err != nil {
			t.Fatal(err)
		}
	}
	content, err := io.ReadAll(reader)
	for _, name := range []string{"Date", "Server", "Connection"} {
		response.Header.Del(name)
	}
	sort.Strings(response.Header["Allow"]) // chi has them in a map
	return seen{Status: response.StatusCode, Header: response.Header, Body: string(content), Err: err != nil}
}

func newClient(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func TestRoutersAnswerAsUnderNetHTTP(t *testing.T) {
	for name, router := range routers {
		theirs := httptest.NewServer(router())
		defer theirs.Close()
		ours := serve(t, router(), wserve.Options{"log_level": "none"})
		client := newClient(t)
		for _, c := range [][3]string{
			{"GET", "/items/7", ""}, {"HEAD", "/items/7", ""}, {"DELETE", "/items/7", ""}, {"GET", "/items/%2F", ""},
			{"GET", "/items/7/", ""}, {"GET", "//items/7", ""}, {"GET", "/nowhere", ""}, {"GET", "/stream", ""},
			{"POST", "/items", `{"Name": "pen"}`}, {"POST", "/items", `{`}, {"GET", "/byhost", ""},
			{"GET", "/static/go.mod", ""}, {"GET", "/static", ""}, {"GET", "/nested/deep", ""}, {"GET", "/mounted/x", ""},
			{"GET", "/panic", ""}, {"GET", "/abort", ""},
		} {
			expected := ask(t, client, theirs.URL, c[0], c[1], c[2])
			got := ask(t, client, ours, c[0], c[1], c[2])
			if c[1] == "//items/7" {
				// Before the handler sees it, "//" becomes "/": a URL that is made from it would name
				// another host.
				expected = ask(t, client, theirs.URL, c[0], "/items/7", c[2])
			}
			if !reflect.DeepEqual(got, expected) {
				t.Errorf("%s %v:\n     got %+v\nexpected %+v", name, c, got, expected)
			}
		}
	}
}

func TestRoutersBehindNginx(t *testing.T) {
	for name, router := range routers {
		t.Run(name, func(t *testing.T) {
			base := serve(t, router(), wserve.Options{
				"url_prefix": "/shop", "trusted_proxy": "127.0.0.1",
				"trusted_proxy_headers": "x-forwarded-for x-forwarded-host x-forwarded-proto",
			})
			proxy := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
			testkit.StartNginx(t, proxy, fmt.Sprintf(`server { listen %s; location /shop/ {
				proxy_pass %s; proxy_http_version 1.1; proxy_set_header Connection "";
				proxy_set_header X-Forwarded-For 192.0.2.7;
				proxy_set_header X-Forwarded-Host $http_host;
				proxy_set_header X-Forwarded-Proto https; } }`, proxy, base))
			client := newClient(t)
			got := ask(t, client, "http://"+proxy, "GET", "/shop/items/7", "")
			expected := `{"id":"7","remote":"192.0.2.7","url":"https://shop.example.com/shop/items/7"}` + "\n"
			if got.Body != expected {
				t.Errorf("got %+v, expected %s", got, expected)
			}
			got = ask(t, client, "http://"+proxy, "POST", "/shop/items", `{"Name": "pen"}`)
			if location := got.Header.Get("Location"); got.Status != 201 || location != "https://shop.example.com/shop/items/pen" {
				t.Errorf("%+v", got)
			}
			if got = ask(t, client, "http://"+proxy, "GET", "/shop/stream", ""); got.Body != "part 0\npart 1\npart 2\n" {
				t.Errorf("%+v", got)
			}
		})
	}
}
