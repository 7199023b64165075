package access

import "qiwei/internal/id"

// Kept is a caller as work that outlives a call keeps it: what a right or a range
// depends on. Its corp and its application stand beside it.
type Kept struct {
	AgentID int64
	Kind    Kind
	UserID  id.UserID `json:",omitempty"`
	Robot   int64     `json:",omitempty"`
	Range   Range
	Legacy  bool     `json:",omitempty"`
	Sync    string   `json:",omitempty"`
	Grants  []string `json:",omitempty"`
	Level   Level
}

// Keep returns what is kept of the caller.
func (c Caller) Keep() Kept {
	return Kept{c.AgentID, c.Kind, c.UserID, c.Robot, c.Range, c.Legacy, c.Sync, c.Grants, c.Level}
}

// Caller returns the caller again, as it was.
func (k Kept) Caller(corpID string, app int64) Caller {
	return Caller{
		CorpID: corpID, App: app, AgentID: k.AgentID, Kind: k.Kind, UserID: k.UserID, Robot: k.Robot,
		View: View{Range: k.Range, Level: k.Level, Legacy: k.Legacy, Grants: k.Grants}, Standing: Standing{Sync: k.Sync},
	}
}
