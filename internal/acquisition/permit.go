package acquisition

import (
	"context"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// appPermit makes a suite a marketing application (营销获客应用). The name is ours: agent/get_permissions has none for it.
const appPermit = "customer_acquisition:app"

// contacts are the people whom a corp lets the customers of a marketing application come to, by our numbers.
type contacts struct {
	Members     []int64 `json:"m"`
	Departments []int64 `json:"d"`
	Tags        []int64 `json:"t"`
}

// Permit sets whom customers of a marketing application may come to, and tells its suite. It answers 40058, 60111 and
// the like for what is unknown, and suite.ErrNotInstalled. Doc 101146.
func (s *Service) Permit(ctx context.Context, tx *store.Tx, by access.Caller, suiteID string, r access.Range) error {
	in, err := s.deps.Suites.Installation(tx, by.CorpID, suiteID)
	if err != nil {
		return err
	}
	if !slices.Contains(in.Grants, appPermit) {
		return wire.ErrParameter.With("suite_id: a marketing application expected")
	}
	if err := s.deps.Suites.CheckRange(ctx, tx, by.CorpID, r); err != nil {
		return err
	}
	known, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, id.Texts(r.Members))
	if err != nil {
		return err
	}
	p := contacts{Departments: r.Departments, Tags: r.Tags}
	for _, u := range r.Members {
		p.Members = append(p.Members, known[string(u)])
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO acquisition_permit (app, corpid, people) VALUES (?, ?, ?) ON CONFLICT (app) DO UPDATE SET people = excluded.people`, in.No, by.CorpID, string(text)); err != nil {
		return err
	}
	open, err := s.deps.Suites.KnownAs(tx, in)
	if err != nil {
		return err
	}
	return suite.Push(ctx, tx, s.letters[permitChanged], in.Suite, permitPush(open))
}

func (s *Service) permitEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "GET", Path: base + "customer_acquisition_app/get_permit", Doc: 101146, Grants: []string{appPermit}, Handle: wire.Read(s.getPermit),
		Allow: access.To(access.Own, access.ThirdParty),
	}}
}

// getPermitResponse names members by their ids, as the page's sample does; its table speaks of numbers (doc 101146).
type getPermitResponse struct {
	Users       []id.UserID `json:"user_list"`
	Departments []int64     `json:"department_list"`
	Tags        []int64     `json:"tag_list"`
}

func (s *Service) getPermit(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (getPermitResponse, error) {
	return s.permitted(tx, by.CorpID, by.App)
}

// permitted leaves out what the corp no longer has.
func (s *Service) permitted(tx *store.Tx, corpID string, appNo int64) (resp getPermitResponse, err error) {
	var text string
	found, err := tx.Get(`SELECT people FROM acquisition_permit WHERE app = ?`, []any{appNo}, &text)
	if err != nil || !found {
		return resp, err
	}
	var p contacts
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return resp, err
	}
	if resp.Users, err = s.usersOf(tx, corpID, p.Members); err != nil {
		return resp, err
	}
	departments, err := s.deps.Directory.VisibleDepartments(tx, access.System(corpID), p.Departments)
	if err != nil {
		return resp, err
	}
	tags, err := s.deps.Directory.ExistingTags(tx, corpID, p.Tags)
	there := func(known map[int64]bool, list []int64) []int64 {
		return slices.DeleteFunc(list, func(n int64) bool { return !known[n] })
	}
	resp.Departments, resp.Tags = there(departments, p.Departments), there(tags, p.Tags)
	return resp, err
}
