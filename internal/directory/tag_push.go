package directory

import (
	"slices"

	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Push writes update_tag, whose ChangeType is CDATA (doc 90972). An empty list is left out. If the tag itself
// is not in the receiver's range, the receiver is told only the members and departments that are.
func (e TagUpdatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if to.Form == event.Visible && !to.SeesAll() && !slices.Contains(to.Range.Tags, e.TagID) {
		var err error
		if e, err = e.cut(tx, to); err != nil || e.empty() {
			return nil, err
		}
	}
	var f event.Fields
	f.Text("ChangeType", "update_tag")
	f.Int("TagId", e.TagID)
	users := func(name string, list []id.UserID) {
		if len(list) > 0 {
			f.Users(name, list)
		}
	}
	parties := func(name string, list []int64) {
		if len(list) > 0 {
			f.Text(name, numbers(list))
		}
	}
	users("AddUserItems", e.AddUsers)
	users("DelUserItems", e.DelUsers)
	parties("AddPartyItems", e.AddParties)
	parties("DelPartyItems", e.DelParties)
	return changeContact(f), nil
}

// cut returns the part of the event that the receiver sees.
func (e TagUpdatedEvent) cut(tx *store.Tx, to event.Audience) (TagUpdatedEvent, error) {
	users := make([]string, 0, len(e.AddUsers)+len(e.DelUsers))
	for _, u := range slices.Concat(e.AddUsers, e.DelUsers) {
		users = append(users, string(u))
	}
	members, err := visibleMembers(tx, to.Caller, users)
	if err != nil {
		return e, err
	}
	departments, err := e.s.VisibleDepartments(tx, to.Caller, slices.Concat(e.AddParties, e.DelParties))
	if err != nil {
		return e, err
	}
	seen := func(list []id.UserID) []id.UserID {
		return slices.DeleteFunc(slices.Clone(list), func(u id.UserID) bool { return members[u.Key()].no == 0 })
	}
	known := func(list []int64) []int64 {
		return slices.DeleteFunc(slices.Clone(list), func(d int64) bool { return !departments[d] })
	}
	e.AddUsers, e.DelUsers, e.AddParties, e.DelParties = seen(e.AddUsers), seen(e.DelUsers), known(e.AddParties), known(e.DelParties)
	return e, nil
}
