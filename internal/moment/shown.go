package moment

import (
	"context"
	"slices"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// shownMoment is a moment as a page has it: that of the member who publishes it, or of a customer who sees it.
type shownMoment struct {
	MomentID    string `json:"moment_id"`
	Own         bool   `json:"own"` // the member's, not the corp's
	By          person `json:"by"`
	PublishedAt int64  `json:"published_at,omitempty"` // Unix seconds
	Content
	Files     map[string]string `json:"files,omitempty"` // where each media_id is read
	Customers int64             `json:"customers"`       // for whom it was published
	Likes     []answerLine      `json:"likes"`
	Comments  []answerLine      `json:"comments"`
}

// person is who has published, or answers.
type person struct {
	UserID   id.UserID     `json:"userid,omitempty"`
	External id.ExternalID `json:"external_userid,omitempty"`
	Name     string        `json:"name"`
}

type answerLine struct {
	person
	Text string `json:"text,omitempty"`
	At   int64  `json:"time"` // Unix seconds
}

// mediaIDs are those of the content.
func (c Content) mediaIDs() []string {
	out := slices.Clone(c.Images)
	if c.Video != nil {
		out = append(out, c.Video.MediaID, c.Video.ThumbID)
	}
	if c.Link != nil {
		out = append(out, c.Link.MediaID)
	}
	return slices.DeleteFunc(out, func(mediaID string) bool { return mediaID == "" })
}

// show returns a moment for a page whose files are below a path.
func (s *Service) show(tx *store.Tx, corpID string, p Post, t Task, path string) (out shownMoment, err error) {
	m, found, err := s.deps.Directory.MemberNo(tx, t.Member)
	if err != nil {
		return out, err
	}
	by := person{}
	if found {
		by = person{UserID: m.UserID, Name: m.Name}
	}
	out = shownMoment{MomentID: s.momentID(p.No), Own: p.Kind == OfMember, By: by, Content: p.Content, Files: map[string]string{}, Likes: []answerLine{}, Comments: []answerLine{}}
	for _, mediaID := range p.Content.mediaIDs() {
		out.Files[mediaID] = path + "/" + out.MomentID + "/files/" + mediaID
	}
	if t.PublishedAt.IsZero() {
		return out, nil
	}
	out.PublishedAt = t.PublishedAt.Unix()
	if out.Customers, err = tx.Count(`SELECT count(*) FROM moment_customer WHERE corpid = ? AND task = ?`, corpID, t.No); err != nil {
		return out, err
	}
	return out, s.answers(tx, corpID, t, by, &out)
}

// answersMost bounds the answers that a page shows of a moment.
const answersMost = 200

func (s *Service) answers(tx *store.Tx, corpID string, t Task, by person, out *shownMoment) error {
	type row struct {
		customer int64
		liked    bool
		line     answerLine
	}
	var list []row
	var customers []int64
	err := tx.Each(`SELECT liked, customer, text, created_at FROM moment_response WHERE corpid = ? AND task = ? ORDER BY no LIMIT ?`, []any{corpID, t.No, int64(answersMost)}, func(rows *store.Rows) error {
		var r row
		err := rows.Scan(&r.liked, &r.customer, &r.line.Text, &r.line.At)
		list, customers = append(list, r), append(customers, r.customer)
		return err
	})
	if err != nil {
		return err
	}
	contacts, err := s.deps.Customers.Contacts(tx, corpID, customers)
	for _, r := range list {
		r.line.person = by
		if r.customer != 0 {
			c := contacts[r.customer]
			r.line.person = person{External: s.deps.Customers.ExternalID(customer.WeChat, r.customer), Name: c.Name}
		}
		if r.liked {
			out.Likes = append(out.Likes, r.line)
		} else {
			out.Comments = append(out.Comments, r.line)
		}
	}
	return err
}

// postOf returns the moment of a task.
func postOf(tx *store.Tx, corpID string, task int64) (p Post, found bool, err error) {
	list, err := selectPosts(tx, `corpid = ? AND deleted_at = 0 AND no = (SELECT moment FROM moment_task WHERE corpid = ? AND no = ?)`, corpID, corpID, task)
	if err != nil || len(list) == 0 {
		return p, false, err
	}
	return list[0], true, nil
}

// momentsMost is how many moments a page shows.
const momentsMost = 50

// ofMember returns the moments that a member is asked to publish, the oldest first, and those that the member has
// published, the newest first.
func (s *Service) ofMember(tx *store.Tx, corpID string, member int64) (todo, published []shownMoment, err error) {
	todo, published = []shownMoment{}, []shownMoment{}
	for _, done := range []bool{false, true} {
		where := `corpid = ? AND member = ? AND published_at = 0 ORDER BY no LIMIT ?`
		if done {
			where = `corpid = ? AND member = ? AND published_at > 0 ORDER BY published_at DESC, no DESC LIMIT ?`
		}
		tasks, err := selectTasks(tx, where, corpID, member, int64(momentsMost))
		if err != nil {
			return nil, nil, err
		}
		for _, t := range tasks {
			p, found, err := postOf(tx, corpID, t.No)
			if err != nil {
				return nil, nil, err
			}
			if !found || !done && p.Cancelled {
				continue
			}
			m, err := s.show(tx, corpID, p, t, "/phone/api/moments")
			if err != nil {
				return nil, nil, err
			}
			if done {
				published = append(published, m)
			} else {
				todo = append(todo, m)
			}
		}
	}
	return todo, published, nil
}

// seenBy returns the moments that a customer sees, the newest first.
func (s *Service) seenBy(tx *store.Tx, corpID string, c customer.Contact) ([]shownMoment, error) {
	tasks, err := selectTasks(tx, `corpid = ? AND no IN (SELECT task FROM moment_customer WHERE corpid = ? AND customer = ? AND sent = 1) ORDER BY published_at DESC, no DESC LIMIT ?`,
		corpID, corpID, c.No, int64(momentsMost))
	out := []shownMoment{}
	for _, t := range tasks {
		p, found, err := postOf(tx, corpID, t.No)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		m, err := s.show(tx, corpID, p, t, "/_qiwei/wechat/moments/"+corpID)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, err
}

// file returns a file of a moment's, nil if the moment has none of the media_id.
func (s *Service) file(ctx context.Context, corpID, momentID, mediaID string, pass func(tx *store.Tx, p Post) (bool, error)) (*wire.File, error) {
	var f media.File
	found := false
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := s.post(tx, corpID, momentID)
		if err != nil {
			return err
		}
		if ok, err := pass(tx, p); err != nil || !ok || !slices.Contains(p.Content.mediaIDs(), mediaID) {
			return err
		}
		f, err = s.deps.Media.File(tx, corpID, mediaID)
		found = err == nil
		return err
	})
	if err != nil || !found {
		return nil, err
	}
	return s.deps.Customers.OpenFile(ctx, []customer.Kept{{MediaID: mediaID, Name: f.Name, Size: f.Size, Key: f.Key}}, mediaID)
}

// Watch finds the members who are asked to publish a moment since it last looked. It belongs to one goroutine.
type Watch struct {
	tasks store.Sequence
}

// NewWatch returns a Watch that reports what is written after it began.
func (s *Service) NewWatch() *Watch { return &Watch{store.Sequence{Table: "moment_task"}} }

// Begin makes it begin now.
func (w *Watch) Begin(tx *store.Tx) error { return w.tasks.Begin(tx) }

// Look calls touched with each of the members who has something to do.
func (w *Watch) Look(tx *store.Tx, members []int64, _ []string, touched func(member int64, key string)) error {
	return customer.LookForTasks(tx, &w.tasks, members, touched)
}

// anything passes every moment: a script may read all of the corp.
func anything(*store.Tx, Post) (bool, error) { return true, nil }
