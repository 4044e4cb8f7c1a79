// Package wserve serves any http.Handler with libwserve, the application server as a library: its event
// loop reads the requests and sends the answers, Go's goroutines run the handlers.
//
//	server := &wserve.Server{
//		Addr:    "127.0.0.1:8080",
//		Handler: mux,
//		Options: wserve.Options{"url_prefix": "/shop", "trusted_proxy": "127.0.0.1"},
//	}
//	log.Fatal(server.ListenAndServe())
//
// It is made to stand behind nginx, Apache or HAProxy: with trusted_proxy, RemoteAddr, Host and the
// scheme are those of the client, not of the proxy, and fields that strangers have made up are
// removed. BaseURL tells where the application is for its clients.
//
// # What handlers find
//
// A ResponseWriter is also http.Flusher, http.Hijacker, io.ReaderFrom (of an *os.File the kernel
// sends the content) and io.StringWriter; 1xx answers, trailers and http.ErrAbortHandler work. The
// context ends when the client leaves and when the handler returns. Deliberate differences from
// net/http:
//
//   - With the option body_streaming off, which is on here as nowhere else, the body has arrived before
//     the handler runs, whatever its size (max_request_body_size bounds it, inbuf_overflow keeps large
//     ones out of memory): reading waits for no client, ContentLength is known for chunked bodies too,
//     and Body has a Seek to the front.
//   - A body that comes may be read while the answer is written, by two goroutines if need be, without
//     EnableFullDuplex. When the client has left, is slower than body_timeout and body_min_rate allow, or
//     has sent what is no body, Read returns io.ErrUnexpectedEOF and the context ends.
//   - http.MaxBytesReader fails as it should, but does not close the connection.
//   - URL.Path is the path below url_prefix, as behind http.StripPrefix; RequestURI is as it came.
//   - Fields that came more than once are one value, joined with ", "; fields whose names hold "_"
//     are dropped.
//   - TLS is set, without content, when the client has used https to the proxy.
//   - A panic is answered with 500, and logged. Once the head is sent the connection is cut.
//   - ListenAndServe returns only after the answers under way, and Shutdown cuts what is left after
//     the option stop_timeout.
//   - The fields Connection, Keep-Alive, Transfer-Encoding and Upgrade are the server's, but for an
//     Upgrade with status 426; a handler that wants to speak another protocol hijacks the connection.
//   - Errors of the library are *Error, with its message.
//   - Deadlines are the options': http.ResponseController knows Flush, Hijack and EnableFullDuplex, and
//     for SetReadDeadline and SetWriteDeadline says http.ErrNotSupported.
//   - The context knows ServerContextKey, but neither of net/http's keys.
//
// # Threads
//
// The library has one thread of its own. Waiting takes none: requests are taken by a few goroutines
// that wait on Go's netpoller, as a Read does for a body, and handlers run on them or on goroutines of
// their own. With threads=0, where the handler's goroutine turns the event loop, bodies are not streamed. A Write waits
// in C while more than outbuf_high_watermark bytes (16 MiB, if nothing was set) wait for a slow
// client, and keeps a thread of the operating system meanwhile: one for each such client, so that
// there are never more than connection_limit of them, or threads, if that was set, and in no case
// more than 4096, since Go ends a process that has 10,000 threads; a Write beyond them waits its turn.
// Other handlers go on. write_min_rate cuts off clients that take next to nothing; Close ends what is
// left.
//
// # Another prefix
//
// The go command keeps what it has built, together with the folders that pkg-config named then. When
// the library moves to another prefix, "go clean -cache" lets it ask again.
package wserve
