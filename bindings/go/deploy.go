package wserve

import (
	"net/http"
	"sort"
	"strings"

	"wserve/internal/core"
)

// Settings are the settings of a filter, or values for an ini file.
type Settings map[string]string

// Filter is a filter of the library's that stands in front of the handler. There is one, "prefix": it
// mounts the handler below a path and tells it where the world sees it (PrefixMiddleware of
// PasteDeploy); its settings are prefix, scheme, force_port, translate_forwarded_server and append.
//
//	Filters: []wserve.Filter{{Name: "prefix", Settings: wserve.Settings{"prefix": "/shop", "scheme": "https"}}}
//
// Filters that are written in Go are http.Handlers around the handler, as everywhere.
type Filter struct {
	Name     string
	Settings Settings
}

// words writes settings as the library reads them: name="value" name="value".
func (s Settings) words() (string, error) {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	sort.Strings(names)
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for at, name := range names {
		names[at] = name + `="` + quote.Replace(s[name]) + `"`
	}
	return cText(strings.Join(names, " "))
}

// loadIni takes options and filters from the owner's ini file.
func (i *instance) loadIni() error {
	if i.owner.Ini == "" {
		return nil
	}
	settings, err := i.owner.IniSettings.words()
	if err != nil {
		return mistake("IniSettings ", err.Error())
	}
	name, err := cText(i.owner.Ini)
	if err != nil {
		return mistake("Ini ", err.Error())
	}
	return try(func() int { return i.server.Load_settings(name, settings) })
}

func (i *instance) addFilters() error {
	for _, filter := range i.owner.Filters {
		settings, err := filter.Settings.words()
		if err != nil {
			return mistake("filter ", filter.Name, ": settings ", err.Error())
		}
		name := filter.Name
		if err := try(func() int { return i.server.Use_named(name, settings) }); err != nil {
			return err
		}
	}
	return nil
}

// Check checks Addr, Options, Ini and Filters together, and what the options need of the system
// (access_log, temporary_directory, metrics_listen), without listening.
func (s *Server) Check() error {
	made, err := newInstance(s)
	if err != nil {
		return err
	}
	defer made.free()
	if err := made.setUp(s.Addr, -1); err != nil {
		return err
	}
	return try(made.server.Check)
}

// ExplainProxy explains, line by line, what a server with these options believes of a request's
// proxy fields, and what its handler is told in the end. The peer is who connects: "ADDRESS",
// "ADDRESS:PORT", "[IPV6]:PORT", or "unix:" for a Unix socket.
func (s *Server) ExplainProxy(peer string, header http.Header) (string, error) {
	made, err := newInstance(s)
	if err != nil {
		return "", err
	}
	defer made.free()
	if err := made.setUp(s.Addr, -1); err != nil {
		return "", err
	}
	var fields strings.Builder
	for _, name := range sortedNames(header) {
		for _, value := range header[name] {
			fields.WriteString(name + ": " + value + "\n")
		}
	}
	if peer, err = cText(peer); err != nil {
		return "", mistake("peer ", err.Error())
	}
	text, err := cText(fields.String())
	if err != nil {
		return "", mistake("header ", err.Error())
	}
	explained := ""
	err = try(func() int {
		if explained = core.ExplainProxy(made.server, peer, text); explained == "" {
			return int(ErrInvalid)
		}
		return statusOK
	})
	return explained, err
}
