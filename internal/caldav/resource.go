package caldav

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"

	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// place is what an address names.
type place struct {
	level  level
	corpID string
	user   id.UserID
	folder string // own, invited, or a cal_id
	file   string
}

type level int

const (
	atRoot level = iota
	atPrincipal
	atHome
	atCalendar
	atObject
)

// placeOf reads an address. ok is false if it can name nothing. At bareHome who signs in says whose it is.
func placeOf(path string) (p place, ok bool) {
	if path == bareHome {
		return place{level: atHome}, true
	}
	rest := strings.Trim(strings.TrimPrefix(path, prefix), "/")
	if rest == "" {
		return place{level: atRoot}, true
	}
	parts := strings.Split(rest, "/")
	if len(parts) == 1 || len(parts) > 5 || len(parts) > 2 && parts[2] != "calendars" {
		return p, false
	}
	p = place{corpID: parts[0], user: id.UserID(parts[1]), level: level(len(parts) - 1)}
	if len(parts) > 3 {
		p.folder = parts[3]
	}
	if len(parts) > 4 {
		p.file = parts[4]
	}
	return p, true
}

func principal(corpID string, user id.UserID) string {
	return prefix + corpID + "/" + url.PathEscape(string(user)) + "/"
}

func home(corpID string, user id.UserID) string { return principal(corpID, user) + "calendars/" }

// address is how programs name a member.
func address(corpID string, user id.UserID) string { return "mailto:" + string(user) + "@" + corpID }

// The folders that are no calendar of an application.
const (
	ownFolder     = "own"
	invitedFolder = "invited"
)

// collection is a calendar as a program sees it.
type collection struct {
	calendar.Seen
	folder  string
	invited bool
	objects []calendar.Object // of invited, which has no calendar of its own
	all     []calendar.Seen
}

// collections returns what the member has, the own calendar first.
func (s *Service) collections(tx *store.Tx, v visitor) ([]collection, error) {
	seen, err := s.deps.Calendars.SeenBy(tx, v.corpID, v.member)
	if err != nil {
		return nil, err
	}
	var out []collection
	for _, c := range seen {
		folder := c.ID
		if c.Own {
			folder = ownFolder
		}
		out = append(out, collection{Seen: c, folder: folder})
	}
	invited := collection{folder: invitedFolder, invited: true, all: seen}
	invited.Summary, invited.Color = "邀请我的", "#8A8A8A"
	if invited.objects, err = s.deps.Calendars.Invited(tx, v.corpID, v.member.UserID, seen); err != nil {
		return nil, err
	}
	return append(out, invited), nil
}

// ensureOwn makes the member's own calendar, which a program expects to find.
func (s *Service) ensureOwn(ctx context.Context, v visitor) error {
	missing := false
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		seen, err := s.deps.Calendars.SeenBy(tx, v.corpID, v.member)
		missing = len(seen) == 0 || !seen[0].Own
		return err
	})
	if err != nil || !missing {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := s.deps.Calendars.Own(tx, v.corpID, v.member.UserID)
		return err
	})
}

// list returns the objects of a collection.
func (s *Service) list(tx *store.Tx, c collection) ([]calendar.Object, error) {
	if c.invited {
		return c.objects, nil
	}
	there, _, err := s.deps.Calendars.Objects(tx, c.Calendar, -1)
	return there, err
}

// find returns an object of a collection by the name of its resource.
func (s *Service) find(tx *store.Tx, c collection, file string) (calendar.Object, bool, error) {
	all, err := c.objects, error(nil)
	if !c.invited {
		all, err = s.deps.Calendars.ObjectsNamed(tx, c.Calendar, file, "")
	}
	for _, o := range all {
		if o.FileName() == file {
			return o, true, err
		}
	}
	return calendar.Object{}, false, err
}

// etag changes with each change of the object, and with what the member sees of it.
func (c collection) etag(o calendar.Object) string {
	busy := ""
	if c.Busy {
		busy = "b"
	}
	return fmt.Sprintf(`"%d-%d%s"`, o.No, o.Version(), busy)
}

// state changes with each change in the collection.
func (c collection) state() string {
	if !c.invited {
		return fmt.Sprintf("%d-%d", c.No, c.Sequence)
	}
	h := fnv.New64a()
	for _, o := range c.objects {
		h.Write([]byte(c.etag(o)))
	}
	return "i-" + strconv.FormatUint(h.Sum64(), 36)
}

const tokenPrefix = "https://qiwei.invalid/sync/"

// since reads a synchronisation token of the collection: the sequence number after which there are changes. ok
// is false for one that is not, or no more, of use.
func (c collection) since(token string) (sequence int64, ok bool) {
	if token == "" {
		return -1, true
	}
	text, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return 0, false
	}
	if c.invited {
		return c.Sequence, text == c.state() // what has changed since is not kept: a program reads all anew
	}
	no, seq, _ := strings.Cut(text, "-")
	n, err := strconv.ParseInt(seq, 10, 64)
	return n, err == nil && no == strconv.FormatInt(c.No, 10) && n >= 0 && n <= c.Sequence
}
