package wserve

import (
	"errors"
	"net/http"
	"net/textproto"
	"path"
	"runtime"
	"sort"
	"strconv"
	"strings"

	"wserve/internal/core"
)

// freezeFields keeps the fields as they are at WriteHeader, and what else must be known of them.
func (w *response) freezeFields() {
	w.contentLength = w.declaredLength()
	w.hasTransfer = w.header.Get("Transfer-Encoding") != ""
	_, w.hasType = w.header["Content-Type"]
	w.hasType = w.hasType || w.hasTransfer || w.header.Get("Content-Encoding") != ""
	w.announceTrailers()
	w.fields = appendFields(w.fields, w.header, w.isLeftOut)
	if w.status != http.StatusSwitchingProtocols && asksForClose(w.header["Connection"]) {
		w.fields = appendField(w.fields, "Connection", "close")
	}
}

// asksForClose finds the one option of Connection that is the handler's to choose.
func asksForClose(values []string) bool {
	for _, list := range values {
		for _, option := range strings.Split(list, ",") {
			if strings.EqualFold(textproto.TrimString(option), "close") {
				return true
			}
		}
	}
	return false
}

// declaredLength is the handler's Content-Length; -1 for none, and for one that is no number.
func (w *response) declaredLength() int64 {
	text := w.header.Get("Content-Length")
	if text == "" {
		return -1
	}
	length, err := strconv.ParseInt(text, 10, 64)
	if err != nil || length < 0 {
		w.server.logf("wserve: invalid Content-Length of %q", text)
		w.header.Del("Content-Length")
		return -1
	}
	return length
}

func (w *response) isLeftOut(name string) bool {
	switch name {
	case "Content-Length":
		return !bodyAllowed(w.status)
	case "Content-Type":
		return w.status == http.StatusNotModified
	case "Connection":
		return w.status != http.StatusSwitchingProtocols
	case "Upgrade":
		return w.status != http.StatusUpgradeRequired && w.status != http.StatusSwitchingProtocols
	}
	return isDropped(name)
}

// guessType adds a Content-Type by what the body begins with.
func (w *response) guessType(sample []byte) {
	if w.hasType || len(sample) == 0 {
		return
	}
	w.hasType = true
	w.fields = appendField(w.fields, "Content-Type", http.DetectContentType(sample))
}

// announceTrailers hands on the names of the field Trailer, one by one, and remembers those that the
// library has no objection to, and whether there are others already.
func (w *response) announceTrailers() {
	for _, list := range w.header["Trailer"] {
		for _, name := range strings.Split(list, ",") {
			name = textproto.CanonicalMIMEHeaderKey(textproto.TrimString(name))
			if name != "" && w.announce(name) {
				w.trailers = append(w.trailers, name)
			}
		}
	}
	for name := range w.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			w.trailers = append(w.trailers, name)
		}
	}
}

func (w *response) announce(name string) bool {
	field := appendField(nil, "Trailer", name)
	err := w.exchange.use(func(request core.Handle) int { return request.Add_headers(field) })
	var refused *Error
	if errors.As(err, &refused) && refused.Status == ErrInvalid {
		w.server.logf("wserve: trailer %q: %v", name, err)
	}
	return err == nil
}

// addTrailers sends, behind a chunked body, the fields that were announced and those with
// http.TrailerPrefix.
func (w *response) addTrailers() {
	trailers := http.Header{}
	for name, values := range w.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			trailers[strings.TrimPrefix(name, http.TrailerPrefix)] = values
		}
	}
	for _, name := range w.trailers {
		if values, found := w.header[name]; found && !strings.HasPrefix(name, http.TrailerPrefix) {
			trailers[name] = values
		}
	}
	for _, name := range sortedNames(trailers) {
		for _, value := range trailers[name] {
			name, value := name, cleanValue(value)
			err := w.exchange.use(func(request core.Handle) int {
				return request.Add_trailer(name, value)
			})
			if err != nil {
				w.server.logf("wserve: trailer %q: %v", name, err)
			}
		}
	}
}

// appendFields appends fields in the order of their names, without those that are left out and those
// whose name is no token.
func appendFields(to []byte, header http.Header, isLeftOut func(string) bool) []byte {
	for _, name := range sortedNames(header) {
		if isLeftOut(name) || !isToken(name) {
			continue
		}
		for _, value := range header[name] {
			to = appendField(to, name, value)
		}
	}
	return to
}

func appendField(to []byte, name, value string) []byte {
	to = append(append(to, name...), 0)
	return append(append(to, cleanValue(value)...), 0)
}

func sortedNames(header http.Header) []string {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	if len(names) > 1 {
		sort.Strings(names)
	}
	return names
}

var lineBreaks = strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ")

// cleanValue does what net/http does to a value that would break the head: line ends become blanks.
// A NUL does too, as it ends a value on its way to the library.
func cleanValue(value string) string {
	if strings.ContainsAny(value, "\n\r\x00") {
		value = lineBreaks.Replace(value)
	}
	return textproto.TrimString(value)
}

// isToken is RFC 9110 §5.6.2.
func isToken(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		isAlphanumeric := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !isAlphanumeric && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

// caller names the line of the program's that has called into this package.
func caller() string {
	const skipped = 2
	_, file, line, _ := runtime.Caller(skipped)
	return path.Base(file) + ":" + strconv.Itoa(line)
}
