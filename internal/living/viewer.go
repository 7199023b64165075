package living

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Viewer is somebody who has reserved a place or has watched: a member, or a customer.
type Viewer struct {
	No       int64
	UserID   id.UserID     // of a member
	External id.ExternalID // of a customer
	Kind     int64         // of a customer: 1 of WeChat, 2 of WeCom
	Name     string        // of a customer
	Reserved bool
	Watched  bool
	Entered  int64 // Unix seconds; 0 while out
	Seconds  int64 // until they left last
	Comments int64
	Spoke    bool
	Invitor  Person
}

// Person is a member or a customer.
type Person struct {
	UserID   id.UserID     `json:"userid,omitempty"`
	External id.ExternalID `json:"external_userid,omitempty"`
}

func (p Person) empty() bool { return p.UserID == "" && p.External == "" }

// watched returns the seconds that the viewer has watched until now.
func (v Viewer) watched(now int64) int64 {
	if v.Entered == 0 {
		return v.Seconds
	}
	return v.Seconds + max(now-v.Entered, 0)
}

// Act is what a viewer does.
type Act string

// What viewers do.
const (
	Reserve Act = "reserve"
	Enter   Act = "enter"
	Leave   Act = "leave"
	Comment Act = "comment"
	Speak   Act = "speak"
)

// View records what a viewer does to a broadcast. A place is reserved before it begins, and all the rest is done
// while it is on air; the replay may be entered and left too. It answers 60111 and 84061 for unknown people.
func (s *Service) View(ctx context.Context, tx *store.Tx, corpID, livingID string, who, invitor Person, act Act) (Viewer, error) {
	l, err := s.find(tx, corpID, livingID)
	if err != nil {
		return Viewer{}, err
	}
	now := tx.Now().Unix()
	status := l.Status(now)
	replayed := status == Ended && l.Replay == replayMade
	switch {
	case act == Reserve && status != Reserved:
		return Viewer{}, ErrBegun.With("a place is reserved before the broadcast begins")
	case act != Reserve && status != OnAir && !(replayed && (act == Enter || act == Leave)):
		return Viewer{}, ErrUnknown.With("livingid: it is not on air")
	}
	v, err := s.viewer(ctx, tx, l, who)
	if err != nil {
		return v, err
	}
	if v.Entered == 0 && act != Reserve && act != Enter {
		return v, ErrUnknown.With("this viewer is not in the broadcast; enter it first")
	}
	switch act {
	case Reserve:
		v.Reserved = true
	case Enter:
		// The one who invited a viewer is the one of the first visit (doc 93636).
		if !v.Watched && !invitor.empty() {
			if v.Invitor, err = s.person(ctx, tx, corpID, invitor); err != nil {
				return v, err
			}
		}
		if v.Watched = true; v.Entered == 0 {
			v.Entered = now
		}
	case Leave:
		v.Seconds, v.Entered = v.watched(now), 0
	case Comment:
		v.Comments++
	case Speak:
		v.Spoke = true
	}
	return v, updateViewer(tx, corpID, v)
}

// person returns a person as the corp writes their id.
func (s *Service) person(ctx context.Context, tx *store.Tx, corpID string, p Person) (Person, error) {
	if p.External != "" {
		_, err := s.deps.Customers.Contact(tx, corpID, p.External)
		return Person{External: p.External}, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), p.UserID)
	return Person{UserID: m.UserID}, err
}

// viewer returns the viewer's row, a new one for those who have none.
func (s *Service) viewer(ctx context.Context, tx *store.Tx, l Live, who Person) (v Viewer, err error) {
	if (who.UserID == "") == (who.External == "") {
		return v, wire.ErrEmpty.With("a userid or an external_userid expected")
	}
	if v.External != "" || who.External != "" {
		var c customer.Contact
		if c, err = s.deps.Customers.Contact(tx, l.CorpID, who.External); err != nil {
			return v, err
		}
		v = Viewer{External: who.External, Kind: c.Kind, Name: c.Name}
	} else {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(l.CorpID), who.UserID)
		if err != nil {
			return v, err
		}
		v = Viewer{UserID: m.UserID}
	}
	known, err := selectViewers(tx, `corpid = ? AND living = ? AND who = ?`, l.CorpID, l.No, v.key())
	if err != nil || len(known) > 0 {
		return append(known, v)[0], err
	}
	return insertViewer(tx, l, v)
}

func (v Viewer) key() string {
	if v.External != "" {
		return string(v.External)
	}
	return v.UserID.Key()
}

// counts are the figures of a broadcast (doc 93635).
type counts struct{ viewers, comments, spoke, online, reserved int64 }

// viewersListed is how many viewers one answer has; the page names no number.
const viewersListed = 100
