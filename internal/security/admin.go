package security

import (
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The kinds of operations of administrators (doc 100179).
const (
	adminRights   = 2
	adminPeople   = 3
	adminOther    = 7
	adminApps     = 8
	adminContacts = 11
)

// adminTypes are those that the page knows.
var adminTypes = []int64{adminRights, adminPeople, adminOther, adminApps, adminContacts, 12, 13}

// operation is a kind, and what was done in the page's list of behaviours; 0 where the list has nothing like it.
type operation struct{ kind, detail int64 }

// operations are those of the console, by its own words.
var operations = map[string]operation{
	"session.begin": {adminOther, 23},

	"member.create": {adminPeople, 14}, "member.update": {adminPeople, 15}, "member.delete": {adminPeople, 13}, "member.move": {adminPeople, 12},
	"member.enable": {adminPeople, 15}, "member.disable": {adminPeople, 15}, "members.import": {adminPeople, 16}, "departments.import": {adminPeople, 16},
	"department.create": {adminPeople, 9}, "department.update": {adminPeople, 21}, "department.delete": {adminPeople, 10},

	"tag.create": {adminContacts, 38}, "tag.delete": {adminContacts, 39}, "tag.content": {adminContacts, 40}, "tag.update": {adminContacts, 41},

	"app.create": {adminApps, 26}, "app.delete": {adminApps, 27}, "app.update": {adminApps, 28}, "app.menu": {adminApps, 28}, "app.logo": {adminApps, 28}, "app.callback": {adminApps, 160},
	"secret.reveal": {adminApps, 159}, "secret.reset": {adminApps, 161},
	"suite.install": {adminApps, 42}, "suite.cancel": {adminApps, 43}, "suite.change": {adminApps, 59}, "suite.reset": {adminApps, 161},

	"admin.appoint": {adminRights, 5}, "admin.dismiss": {adminRights, 6},
}

func operationOf(action string) operation {
	if o, ok := operations[action]; ok {
		return o
	}
	return operation{kind: adminOther}
}

// describe writes what was done, to what, and the console's details.
func (a AdminAct) describe() string {
	parts := []string{a.Action}
	if a.Target != "" {
		parts = append(parts, a.Target)
	}
	var detail map[string]any
	if err := json.Unmarshal(a.Detail, &detail); err == nil && len(detail) > 0 {
		parts = append(parts, string(a.Detail))
	}
	return strings.Join(parts, "；")
}

// searched is how many lines of the audit one call reads, at most, in search of a kind of operation.
const searched = 20 * maxActs

// AdminActs returns what administrators did, in order, and the number to go on after; 0 where that was all. What
// applications did by calls is not in it, and the caller's range does not matter (doc 100179).
func (s *Service) AdminActs(tx *store.Tx, by access.Caller, q ActQuery) (out []AdminAct, next int64, err error) {
	if err := q.valid(tx.Now()); err != nil {
		return nil, 0, err
	}
	if q.Type != 0 {
		found := false
		for _, t := range adminTypes {
			found = found || t == q.Type
		}
		if !found {
			return nil, 0, wire.ErrParameter.With("oper_type: %d is none", q.Type)
		}
	}
	after := q.After
	for read := int64(0); read < searched; {
		list, err := s.deps.AdminActs(tx, by.CorpID, AdminQuery{From: time.Unix(q.From, 0), To: time.Unix(q.To+1, 0), UserID: q.UserID, After: after, Limit: q.Limit + 1})
		if err != nil {
			return nil, 0, err
		}
		for _, a := range list {
			if q.Type != 0 && operationOf(a.Action).kind != q.Type {
				after = a.No
				continue
			}
			if int64(len(out)) == q.Limit {
				return out, out[q.Limit-1].No, nil
			}
			out, after = append(out, a), a.No
		}
		if read += int64(len(list)); int64(len(list)) <= q.Limit {
			return out, 0, nil
		}
	}
	return out, after, nil
}
