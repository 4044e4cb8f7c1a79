package wserve_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"wserve"
)

func TestOptionsAreDescribed(t *testing.T) {
	list := wserve.OptionList()
	if len(list) < 40 {
		t.Fatalf("only %d options", len(list))
	}
	for _, option := range list {
		if option.Name == "threads" {
			expected := "0..1024 or auto"
			if option.Range != expected || option.Type != "int" || option.Default != "4" ||
				option.Unit != "threads" || option.Help == "" || option.Since != "1.0" {
				t.Errorf("%+v", option)
			}
			return
		}
	}
	t.Error("there is no option threads")
}

// Every option can be given its own default, in text form, by either spelling of its name.
func TestEveryOptionCanBeSet(t *testing.T) {
	for _, option := range wserve.OptionList() {
		switch option.Name {
		case "listen", "host", "port", "unix_socket", "sockets":
			continue // Addr excludes them
		case "trusted_proxy":
			option.Default = "*" // others make no sense without it
		}
		for _, name := range []string{option.Name, strings.ReplaceAll(option.Name, "_", "-")} {
			server := &wserve.Server{
				Addr:    "127.0.0.1:0",
				Options: wserve.Options{"trusted_proxy": "*", "log_level": "none"},
			}
			server.Options[name] = option.Default
			if _, err := server.Listen(); err != nil {
				t.Errorf("%s = %q: %v", name, option.Default, err)
			}
			_ = server.Close()
		}
	}
}

func TestOptionsMayBeGivenInGosTypes(t *testing.T) {
	server := &wserve.Server{Addr: "127.0.0.1:0", Options: wserve.Options{
		"threads": 2, "connection_limit": uint16(9), "expose_tracebacks": true, "stop_timeout": 1500 * time.Millisecond,
		"channel_timeout": 2.5, "trusted_proxy": []string{"127.0.0.1", "::1"}, "ident": netip.MustParseAddr("::1"),
		"trusted_proxy_headers": "x-forwarded-for",
	}}
	if _, err := server.Listen(); err != nil {
		t.Error(err)
	}
	_ = server.Close()
}

func TestWrongOptionsAreErrorsWithTheLibrarysMessage(t *testing.T) {
	for name, c := range map[string]struct {
		addr    string
		options wserve.Options
		status  wserve.Status
		message string
	}{
		"unknown":      {options: wserve.Options{"thread": 4}, status: wserve.ErrUnknown, message: `wserve: "thread" is not an option; did you mean threads?`},
		"out of range": {options: wserve.Options{"threads": -3}, status: wserve.ErrInvalid, message: `threads must be 0..1024 or auto, got "-3"`},
		"no number":    {options: wserve.Options{"backlog": "many"}, status: wserve.ErrInvalid, message: `got "many"`},
		"no such type": {options: wserve.Options{"threads": struct{}{}}, status: wserve.ErrInvalid, message: "threads must be a string, bool"},
		"nil":          {options: wserve.Options{"threads": nil}, status: wserve.ErrInvalid, message: "threads must have a value, got nil"},
		"nil pointer":  {options: wserve.Options{"ident": (*url.URL)(nil)}, status: wserve.ErrInvalid, message: "ident must have a value, got nil"},
		"no list":      {options: wserve.Options{"threads": []string{"1"}}, status: wserve.ErrInvalid, message: "threads must be 0..1024 or auto, got a list"},
		"NUL":          {options: wserve.Options{"ident": "a\x00b"}, status: wserve.ErrInvalid, message: `got "a\x00b"`},
		"NUL in Addr":  {addr: "127.0.0.1:0\x00", status: wserve.ErrInvalid, message: "Addr must be without NUL"},
		"conflict": {options: wserve.Options{"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "forwarded x-forwarded-for"},
			status: wserve.ErrConflict, message: "forwarded"},
		"Addr and listen":      {addr: "127.0.0.1:0", options: wserve.Options{"listen": "127.0.0.1:0"}, status: wserve.ErrConflict, message: "listen"},
		"Addr and port":        {addr: "127.0.0.1:0", options: wserve.Options{"port": 0}, status: wserve.ErrConflict, message: "port"},
		"address not of here":  {addr: "192.0.2.1:0", status: wserve.ErrSystem, message: "192.0.2.1"},
		"address not an entry": {addr: "127.0.0.1:http:x", status: wserve.ErrInvalid, message: "127.0.0.1:http:x"},
	} {
		_, err := (&wserve.Server{Addr: c.addr, Options: c.options}).Listen()
		var failure *wserve.Error
		if !errors.As(err, &failure) || !errors.Is(err, c.status) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddrWithoutHostListensEverywhere(t *testing.T) {
	server := &wserve.Server{Addr: ":0", Options: wserve.Options{"ipv6": false}}
	addresses, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if len(addresses) != 1 || !strings.HasPrefix(addresses[0], "0.0.0.0:") {
		t.Error(addresses)
	}
}

func TestSeveralAddresses(t *testing.T) {
	path := t.TempDir() + "/socket"
	server := &wserve.Server{Addr: "127.0.0.1:0 unix:" + path + "?mode=0600"}
	addresses, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if len(addresses) != 2 || !strings.HasPrefix(addresses[0], "127.0.0.1:") || addresses[1] != "unix:"+path {
		t.Error(addresses)
	}
}

func TestStatusNames(t *testing.T) {
	for status, name := range map[wserve.Status]string{
		wserve.ErrInvalid: "WS_EINVAL", wserve.ErrNoMemory: "WS_ENOMEM", wserve.ErrState: "WS_ESTATE",
		wserve.ErrUnknown: "WS_EUNKNOWN", wserve.ErrDisconnected: "WS_EDISCONNECTED",
		wserve.ErrConflict: "WS_ECONFLICT", wserve.ErrSystem: "WS_ESYSTEM", wserve.ErrApp: "WS_EAPP",
		wserve.ErrInternal: "WS_EINTERNAL",
	} {
		if status.Error() != name {
			t.Errorf("%d is %s, expected %s", status, status.Error(), name)
		}
	}
}
