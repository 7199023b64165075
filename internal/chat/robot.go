package chat

import (
	"context"
	"strings"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Robot is a robot that a member has put into a group. It only speaks.
type Robot struct {
	ID      id.Person // wb…
	Group   int64     // its number
	Name    string
	Creator id.UserID // empty once they have left
}

// maxRobotName is in characters, as that of group robots.
const maxRobotName = 32

// AddRobot puts a robot into a group of the member's.
func (s *Service) AddRobot(ctx context.Context, tx *store.Tx, corpID, chatID string, user id.UserID, name string) (Robot, error) {
	g, err := s.Group(tx, corpID, chatID)
	if err != nil {
		return Robot{}, err
	}
	creator, err := s.inGroup(tx, g, user)
	if err != nil {
		return Robot{}, err
	}
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > maxRobotName {
		return Robot{}, wire.ErrParameter.With("name: 1 to %d characters expected", maxRobotName)
	}
	r := Robot{ID: id.Person("wb" + id.Letters(30)), Group: g.No, Name: name, Creator: user}
	_, err = tx.Insert(`INSERT INTO chat_robot (corpid, robot_id, chat_group, name, creator) VALUES (?, ?, ?, ?, ?)`, corpID, string(r.ID), g.No, name, creator)
	return r, err
}

// Robot returns a robot of the corp; found is false if there is none.
func (s *Service) Robot(tx *store.Tx, corpID string, robot id.Person) (r Robot, found bool, err error) {
	var creator int64
	found, err = tx.Get(`SELECT robot_id, chat_group, name, creator FROM chat_robot WHERE corpid = ? AND robot_id = ?`, []any{corpID, string(robot)}, &r.ID, &r.Group, &r.Name, &creator)
	if err != nil || !found {
		return r, false, err
	}
	names, err := s.deps.Directory.NumberedMembers(tx, corpID, []int64{creator})
	r.Creator = names[creator]
	return r, true, err
}

// isRobot reports whether an id is a robot's, by its form.
func isRobot(who id.Person) bool { return strings.HasPrefix(string(who), "wb") && len(who) == 32 }
