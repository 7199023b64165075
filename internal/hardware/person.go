package hardware

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// UserType says what somebody is to a device.
type UserType int64

// The types. Schools are not built, so there are no students.
const (
	Employee UserType = iota
	VisitorType
	Student
)

// people is who looks at the members that may use a device.
func (d Device) people() access.Caller { return access.System(d.CorpID).Within(d.People) }

// People returns members who may use the device in the order of their creation: those behind a number, after
// leaving out skip of them. next is the number to read on from; 0 at the end.
func (s *Service) People(tx *store.Tx, d Device, after, skip int64, limit int) (list []directory.Member, next int64, err error) {
	list, err = s.deps.Directory.FindMembers(tx, d.people(), directory.Enabled(), directory.MemberPage{After: after, Skip: skip, Limit: limit + 1})
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	return list, next, err
}

// Users returns, by their keys, those of the userids who may use the device.
func (s *Service) Users(tx *store.Tx, d Device, users []id.UserID) (map[string]directory.Brief, error) {
	return s.deps.Directory.Named(tx, d.people(), id.Texts(users))
}

// PeopleNamed returns those of the userids who may use the device, in the order that they are asked about.
func (s *Service) PeopleNamed(ctx context.Context, tx *store.Tx, d Device, users []id.UserID) (list []directory.Member, err error) {
	known, err := s.Users(tx, d, users)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if _, ok := known[u.Key()]; !ok {
			continue
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(d.CorpID), u)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
		delete(known, u.Key())
	}
	return list, nil
}

// changePeople gives the device other people, and tells it who comes and goes.
func (s *Service) changePeople(ctx context.Context, tx *store.Tx, d Device, to access.Range) error {
	if err := s.checkRange(ctx, tx, d.CorpID, to); err != nil {
		return err
	}
	shift, err := s.deps.Directory.Shift(tx, d.CorpID, d.People, to)
	if err != nil {
		return err
	}
	if err := s.savePeople(tx, d, to); err != nil {
		return err
	}
	return s.announce(ctx, tx, d, shift.In, nil, shift.Out)
}

func (s *Service) savePeople(tx *store.Tx, d Device, to access.Range) error {
	text, err := json.Marshal(to)
	if err == nil {
		_, err = tx.Exec(`UPDATE hardware_device SET people = ? WHERE no = ?`, string(text), d.No)
	}
	return err
}

// atOnce is how many people a push names.
const atOnce = 500

type (
	cloudUser struct {
		Open string   `json:"open_userid"`
		Type UserType `json:"user_type"`
	}
	cloudChange struct {
		Type    string      `json:"event_type"`
		Version int64       `json:"perm_version"`
		Create  []cloudUser `json:"create_user"`
		Update  []cloudUser `json:"update_user"`
		Delete  []cloudUser `json:"delete_user"`
	}
	deviceUser struct {
		UserID id.UserID `json:"userid"`
		Type   UserType  `json:"user_type"`
	}
	deviceChange struct {
		At      int64        `json:"timestamp"`
		Version int64        `json:"perm_version"`
		Create  []deviceUser `json:"create_user"`
		Update  []deviceUser `json:"update_user"`
		Delete  []deviceUser `json:"delete_user"`
	}
)

