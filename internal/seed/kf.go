package seed

import (
	"fmt"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/kf"
)

// ServiceAccount is an account of customer service (微信客服).
type ServiceAccount struct {
	Name        string        `json:"name"`
	AgentIDs    []int64       `json:"agentids,omitempty"` // that manage it by the API
	Servicers   []id.UserID   `json:"servicers,omitempty"`
	Departments []int64       `json:"departments,omitempty"` // that serve, too
	History     []ServiceLine `json:"history,omitempty"`
}

// ServiceLine is what somebody has said: the customer, or the servicer who is named.
type ServiceLine struct {
	Customer string    `json:"customer"`       // unionid
	Name     string    `json:"name,omitempty"` // of a customer who is not among the file's
	UserID   id.UserID `json:"userid,omitempty"`
	Text     string    `json:"text"`
}

// serviceAccounts come after customers.
func (l loader) serviceAccounts(e Enterprise) error {
	for i, a := range e.ServiceAccounts {
		if err := l.serviceAccount(a); err != nil {
			return fmt.Errorf("service_accounts[%d] (%s): %w", i, a.Name, err)
		}
	}
	return nil
}

func (l loader) serviceAccount(a ServiceAccount) error {
	made, err := l.s.KF.CreateAccount(l.ctx, l.tx, l.by, a.Name, "")
	if err != nil {
		return err
	}
	open := l.s.KF.OpenKfID(made.No)
	if err := l.s.KF.Staff(l.ctx, l.tx, l.by, open, kf.People{Users: a.Servicers, Departments: a.Departments}, &a.AgentIDs); err != nil {
		return err
	}
	var lines []kf.Line
	for _, h := range a.History {
		lines = append(lines, kf.Line{Customer: customer.Contact{Name: h.Name, UnionID: h.Customer}, UserID: h.UserID, Text: h.Text})
	}
	return l.s.KF.Recount(l.ctx, l.tx, l.by, open, lines)
}
