package customer

import (
	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Profile is what a member of another corp shows to people outside of it (doc 92230).
type Profile struct {
	Attributes []Attribute `json:"external_attr"`
}

// Attribute is one of a profile: a text, a web page or a mini program.
type Attribute struct {
	Type int64  `json:"type"`
	Name string `json:"name"`
	Text *struct {
		Value string `json:"value"`
	} `json:"text,omitempty"`
	Web *struct {
		URL   string `json:"url"`
		Title string `json:"title"`
	} `json:"web,omitempty"`
	Program *struct {
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath"`
		Title    string `json:"title"`
	} `json:"miniprogram,omitempty"`
}

// shower answers customers as a caller may see them.
type shower struct {
	s        *Service
	by       access.Caller
	provider bool // a provider's application: it is shown less (doc 92265, 92109)
	tags     *tagTable
	opers    map[int64]id.UserID
}

func (s *Service) shower(tx *store.Tx, by access.Caller) (*shower, error) {
	tags, err := s.tags(tx, by.CorpID)
	return &shower{s: s, by: by, provider: by.Kind.Installed(), tags: tags, opers: map[int64]id.UserID{}}, err
}

// contact shows the customer. A provider's application is shown no picture, no gender and no unionid, and the
// short name of the corp for the full one.
func (v *shower) contact(c Contact) *contactAnswer {
	out := &contactAnswer{External: v.s.ExternalID(c.Kind, c.No), Name: c.Name, Type: c.Kind}
	if c.Kind == WeCom {
		out.Position, out.CorpName, out.FullName = c.Position, c.CorpName, c.FullName
		if len(c.Profile.Attributes) > 0 {
			out.Profile = &c.Profile
		}
		if v.by.Kind != access.SelfBuilt {
			out.FullName = c.CorpName
		}
	}
	if !v.provider {
		out.Avatar, out.Gender = c.Avatar, c.Gender
		if c.Kind == WeChat {
			out.UnionID = c.UnionID
		}
	}
	return out
}

// follow shows what a member has with a customer, without the tags. A provider's application is shown no
// mobiles.
func (v *shower) follow(tx *store.Tx, c Contact, f Follower) (out followAnswer, err error) {
	out = followAnswer{
		UserID: f.UserID, Remark: f.Remark, Description: f.Description, CreateTime: f.CreatedAt.Unix(), Company: f.Company,
		AddWay: f.AddWay, State: f.State, Oper: id.Person(v.s.ExternalID(c.Kind, c.No)),
	}
	if !v.provider {
		mobiles := append([]string{}, f.Mobiles...)
		out.Mobiles = &mobiles
	}
	if f.Channel != "" {
		out.Channel = &videoChannel{f.Channel, f.Source}
	}
	if f.Oper != 0 {
		user, known := v.opers[f.Oper]
		if !known {
			var users map[int64]id.UserID
			users, err = v.s.deps.Directory.NumberedMembers(tx, v.by.CorpID, []int64{f.Oper})
			user = users[f.Oper]
			v.opers[f.Oper] = user
		}
		out.Oper = id.Person(user)
	}
	return out, err
}

// tagsOf returns the tags of a relation that are still there.
func (v *shower) tagsOf(f Follow) (out []Tag) {
	for _, no := range f.Tags {
		if t, ok := v.tags.tags[no]; ok && t.DeletedAt == 0 {
			out = append(out, t)
		}
	}
	return out
}