// announce tells a device who has come, changed and gone. Each push raises the version of its people by one
// (doc 93995, 95989).
func (s *Service) announce(ctx context.Context, tx *store.Tx, d Device, in, changed, out []id.UserID) error {
	type entry struct {
		user id.UserID
		list int
	}
	var all []entry
	for i, list := range [][]id.UserID{in, changed, out} {
		for _, u := range list {
			all = append(all, entry{u, i})
		}
	}
	for some := range slices.Chunk(all, atOnce) {
		version, err := s.raise(tx, d)
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, e := range some {
			users = append(users, e.user)
		}
		if d.Model.Access == Direct {
			lists := [3][]deviceUser{{}, {}, {}}
			for _, e := range some {
				lists[e.list] = append(lists[e.list], deviceUser{e.user, Employee})
			}
			err = s.toDevice(tx, d, "push_change_contact", deviceChange{tx.Now().Unix(), version, lists[0], lists[1], lists[2]})
		} else {
			known, openErr := s.open(tx, d, users)
			if openErr != nil {
				return openErr
			}
			lists := [3][]cloudUser{{}, {}, {}}
			for _, e := range some {
				if open, ok := known[string(e.user)]; ok {
					lists[e.list] = append(lists[e.list], cloudUser{open, Employee})
				}
			}
			err = s.toCloud(ctx, tx, d, "contact_change", cloudChange{"contact_change", version, lists[0], lists[1], lists[2]})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// raise raises the version of the device's people.
func (s *Service) raise(tx *store.Tx, d Device) (version int64, err error) {
	if _, err := tx.Exec(`UPDATE hardware_device SET perm_version = perm_version + 1 WHERE no = ?`, d.No); err != nil {
		return 0, err
	}
	_, err = tx.Get(`SELECT perm_version FROM hardware_device WHERE no = ?`, []any{d.No}, &version)
	return version, err
}

// shifter is a change that knows who enters and leaves a range because of it.
type shifter interface {
	Shift(tx *store.Tx, corpID string, r access.Range) (directory.Shift, error)
}

func (s *Service) watchPeople() {
	d := s.deps.Directory
	d.MemberCreated.Reads(func(tx *store.Tx, corpID string) error { _, err := s.bound(tx, corpID); return err })
	d.MemberDeleted.Reads(func(tx *store.Tx, corpID string) error { _, err := s.bound(tx, corpID); return err })
	d.MemberCreated.On(watch[directory.MemberCreatedEvent](s))
	d.MemberUpdated.On(s.memberUpdated)
	d.MemberDeleted.On(s.memberDeleted)
	d.DepartmentUpdated.On(watch[directory.DepartmentUpdatedEvent](s))
	d.TagUpdated.On(watch[directory.TagUpdatedEvent](s))
	d.OnTagDeleted(watch[directory.DeletedTag](s))
}

func watch[T shifter](s *Service) func(context.Context, *store.Tx, access.Caller, T) error {
	return func(ctx context.Context, tx *store.Tx, by access.Caller, change T) error {
		return s.eachShift(tx, by.CorpID, change, func(d Device, shift directory.Shift) error {
			return s.announce(ctx, tx, d, shift.In, nil, shift.Out)
		})
	}
}

// bound returns the devices that a corp has.
func (s *Service) bound(tx *store.Tx, corpID string) ([]Device, error) {
	return s.selectDevices(tx, `d.corpid = ? AND d.bound > 0 ORDER BY d.no`, corpID)
}

// eachShift calls fn for the corp's devices with who enters and leaves their people. Devices of the same
// people share the question.
func (s *Service) eachShift(tx *store.Tx, corpID string, change shifter, fn func(Device, directory.Shift) error) error {
	list, err := s.bound(tx, corpID)
	if err != nil {
		return err
	}
	known := map[string]directory.Shift{}
	for _, d := range list {
		key, err := json.Marshal(d.People)
		if err != nil {
			return err
		}
		shift, ok := known[string(key)]
		if !ok {
			if shift, err = change.Shift(tx, corpID, d.People); err != nil {
				return err
			}
			known[string(key)] = shift
		}
		if err := fn(d, shift); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) memberUpdated(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" && !e.MayShift() && !slices.Contains(e.Changed, "name") {
		return nil // most changes concern no device, and asking for the devices costs a round trip
	}
	now := e.UserID
	if e.NewUserID != "" {
		now = e.NewUserID
		if err := s.rename(tx, by.CorpID, e.UserID, now); err != nil {
			return err
		}
	}
	return s.eachShift(tx, by.CorpID, e, func(d Device, shift directory.Shift) error {
		if e.NewUserID != "" {
			if slices.ContainsFunc(d.People.Members, e.UserID.Equal) {
				for i, u := range d.People.Members {
					if u.Equal(e.UserID) {
						d.People.Members[i] = now
					}
				}
				if err := s.savePeople(tx, d, d.People); err != nil {
					return err
				}
			}
			if err := s.tellRename(tx, d, e.UserID, now); err != nil {
				return err
			}
		}
		var changed []id.UserID
		if slices.Contains(e.Changed, "name") && len(shift.In)+len(shift.Out) == 0 {
			known, err := s.Users(tx, d, []id.UserID{now})
			if err != nil {
				return err
			}
			if len(known) > 0 {
				changed = []id.UserID{now}
			}
		}
		return s.announce(ctx, tx, d, shift.In, changed, shift.Out)
	})
}

func (s *Service) memberDeleted(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberDeletedEvent) error {
	if err := s.eachShift(tx, by.CorpID, e, func(d Device, shift directory.Shift) error {
		if slices.ContainsFunc(d.People.Members, e.UserID.Equal) { // a new member of the userid is somebody else
			d.People.Members = slices.DeleteFunc(d.People.Members, e.UserID.Equal)
			if err := s.savePeople(tx, d, d.People); err != nil {
				return err
			}
		}
		return s.announce(ctx, tx, d, nil, nil, shift.Out)
	}); err != nil {
		return err
	}
	for _, of := range []string{"hardware_enrolment", "hardware_feature"} {
		if err := tx.Send(`DELETE FROM `+of+` WHERE corpid = ? AND user_type = 0 AND userkey = ?`, by.CorpID, e.UserID.Key()); err != nil {
			return err
		}
	}
	return tx.Send(`DELETE FROM hardware_rule_person WHERE user_type = 0 AND userkey = ? AND rule IN (SELECT no FROM hardware_rule WHERE corpid = ?)`, e.UserID.Key(), by.CorpID)
}

// renameLife is how long a device can ask which userids have changed (doc 91586).
const renameLife = 90 * 24 * time.Hour

// rename lets what is kept of a member follow the userid.
func (s *Service) rename(tx *store.Tx, corpID string, old, now id.UserID) error {
	for _, of := range []string{"hardware_enrolment", "hardware_feature"} {
		if _, err := tx.Exec(`UPDATE `+of+` SET userkey = ? WHERE corpid = ? AND user_type = 0 AND userkey = ?`, now.Key(), corpID, old.Key()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE hardware_record SET userkey = ?, userid = ? WHERE corpid = ? AND user_type = 0 AND userkey = ?`, now.Key(), string(now), corpID, old.Key()); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE hardware_rule_person SET userkey = ?, userid = ? WHERE user_type = 0 AND userkey = ? AND rule IN (SELECT no FROM hardware_rule WHERE corpid = ?)`,
		now.Key(), string(now), old.Key(), corpID); err != nil {
		return err
	}
	for _, of := range []string{"hardware_job", "hardware_operation", "hardware_file"} {
		if _, err := tx.Exec(`UPDATE `+of+` SET userid = ? WHERE lower(userid) = ? AND device IN (SELECT no FROM hardware_device WHERE corpid = ?)`, string(now), old.Key(), corpID); err != nil {
			return err
		}
	}
	return nil
}

// renamed is what a device is told of a changed userid (doc 93997).
type renamed struct {
	At      int64     `json:"timestamp"`
	Old     id.UserID `json:"old_userid"`
	New     id.UserID `json:"new_userid"`
	Type    UserType  `json:"user_type"`
	Version int64     `json:"perm_version"`
}

// tellRename tells a device of a changed userid, and keeps that for when it asks. To a cloud nothing changes:
// it knows members by ids that stay.
func (s *Service) tellRename(tx *store.Tx, d Device, old, now id.UserID) error {
	if d.Model.Access != Direct {
		return nil
	}
	known, err := s.Users(tx, d, []id.UserID{now})
	if err != nil || len(known) == 0 {
		return err
	}
	version, err := s.raise(tx, d)
	if err != nil {
		return err
	}
	push := renamed{tx.Now().Unix(), old, now, Employee, version}
	text, err := json.Marshal(push)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO hardware_rename (device, perm_version, at, data) VALUES (?, ?, ?, ?)`, d.No, version, tx.Now().UnixMilli(), string(text)); err != nil {
		return err
	}
	return s.toDevice(tx, d, "push_change_userid", push)
}

// Renames returns what a device was told of changed userids after a version.
func (s *Service) Renames(tx *store.Tx, d Device, after, offset, limit int64) (data []string, versions []int64, err error) {
	err = tx.Each(`SELECT data, perm_version FROM hardware_rename WHERE device = ? AND perm_version > ? AND at > ? ORDER BY perm_version LIMIT ? OFFSET ?`,
		[]any{d.No, after, tx.Now().Add(-renameLife).UnixMilli(), limit, offset}, func(rows *store.Rows) error {
			var text string
			var version int64
			err := rows.Scan(&text, &version)
			data, versions = append(data, text), append(versions, version)
			return err
		})
	return data, versions, err
}
