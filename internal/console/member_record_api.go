package console

import (
	"bytes"
	"io"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// What the enterprise has of a member besides the form: what the form may fill in, which tags and applications are
// theirs, and the picture.

func (s *Service) memberRecordCalls() []call {
	return []call{
		{pattern: "GET /console/api/members/{userid}/record", right: readDirectory, handle: s.getRecord},
		{pattern: "PUT /console/api/members/{userid}/avatar", right: editDirectory, large: true, handle: s.setAvatar},
		{pattern: "DELETE /console/api/members/{userid}/avatar", right: editDirectory, handle: s.removeAvatar},
	}
}

// declared is what the enterprise allows in the attributes and the external profiles of its members.
type declared struct {
	Attributes         []string `json:"attributes"`
	ExternalAttributes []string `json:"external_attributes"`
	ShortNames         []string `json:"short_names"`
	Channels           []string `json:"channels"`
	MiniPrograms       []string `json:"mini_programs"`
}

type memberRecord struct {
	Declared  declared    `json:"declared"`
	Picture   bool        `json:"picture"` // one of their own, and not the drawn one
	Tags      []memberTag `json:"tags"`
	Apps      []memberApp `json:"apps"` // that they see; none for an admin who sees no applications
	Leader    *person     `json:"leader,omitempty"`
	CreatedBy string      `json:"created_by,omitempty"` // an application
	CreatedAt time.Time   `json:"created_at"`
	InvitedAt time.Time   `json:"invited_at,omitzero"`
	ChangedAt time.Time   `json:"changed_at"`
}

type memberTag struct {
	tagName
	Direct bool `json:"direct"` // otherwise by a department
}

type memberApp struct {
	homeApp
	Disabled bool `json:"disabled,omitempty"`
}

func (s *Service) getRecord(v *visit) (any, error) {
	var out memberRecord
	return &out, v.look(func(tx *store.Tx) error {
		m, err := v.seen(tx, v.userid())
		if err != nil {
			return err
		}
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return err
		}
		out = memberRecord{Tags: []memberTag{}, Apps: []memberApp{}, Picture: m.Avatar != "", CreatedAt: m.CreatedAt, InvitedAt: m.InvitedAt, ChangedAt: m.ChangedAt}
		out.Declared = declared{orEmpty(c.Attributes), orEmpty(c.ExternalAttributes), orEmpty(c.ShortNames), orEmpty(c.Channels), orEmpty(c.MiniPrograms)}
		if m.DirectLeader != "" {
			out.Leader = &person{UserID: string(m.DirectLeader), Name: string(m.DirectLeader)}
			if l, err := v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), m.DirectLeader); err == nil {
				out.Leader.Name = l.Name
			}
		}
		return out.groups(v, tx, m)
	})
}

// groups fills in the tags and the applications.
func (r *memberRecord) groups(v *visit, tx *store.Tx, m directory.Member) error {
	s := v.s
	apps, err := s.deps.Apps.Apps(tx, v.corpID)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, a := range apps {
		names[a.No] = a.Name
	}
	r.CreatedBy = names[m.CreatedBy]
	tags, err := s.deps.Directory.TagsOf(tx, v.corpID, m)
	if err != nil {
		return err
	}
	direct, err := s.deps.Directory.TaggedDirectly(tx, m)
	if err != nil {
		return err
	}
	for _, t := range tags {
		r.Tags = append(r.Tags, memberTag{tagName{t.ID, t.Name, names[t.Owner]}, direct[t.ID]})
	}
	if !may[v.admin.Role][readCorp] {
		return nil
	}
	for _, a := range apps {
		sees, err := s.deps.Directory.InRange(tx, v.corpID, a.Range, m)
		if err != nil {
			return err
		}
		if sees {
			r.Apps = append(r.Apps, memberApp{homeApp{a.AgentID, a.Name, a.Kind, s.local(s.deps.Apps.LogoURL(a))}, a.Disabled})
		}
	}
	return nil
}

// setAvatar takes the picture as the body of the request.
func (s *Service) setAvatar(v *visit) (any, error) {
	content, err := io.ReadAll(v.r.Body)
	if err != nil {
		return nil, err
	}
	if err := v.look(func(tx *store.Tx) error { _, err := v.pictured(tx); return err }); err != nil {
		return nil, err
	}
	file, err := s.deps.Media.Upload(v.ctx(), v.by, media.NewFile{Kind: media.Image, Scene: media.General, Name: "avatar", Length: int64(len(content)), Content: bytes.NewReader(content)})
	if err != nil {
		return nil, badPicture(err)
	}
	return v.changeAvatar(func(tx *store.Tx) (string, error) {
		path, err := s.deps.Media.KeepPicture(tx, v.corpID, file.MediaID, false)
		if err != nil {
			err = badPicture(err)
		}
		return path, err
	})
}

func (s *Service) removeAvatar(v *visit) (any, error) {
	return v.changeAvatar(func(*store.Tx) (string, error) { return "", nil })
}

// pictured returns the member whose picture the admin may change.
func (v *visit) pictured(tx *store.Tx) (directory.Member, error) {
	m, err := v.seen(tx, v.userid())
	if err == nil {
		err = v.mayUpdate(tx, m, directory.MemberUpdate{UserID: m.UserID})
	}
	return m, err
}

func (v *visit) changeAvatar(kept func(*store.Tx) (string, error)) (any, error) {
	var avatar string
	err := v.change(func(tx *store.Tx) (done, error) {
		m, err := v.pictured(tx)
		if err != nil {
			return done{}, err
		}
		path, err := kept(tx)
		if err != nil {
			return done{}, err
		}
		if err := v.s.deps.Directory.UpdateMember(v.ctx(), tx, v.by, directory.MemberUpdate{UserID: m.UserID, Avatar: &path}); err != nil {
			return done{}, err
		}
		if m, err = v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), m.UserID); err != nil {
			return done{}, err
		}
		_, thumb := v.s.deps.Directory.AvatarURL(&m)
		avatar = v.s.local(thumb)
		return done{"member.update", m.Name, map[string]any{"userid": m.UserID, "changed": map[string]any{"avatar": path != ""}}}, nil
	})
	return map[string]string{"avatar": avatar}, err
}
