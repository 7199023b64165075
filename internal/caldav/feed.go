package caldav

import (
	"net/http"
	"strings"

	"github.com/emersion/go-ical"

	"qiwei/internal/store"
)

// feed answers everything that a member sees as one file, to whoever knows its address. It is read again and
// again, so it has a tag.
func (s *Service) feed(w http.ResponseWriter, r *http.Request) {
	text, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		http.NotFound(w, r)
		return
	}
	k, m, found, err := s.keyOf(r.Context(), text, true)
	if err != nil {
		s.refused(w, r, err)
		return
	}
	if !found {
		http.NotFound(w, r)
		return
	}
	v := visitor{k.corpID, m}
	var tag, body string
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		all, err := s.collections(tx, v)
		if err != nil {
			return err
		}
		var states []string
		for _, one := range all {
			states = append(states, one.state())
		}
		if tag = `"` + strings.Join(states, ".") + `"`; listed(r.Header.Get("If-None-Match"), tag) {
			return nil
		}
		body, err = s.everything(tx, v, all)
		return err
	})
	if err != nil {
		s.refused(w, r, err)
		return
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if body == "" {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, http.StatusOK, "text/calendar; charset=utf-8", body)
}

// everything joins the objects of all collections. Each is written by itself, so that what one lacks does not
// cost the others.
func (s *Service) everything(tx *store.Tx, v visitor, all []collection) (string, error) {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + product + "\r\nX-WR-CALNAME:" + "企业微信日程" + "\r\n")
	defined := map[string]bool{}
	for _, one := range all {
		list, err := s.list(tx, one)
		if err != nil {
			return "", err
		}
		for _, o := range list {
			c, err := ical.NewDecoder(strings.NewReader(s.text(v, one, o))).Decode()
			if err != nil {
				continue
			}
			for _, part := range c.Children {
				name, _ := part.Props.Text(ical.PropTimezoneID)
				if part.Name == ical.CompTimezone && defined[name] {
					continue
				}
				defined[name] = part.Name == ical.CompTimezone || defined[name]
				if writeComponent(&b, part); b.Len() > maxAnswer {
					return "", errLarge
				}
			}
		}
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String(), nil
}

// writeComponent writes a part of a calendar, with its lines folded.
func writeComponent(b *strings.Builder, c *ical.Component) {
	whole := &ical.Calendar{Component: ical.NewComponent(ical.CompCalendar)}
	whole.Props.SetText(ical.PropVersion, "2.0")
	whole.Props.SetText(ical.PropProductID, product)
	whole.Children = []*ical.Component{c}
	var out strings.Builder
	if ical.NewEncoder(&out).Encode(whole) != nil {
		return
	}
	text := out.String()
	from, to := strings.Index(text, "BEGIN:"+c.Name+"\r\n"), strings.LastIndex(text, "END:VCALENDAR")
	if from >= 0 && to > from {
		b.WriteString(text[from:to])
	}
}
