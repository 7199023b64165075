package wechat

import (
	"context"
	"net/http"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

const (
	mostPeople = 60 // of a corp, in an answer
	mostCodes  = 20 // of a kind
)

type peopleAnswer struct {
	People []personAnswer `json:"people"`
}

// personAnswer is somebody as one corp knows them. The page takes those of one unionid for one.
type personAnswer struct {
	Corp     corpAnswer     `json:"corp"`
	External string         `json:"external_userid"`
	UnionID  string         `json:"unionid,omitempty"`
	Name     string         `json:"name"`
	Avatar   string         `json:"avatar,omitempty"`
	Gender   int64          `json:"gender"`
	Friends  []friendAnswer `json:"friends"`
}

type friendAnswer struct {
	memberAnswer
	Standing string      `json:"standing"`          // friends, half or removed
	Blocked  bool        `json:"blocked,omitempty"` // by the person
	Archive  string      `json:"archive,omitempty"` // asked, or what the person has answered to being archived
	Since    int64       `json:"since"`             // Unix seconds
	Last     *lastAnswer `json:"last,omitempty"`
}

type lastAnswer struct {
	From customer.Author `json:"from"`
	customer.Words
	At int64 `json:"time"` // Unix seconds
}

// people answers who plays WeChat users here: those whose name has q in it, or all.
func (s *Service) people(r *http.Request, tx *store.Tx) (any, error) {
	out := peopleAnswer{People: []personAnswer{}}
	words := strings.TrimSpace(r.URL.Query().Get("q"))
	corps, err := s.deps.Corps.Corps(tx)
	if err != nil {
		return nil, err
	}
	for _, c := range corps {
		list, err := s.deps.Customers.People(tx, c.CorpID, words, mostPeople)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			shown := personAnswer{Corp: corpAnswer{c.CorpID, c.Name}, External: string(p.External), UnionID: p.UnionID, Name: p.Name, Avatar: s.local(p.Avatar), Gender: p.Gender, Friends: []friendAnswer{}}
			for _, f := range p.Friends {
				one, err := s.friend(r.Context(), tx, c.CorpID, p.External, f)
				if err != nil {
					return nil, err
				}
				shown.Friends = append(shown.Friends, one)
			}
			out.People = append(out.People, shown)
		}
	}
	return out, nil
}

var standings = map[customer.Standing]string{customer.Friends: "friends", customer.Half: "half", customer.OneWay: "removed"}

func (s *Service) friend(ctx context.Context, tx *store.Tx, corpID string, external id.ExternalID, f customer.Friend) (friendAnswer, error) {
	m, err := s.member(ctx, tx, corpID, f.UserID)
	out := friendAnswer{memberAnswer: m, Standing: standings[f.Standing], Blocked: f.Blocked, Since: f.Since.Unix()}
	if f.Last != nil {
		out.Last = &lastAnswer{f.Last.Author, f.Last.Words, f.Last.At.Unix()}
	}
	if err != nil || f.Standing != customer.Friends {
		return out, err
	}
	asked, answer, err := s.deps.Archive.Asked(tx, corpID, f.UserID, external)
	out.Archive = asks(asked, answer)
	return out, err
}

type codesAnswer struct {
	Codes []codeAnswer `json:"codes"`
}

// codeAnswer is a QR code or a link of this server that a WeChat user can open. Kind says where it leads: to a member
// (way, link), into a group (join), or to customer service (kf).
type codeAnswer struct {
	Kind  string     `json:"kind"`
	Corp  corpAnswer `json:"corp"`
	Link  string     `json:"link"`
	Note  string     `json:"note"` // the corp's own, of the code
	State string     `json:"state,omitempty"`
}

// codes answers what there is to scan.
func (s *Service) codes(_ *http.Request, tx *store.Tx) (any, error) {
	out := codesAnswer{Codes: []codeAnswer{}}
	corps, err := s.deps.Corps.Corps(tx)
	if err != nil {
		return nil, err
	}
	for _, c := range corps {
		ways, links, err := s.deps.Customers.Codes(tx, c.CorpID, mostCodes)
		if err != nil {
			return nil, err
		}
		of := corpAnswer{c.CorpID, c.Name}
		for i, w := range ways {
			out.Codes = append(out.Codes, codeAnswer{"way", of, links[i], w.Remark, w.State})
		}
		more, err := s.otherCodes(tx, of)
		if err != nil {
			return nil, err
		}
		out.Codes = append(out.Codes, more...)
	}
	return out, nil
}

// otherCodes are a corp's links besides contact ways.
func (s *Service) otherCodes(tx *store.Tx, of corpAnswer) (out []codeAnswer, err error) {
	accounts, err := s.deps.KF.Accounts(tx, of.CorpID, 0, mostCodes)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		link, err := s.deps.KF.Link(a, "")
		if err != nil {
			return nil, err
		}
		out = append(out, codeAnswer{Kind: "kf", Corp: of, Link: link, Note: a.Name})
	}
	links, _, err := s.deps.Links.Links(tx, access.System(of.CorpID), 0, mostCodes)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		out = append(out, codeAnswer{Kind: "link", Corp: of, Link: s.deps.Links.URL(l), Note: l.Name})
	}
	ways, err := s.deps.Groups.Ways(tx, of.CorpID, mostCodes)
	for _, w := range ways {
		out = append(out, codeAnswer{Kind: "join", Corp: of, Link: s.deps.Groups.QRCode(w), Note: w.Remark, State: w.State})
	}
	return out, err
}
