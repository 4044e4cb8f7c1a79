package wserve

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// head is what is collected from the environ before the http.Request is made.
type head struct {
	method, uri, script, path, query string
	protocol, scheme                 string
	address, port                    string
	host                             string
	header                           http.Header
	values                           []string // one array for all of header's lists
}

// newRequest makes the http.Request that the library's environ describes.
func newRequest(packed environ, c *requestContext, body *body, isStreaming bool) *http.Request {
	h := readEnviron(packed)
	request := &http.Request{
		Method:        h.method,
		URL:           h.url(),
		Proto:         h.protocol,
		ProtoMajor:    1,
		Header:        h.header,
		Body:          http.NoBody,
		ContentLength: body.size,
		Host:          h.host,
		RemoteAddr:    h.remoteAddr(),
		RequestURI:    h.uri,
	}
	if h.protocol == "HTTP/1.1" {
		request.ProtoMinor = 1
	}
	request.Close = h.asksToClose()
	switch {
	case body.size != 0 && isStreaming:
		request.Body = body
	case body.size != 0:
		request.Body = wholeBody{body}
	}
	if body.size < 0 {
		request.TransferEncoding = []string{"chunked"}
		request.Trailer = announcedTrailer(h.header)
	}
	if h.scheme == "https" {
		// As in net/http/cgi: the proxy has the connection, this says that there is one.
		request.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	body.request = request.WithContext(c)
	return body.request
}

func readEnviron(packed environ) head {
	// Most pairs are fields, and a list of one value is enough for each.
	count := strings.Count(string(packed), "\x00") / 2
	h := head{header: make(http.Header, count), values: make([]string, 0, count)}
	for packed != "" {
		var name, value string
		name, value, packed = packed.next()
		if strings.HasPrefix(name, "HTTP_") {
			h.addField(name, value)
		} else {
			h.set(name, value)
		}
	}
	return h
}

func (h *head) set(name, value string) {
	switch name {
	case "REQUEST_METHOD":
		h.method = value
	case "REQUEST_URI":
		h.uri = value
	case "SCRIPT_NAME":
		h.script = value
	case "PATH_INFO":
		h.path = value
	case "QUERY_STRING":
		h.query = value
	case "SERVER_PROTOCOL":
		h.protocol = value
	case "REMOTE_ADDR":
		h.address = value
	case "REMOTE_PORT":
		h.port = value
	case "ws.url_scheme":
		h.scheme = value
	case "CONTENT_TYPE":
		h.add("Content-Type", value)
	case "CONTENT_LENGTH":
		h.add("Content-Length", value)
	}
}

func (h *head) addField(name, value string) {
	if name == "HTTP_HOST" {
		h.host = value
		return
	}
	field, known := commonFields[name]
	if !known {
		field = fieldName(name)
	}
	h.add(field, value)
}

func (h *head) add(field, value string) {
	h.values = append(h.values, value)
	at := len(h.values)
	h.header[field] = h.values[at-1 : at : at]
}

// url is what handlers route by: its path is that below SCRIPT_NAME, as behind http.StripPrefix, and
// "/" for SCRIPT_NAME itself.
func (h *head) url() *url.URL {
	if h.path == "" {
		h.path = "/"
	}
	target, _, hasQuery := strings.Cut(h.uri, "?")
	if target == h.path {
		return &url.URL{Path: h.path, RawQuery: h.query, ForceQuery: hasQuery && h.query == ""}
	}
	parsed, err := url.ParseRequestURI(h.uri)
	if err != nil { // a "%" without two digits: the library takes it as it is
		return &url.URL{Path: h.path, RawQuery: h.query}
	}
	if parsed.Path != h.path {
		parsed.RawPath = strings.TrimPrefix(parsed.RawPath, h.script)
		if decoded, err := url.PathUnescape(parsed.RawPath); err != nil || decoded != h.path {
			parsed.RawPath = ""
		}
	}
	parsed.Path, parsed.RawQuery = h.path, h.query
	return parsed
}

// asksToClose is RFC 9112 §9.3: the client sends nothing behind this request.
func (h *head) asksToClose() bool {
	options := h.header["Connection"]
	if h.protocol == "HTTP/1.1" {
		return hasToken(options, "close")
	}
	return hasToken(options, "close") || !hasToken(options, "keep-alive")
}

// hasToken looks for one word in comma-separated lists; case does not matter.
func hasToken(lists []string, wanted string) bool {
	for _, list := range lists {
		for _, token := range strings.Split(list, ",") {
			if strings.EqualFold(textproto.TrimString(token), wanted) {
				return true
			}
		}
	}
	return false
}

// remoteAddr is "address:port"; "@" on a Unix socket, as in net/http. A proxy that is trusted may
// have told the address alone: then the port is 0.
func (h *head) remoteAddr() string {
	if h.address == "localhost" {
		return "@"
	}
	if h.port == "" {
		return net.JoinHostPort(h.address, "0")
	}
	return net.JoinHostPort(h.address, h.port)
}

// fieldName turns HTTP_ACCEPT_LANGUAGE into Accept-Language.
func fieldName(name string) string {
	name = strings.ReplaceAll(strings.TrimPrefix(name, "HTTP_"), "_", "-")
	return textproto.CanonicalMIMEHeaderKey(name)
}

// commonFields saves the work of fieldName.
var commonFields = func() map[string]string {
	names := map[string]string{}
	for _, field := range []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control",
		"Connection", "Cookie", "Dnt", "Expect", "Forwarded", "If-Match", "If-Modified-Since",
		"If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Origin", "Pragma",
		"Range", "Referer", "Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform",
		"Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "Sec-Gpc", "Te",
		"Traceparent", "Tracestate", "Upgrade", "Upgrade-Insecure-Requests", "User-Agent", "Via",
		"X-Forwarded-By", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port",
		"X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Real-Ip", "X-Request-Id",
		"X-Requested-With",
	} {
		names["HTTP_"+strings.ToUpper(strings.ReplaceAll(field, "-", "_"))] = field
	}
	return names
}()
