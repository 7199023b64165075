// Package sample has a request for every call of the API that answers 0 in the demo enterprise: written by
// hand where a call needs something particular, and else made from the fields that its page requires. What
// only the server knows stands in braces, and is filled in when the request is made:
//
//	{userid}, {agentid}, {now+3600} …               a fact of the enterprise or the clock
//	{/cgi-bin/oa/calendar/add cal_id}               what another call's sample is answered
//	{/cgi-bin/oa/calendar/add <calendar.summary}    what another call's sample says
//	{/_qiwei/wechat/add external_userid}            what a script is answered that plays another's part, in dev
//
// A call may have further samples for the use of others, which are named after a hash: /cgi-bin/message/send#card.
package sample

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"qiwei/internal/wire/known"
)

// Sample is a request.
type Sample struct {
	Path  string
	As    string            // the kind of application that makes it; the first that may if empty
	Query map[string]string // besides the credential of an application
	Order []string          // the names in Query, in their order
	Body  string            // JSON; empty for none
	File  string            // the type of a file that is uploaded instead: image, voice, file or members
	After []string          // calls that must have been made
}

//go:embed samples/*.txt
var written embed.FS

// samples are those written by hand, by path.
var samples = sync.OnceValue(func() map[string]Sample {
	out := map[string]Sample{}
	files, err := written.ReadDir("samples")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		text, err := written.ReadFile(path.Join("samples", f.Name()))
		if err != nil {
			panic(err)
		}
		for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
			s := parse(block)
			name := s.Path
			if _, twice := out[name]; twice {
				panic("sample: two of " + name)
			}
			s.Path, _, _ = strings.Cut(name, "#")
			out[name] = s
		}
	}
	return out
})

// parse reads a sample: a line with the path, its query, "as KIND", "file TYPE" and "after PATH", and the lines
// of its body. It panics on what is none: the files are ours, and a test reads them.
func parse(block string) Sample {
	head, body, _ := strings.Cut(block, "\n")
	parts := splitHead(head)
	at, query, _ := strings.Cut(parts[0], "?")
	s := Sample{Path: at, Query: map[string]string{}, Body: strings.TrimSpace(body)}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			s.Query[name] = value
			s.Order = append(s.Order, name)
		}
	}
	for i := 1; i+1 < len(parts); i += 2 {
		switch parts[i] {
		case "as":
			s.As = parts[i+1]
		case "file":
			s.File = parts[i+1]
		case "after":
			s.After = append(s.After, parts[i+1])
		default:
			panic(fmt.Sprintf("sample: %q in %s", parts[i], head))
		}
	}
	return s
}

// splitHead splits a line at its spaces, except at those in braces.
func splitHead(line string) (out []string) {
	depth, from := 0, 0
	for i, c := range line {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ' ' && depth == 0:
			out, from = append(out, line[from:i]), i+1
		}
	}
	return append(out, line[from:])
}

// IsScript reports whether a path is of a script, which plays somebody else's part, and not of a call.
func IsScript(path string) bool { return strings.HasPrefix(path, "/_qiwei/") }

// Of returns the sample of a call: the one that is written, or one with the fields that its page requires. By a former
// path a call is asked for the same.
func Of(path string) Sample {
	if s, ok := samples()[path]; ok {
		return s
	}
	if s, ok := samples()[known.Today(path)]; ok {
		s.Path = path
		return s
	}
	return made(path, known.RequestFields(path))
}
