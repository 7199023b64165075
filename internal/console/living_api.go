package console

import (
	"cmp"

	"qiwei/internal/id"
	"qiwei/internal/living"
	"qiwei/internal/store"
)

// Live broadcasts (直播) of all applications: when they are, what has come of them, and who watched.

func (s *Service) livingCalls() []call {
	return []call{
		{pattern: "GET /console/api/livings", right: readCorp, handle: s.listLivings},
		{pattern: "GET /console/api/livings/{living}", right: readCorp, handle: s.getLiving},
		{pattern: "POST /console/api/livings/{living}/cancel", right: editCorp, handle: s.cancelLiving},
		{pattern: "DELETE /console/api/livings/{living}/replay", right: editCorp, handle: s.deleteReplay},
	}
}

type livingLine struct {
	No          int64         `json:"no"`
	ID          string        `json:"livingid"`
	Theme       string        `json:"theme"`
	Description string        `json:"description,omitempty"`
	Type        int64         `json:"type"`
	Anchor      person        `json:"anchor"`
	App         string        `json:"app,omitempty"`
	Start       int64         `json:"start"` // as reserved, Unix seconds
	Length      int64         `json:"length"`
	StartedAt   int64         `json:"started_at,omitempty"`
	EndedAt     int64         `json:"ended_at,omitempty"`
	Status      living.Status `json:"status"`
	Replay      int64         `json:"replay"` // 0 made, 1 in the making, 2 deleted, 3 failed; -1 for none
}

func (v *visit) livingLines(tx *store.Tx, list []living.Live) ([]livingLine, error) {
	out := []livingLine{}
	var users []id.UserID
	for _, l := range list {
		users = append(users, l.Anchor)
	}
	names, err := v.called(tx, users)
	if err != nil {
		return nil, err
	}
	apps, err := v.appNames(tx)
	now := tx.Now().Unix()
	for _, l := range list {
		out = append(out, livingLine{l.No, l.ID, l.Theme, l.Description, l.Type, names[l.Anchor], apps[l.App], l.Start, l.Length, l.StartedAt, l.EndedAt, l.Status(now), l.ReplayStatus(now)})
	}
	return out, err
}

func (s *Service) listLivings(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	q := living.Search{Anchor: id.UserID(v.query("anchor")), Before: before, Size: limit}
	for name, into := range map[string]*int64{"from": &q.From, "to": &q.To} {
		if *into, err = v.number(name); err != nil {
			return nil, err
		}
	}
	if v.query("status") != "" {
		n, err := v.number("status")
		if err != nil {
			return nil, err
		}
		status := living.Status(n)
		q.Status = &status
	}
	var out struct {
		Livings []livingLine `json:"livings"`
		More    bool         `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Livings.Find(tx, v.corpID, q)
		if err != nil {
			return err
		}
		out.More = int64(len(list)) == limit
		out.Livings, err = v.livingLines(tx, list)
		return err
	})
}

// viewerLine is somebody who has reserved a place or has watched.
type viewerLine struct {
	No       int64  `json:"no"`
	Name     string `json:"name"`
	UserID   string `json:"userid,omitempty"`
	External string `json:"external_userid,omitempty"`
	Reserved bool   `json:"reserved"`
	Watched  bool   `json:"watched"`
	Online   bool   `json:"online"`
	Seconds  int64  `json:"seconds"`
	Comments int64  `json:"comments"`
	Spoke    bool   `json:"spoke"`
	Invitor  string `json:"invitor,omitempty"`
}

// getLiving shows a broadcast with its figures and a page of its viewers, those behind a number.
func (s *Service) getLiving(v *visit) (any, error) {
	after, err := v.number("after")
	if err != nil {
		return nil, err
	}
	var out struct {
		Living  livingLine     `json:"living"`
		Figures living.Figures `json:"figures"`
		Viewers []viewerLine   `json:"viewers"`
		More    bool           `json:"more"`
	}
	const page = 100
	return &out, v.look(func(tx *store.Tx) error {
		l, figures, err := s.deps.Livings.Broadcast(tx, v.corpID, v.r.PathValue("living"))
		if err != nil {
			return gone(err, living.ErrUnknown)
		}
		lines, err := v.livingLines(tx, []living.Live{l})
		if err != nil {
			return err
		}
		out.Living, out.Figures = lines[0], figures
		list, err := s.deps.Livings.Viewers(tx, l, after, page)
		if err != nil {
			return err
		}
		out.More = len(list) == page
		out.Viewers, err = v.viewerLines(tx, list)
		return err
	})
}

func (v *visit) viewerLines(tx *store.Tx, list []living.Watching) ([]viewerLine, error) {
	var users []id.UserID
	for _, w := range list {
		users = append(users, w.UserID, w.Invitor.UserID)
	}
	names, err := v.called(tx, users)
	out := []viewerLine{}
	for _, w := range list {
		out = append(out, viewerLine{No: w.No, Name: cmp.Or(w.Name, names[w.UserID].Name), UserID: string(w.UserID), External: string(w.External), Reserved: w.Reserved, Watched: w.Watched,
			Online: w.Entered > 0, Seconds: w.Seconds, Comments: w.Comments, Spoke: w.Spoke, Invitor: cmp.Or(names[w.Invitor.UserID].Name, string(w.Invitor.External))})
	}
	return out, err
}

// onLiving does something to the broadcast that the path names, and notes its theme.
func (v *visit) onLiving(action string, do func(tx *store.Tx, livingID string) error) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		l, _, err := v.s.deps.Livings.Broadcast(tx, v.corpID, v.r.PathValue("living"))
		if err != nil {
			return done{}, gone(err, living.ErrUnknown)
		}
		return done{action, l.Theme, map[string]any{"livingid": l.ID}}, do(tx, l.ID)
	})
}

func (s *Service) cancelLiving(v *visit) (any, error) {
	return v.onLiving("living.cancel", func(tx *store.Tx, livingID string) error {
		return s.deps.Livings.CancelAsAdmin(v.ctx(), tx, v.corpID, livingID)
	})
}

func (s *Service) deleteReplay(v *visit) (any, error) {
	return v.onLiving("living.delete_replay", func(tx *store.Tx, livingID string) error {
		return s.deps.Livings.DeleteReplayAsAdmin(v.ctx(), tx, v.corpID, livingID)
	})
}
