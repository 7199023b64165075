package access

import "qiwei/internal/id"

// Kept is what work that outlives a call keeps of its caller: everything that a right or a range depends on.
// The corp and the application are stored beside it.
type Kept struct {
	AgentID int64
	Kind    Kind
	UserID  id.UserID `json:",omitempty"`
	Robot   int64     `json:",omitempty"`
	Range   Range
	Legacy  bool     `json:",omitempty"`
	Alone   bool     `json:",omitempty"` // ByMembers
	Sync    string   `json:",omitempty"`
	Grants  []string `json:",omitempty"`
	Level   Level
}

// Keep returns the part of the caller that is kept.
func (c Caller) Keep() Kept {
	return Kept{c.AgentID, c.Kind, c.UserID, c.Robot, c.Range, c.Legacy, c.ByMembers, c.Sync, c.Grants, c.Level}
}

// Caller restores the caller.
func (k Kept) Caller(corpID string, app int64) Caller {
	return Caller{
		CorpID: corpID, App: app, AgentID: k.AgentID, Kind: k.Kind, UserID: k.UserID, Robot: k.Robot,
		View: View{Range: k.Range, Level: k.Level, Legacy: k.Legacy, ByMembers: k.Alone, Grants: k.Grants}, Standing: Standing{Sync: k.Sync},
	}
}
