package console

import (
	"errors"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/moment"
	"qiwei/internal/store"
)

// Moments (客户朋友圈) are published by members. An admin sees those of the corp and of members, makes one of the
// corp, and ends what is not published yet.

func (s *Service) momentCalls() []call {
	return []call{
		{pattern: "GET /console/api/moments", right: readCorp, handle: s.listMoments},
		{pattern: "POST /console/api/moments", right: editCorp, handle: s.createMoment},
		{pattern: "GET /console/api/moments/{moment}", right: readCorp, handle: s.getMoment},
		{pattern: "POST /console/api/moments/{moment}/cancel", right: editCorp, handle: s.cancelMoment},
	}
}

type momentLine struct {
	ID        string    `json:"moment_id"`
	At        time.Time `json:"at"`
	OfMember  bool      `json:"of_member"`
	By        *person   `json:"by,omitempty"`
	App       string    `json:"app,omitempty"`
	Text      string    `json:"text"`
	Images    []string  `json:"images"` // media_ids
	Link      string    `json:"link,omitempty"`
	LinkTitle string    `json:"link_title,omitempty"`
	Video     bool      `json:"video,omitempty"`
	Place     string    `json:"place,omitempty"`
	State     string    `json:"state"` // asking, open or cancelled
	Public    bool      `json:"public"`
	Asked     int64     `json:"asked"`
	Published int64     `json:"published"`
	Shown     int64     `json:"shown"`
	Likes     int64     `json:"likes"`
	Comments  int64     `json:"comments"`
}

func (v *visit) momentLines(tx *store.Tx, list []moment.Rolled) ([]momentLine, error) {
	apps, err := v.appNames(tx)
	if err != nil {
		return nil, err
	}
	var users []id.UserID
	for _, m := range list {
		if m.Creator != "" {
			users = append(users, m.Creator)
		}
	}
	names, err := v.called(tx, users)
	out := []momentLine{}
	for _, m := range list {
		l := momentLine{
			ID: m.MomentID, At: m.CreatedAt, OfMember: m.Kind == moment.OfMember, App: apps[m.App], Text: m.Content.Text, Images: orEmpty(m.Content.Images), Video: m.Content.Video != nil,
			State: "open", Public: m.Public, Asked: m.Asked, Published: m.Published, Shown: m.Shown, Likes: m.Likes, Comments: m.Comments,
		}
		if p, ok := names[m.Creator]; ok {
			l.By = &p
		}
		if m.Content.Link != nil {
			l.Link, l.LinkTitle = m.Content.Link.URL, m.Content.Link.Title
		}
		if m.Content.Location != nil {
			l.Place = m.Content.Location.Name
		}
		if m.Cancelled {
			l.State = "cancelled"
		} else if m.DispatchedAt.IsZero() {
			l.State = "asking"
		}
		out = append(out, l)
	}
	return out, err
}

func (s *Service) listMoments(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	at, err := v.number("at")
	if err != nil {
		return nil, err
	}
	var after *moment.Place
	if before != 0 {
		after = &moment.Place{At: at, No: before}
	}
	var out struct {
		Moments []momentLine  `json:"moments"`
		Next    *moment.Place `json:"next"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, next, err := s.deps.Moments.Roll(tx, v.by, after, limit)
		if err == nil {
			out.Next = next
			out.Moments, err = v.momentLines(tx, list)
		}
		return err
	})
}

func goneMoment(err error) error {
	if errors.Is(err, moment.ErrNotFound) {
		return errGone
	}
	return err
}

// getMoment shows who has published a moment of the corp, and who has not.
func (s *Service) getMoment(v *visit) (any, error) {
	type asked struct {
		person
		At time.Time `json:"at,omitzero"`
	}
	out := struct {
		Members []asked `json:"members"`
		More    bool    `json:"more"`
	}{Members: []asked{}}
	return &out, v.look(func(tx *store.Tx) error {
		list, next, err := s.deps.Moments.Tasks(tx, v.by, v.r.PathValue("moment"), 0, mostParts)
		if errors.Is(err, moment.ErrKind) {
			return nil // a member's own, which that member has published
		}
		if err != nil {
			return goneMoment(err)
		}
		var users []id.UserID
		for _, t := range list {
			users = append(users, t.UserID)
		}
		names, err := v.called(tx, users)
		for _, t := range list {
			out.Members = append(out.Members, asked{names[t.UserID], t.PublishedAt})
		}
		out.More = next != 0
		return err
	})
}

func (s *Service) createMoment(v *visit) (any, error) {
	var req struct {
		Text        string           `json:"text"`
		Images      []string         `json:"media_ids"`
		Users       []id.UserID      `json:"userids"`
		Departments []int64          `json:"departments"`
		Tags        []id.CustomerTag `json:"tags"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.Text == "" && len(req.Images) == 0 {
		return nil, problem{422, "", "请填写文字或添加图片", "Write a text or add pictures.", "text"}
	}
	n := moment.NewContent{Text: req.Text}
	for _, mediaID := range req.Images {
		a := moment.Attachment{Type: "image"}
		a.Image = &struct {
			MediaID string `json:"media_id"`
		}{mediaID}
		n.Attachments = append(n.Attachments, a)
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		_, err := s.deps.Moments.Propose(v.ctx(), tx, v.by, n, moment.Dispatch{Users: req.Users, Departments: req.Departments, Tags: req.Tags})
		return done{"moment.create", headOf(req.Text), map[string]any{"userids": req.Users, "departments": req.Departments, "tags": req.Tags, "pictures": len(req.Images)}}, err
	})
}

func (s *Service) cancelMoment(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		momentID := v.r.PathValue("moment")
		return done{"moment.cancel", momentID, map[string]any{"moment_id": momentID}}, goneMoment(s.deps.Moments.Cancel(tx, v.by, momentID))
	})
}
