package phone

import (
	"errors"
	"net/http"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

type workbenchApp struct {
	AgentID     int64          `json:"agentid"`
	Kind        access.Kind    `json:"kind"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Logo        string         `json:"logo,omitempty"`
	HomeURL     string         `json:"home_url,omitempty"`
	Shows       *app.Workbench `json:"shows,omitempty"` // what its place shows instead of only the icon
}

// workbench answers the applications that the member sees, and what each shows the member in its place. Those of
// the platform's own that are switched off, or not for the member, are named as hidden: the page has a place for
// each of them.
func (s *Service) workbench(r *http.Request, sess login.Session) (any, error) {
	out, hidden := []workbenchApp{}, []access.Kind{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		out, hidden = out[:0], hidden[:0]
		apps, err := s.deps.Apps.Apps(tx, sess.CorpID)
		if err != nil {
			return err
		}
		for _, a := range apps {
			if !message.Talks(a.Kind) {
				continue
			}
			sees, err := s.deps.Directory.InRange(tx, sess.CorpID, a.Range, sess.Member)
			if err != nil {
				return err
			}
			own := slices.Contains(access.BuiltIn(), a.Kind)
			if a.Disabled || !sees {
				if own && (a.Disabled || !a.Range.Empty()) { // one without a range is everybody's to use
					hidden = append(hidden, a.Kind)
				}
				continue
			}
			line := workbenchApp{AgentID: a.AgentID, Kind: a.Kind, Name: a.Name, Description: a.Description, Logo: s.local(s.deps.Apps.LogoURL(a)), HomeURL: a.HomeURL}
			if a.CustomWorkbench {
				shows, err := s.deps.Apps.WorkbenchOf(r.Context(), tx, access.System(sess.CorpID), a, sess.Member.UserID)
				if err != nil && !errors.Is(err, app.ErrWorkbenchUnset) {
					return err
				}
				if err == nil && shows.Type != app.WorkbenchNormal {
					line.Shows = &shows
				}
			}
			out = append(out, line)
		}
		return nil
	})
	return map[string]any{"apps": out, "hidden": hidden}, err
}
