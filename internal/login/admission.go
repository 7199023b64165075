package login

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// The gate. A session begins in two steps, whichever room it belongs to:
//
//	proof (password, passkey, invitation …) ──> Identity ──> Admit ──> Admission ──> a row
//
// Only this room makes an Identity, and only Admit makes an Admission, which every function that inserts a
// session demands. So each rule about who may come in stands once, in Admit, and every attempt is recorded
// there. TestGate walks the entrances. TestSessionsNeedAdmission searches the source for a row that is
// inserted without an Admission.

// Door is where somebody asks to come in.
type Door string

// The doors.
const (
	DoorPages   Door = "pages" // the sign-in pages, which the phone, sites and applications lead to
	DoorConsole Door = "console"
	DoorLDAP    Door = "ldap"
	DoorCalDAV  Door = "caldav"
)

// leadsToVerification reports whether the door can send a member to the company's page. The other doors
// refuse a member who must go there first.
func (d Door) leadsToVerification() bool { return d == DoorPages }

// Way is how a member proves who they are, as a session remembers it.
type Way string

// The ways.
const (
	ByPicker     Way = "picker"  // dev only, like control and demo
	ByControl    Way = "control" // a script's POST
	ByDemo       Way = "demo"    // the console's one click
	ByPassword   Way = "password"
	ByPasskey    Way = "passkey"
	ByInvitation Way = "invitation"
	ByScan       Way = "scan"
	ByMember     Way = "member" // an existing session as a member in the browser
)

// Entrance is a way of beginning a session at a door.
type Entrance struct {
	Door Door
	Way  Way
}

// Entrances returns all entrances. Admit refuses any other.
func Entrances() []Entrance {
	return []Entrance{
		{DoorPages, ByPicker}, {DoorPages, ByControl}, {DoorPages, ByPassword}, {DoorPages, ByPasskey}, {DoorPages, ByInvitation}, {DoorPages, ByScan},
		{DoorConsole, ByDemo}, {DoorConsole, ByPassword}, {DoorConsole, ByMember},
		{DoorLDAP, ByPassword},
		{DoorCalDAV, ByPassword},
	}
}

func (e Entrance) known() bool {
	for _, other := range Entrances() {
		if e == other {
			return true
		}
	}
	return false
}

// Stranger is somebody at a door who has proved nothing yet.
type Stranger struct {
	Door    Door
	Address netip.Addr
	Browser string // the browser's name in our cookie; empty without one
	Device  string // what the browser calls itself, with its address, for people who look at a list of sessions
}

// StrangerAt returns the sender of the request.
func (s *Service) StrangerAt(door Door, r *http.Request) Stranger {
	return Stranger{Door: door, Address: s.deps.ClientIP(r), Browser: cookieOf(r, browserCookie), Device: s.Describe(r)}
}

// NameBrowser gives a nameless browser a name, by which we recognise it later.
func (s *Service) NameBrowser(w http.ResponseWriter, r *http.Request) {
	v := &visit{s: s, w: w, r: r}
	v.browser()
}

// Identity says that a stranger has proved to be a certain member.
type Identity struct {
	Stranger
	corpID   string
	member   directory.Member
	way      Way
	verified bool  // the session that proves it has passed the second verification
	ending   int64 // Ending of the member's credentials when the proof was checked
}

// Member returns who it is.
func (who Identity) Member() directory.Member { return who.member }

// Ending returns when the member's credentials last ended. A door that keeps an identity in memory compares
// it: once the member's Ending differs, the identity is no longer valid.
func (who Identity) Ending() int64 { return who.ending }

// prove makes an identity inside the transaction that checked the proof.
func (s *Service) prove(tx *store.Tx, at Stranger, corpID string, m directory.Member, way Way) (Identity, error) {
	ending, err := endingOf(tx, m.No)
	return Identity{Stranger: at, corpID: corpID, member: m, way: way, ending: ending}, err
}

// IdentityOf returns the identity that a session of the pages proves at another door.
func (s *Service) IdentityOf(ctx context.Context, sess Session, at Stranger) (who Identity, err error) {
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		who, err = s.prove(tx, at, sess.CorpID, sess.Member, ByMember)
		who.verified = !sess.Pending
		return err
	})
	return who, err
}

// ScanIdentity returns the identity of the member who confirmed, in a session on a phone, the QR code in the
// stranger's browser. It is called in the transaction that takes the QR code's code.
func (s *Service) ScanIdentity(tx *store.Tx, corpID string, m directory.Member, at Stranger) (Identity, error) {
	return s.prove(tx, at, corpID, m, ByScan)
}

var errNotDev = errors.New("one-click sign-in exists in dev only")

// DemoIdentity takes a member's word for it. It exists in dev only.
func (s *Service) DemoIdentity(ctx context.Context, corpID string, m directory.Member, at Stranger) (who Identity, err error) {
	if !s.deps.Dev {
		return Identity{}, errNotDev
	}
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		who, err = s.prove(tx, at, corpID, m, ByDemo)
		return err
	})
	return who, err
}

// Admission is the gate's yes to one identity, valid within the same transaction.
type Admission struct {
	who     Identity
	pending bool // the second verification must come first
}

// CorpID returns the member's corp.
func (a Admission) CorpID() string { return a.who.corpID }

// Member returns the admitted member.
func (a Admission) Member() directory.Member { return a.who.member }

// Device is what the browser calls itself, with its address.
func (a Admission) Device() string { return a.who.Device }

// Way returns how the member proved who they are.
func (a Admission) Way() Way { return a.who.way }

// Errors of the gate.
var (
	ErrDisabled = errors.New("the member is disabled")
	// ErrVerify is for doors that cannot lead to the company's page.
	ErrVerify = errors.New("the company asks this member for a second verification, which is not possible here")
	// ErrStale says that the credential has ended since it was checked.
	ErrStale = errors.New("the credential has just been changed")

	errEntrance = errors.New("login: a way of beginning a session that is not among the entrances")
)

// Admit lets the member in, or answers ErrDisabled, ErrVerify or ErrStale. begin makes the session; Admit
// returns its error too. Without begin the door keeps no session in the database. Every outcome is counted
// and logged. Like every transaction, begin may run more than once.
func (s *Service) Admit(ctx context.Context, who Identity, begin func(*store.Tx, Admission) error) error {
	if !(Entrance{who.Door, who.way}).known() {
		return errEntrance
	}
	pending := false
	run := s.deps.Store.Write
	if begin == nil {
		run = s.deps.Store.Read
	}
	err := run(ctx, func(tx *store.Tx) error {
		a, err := s.gate(tx, who)
		if err != nil || begin == nil {
			return err
		}
		pending = a.pending
		if err := begin(tx, a); err != nil {
			return err
		}
		for _, fn := range s.onEntered {
			if err := fn(ctx, tx, who.attempt(outcomeOf(nil, pending))); err != nil {
				return err
			}
		}
		return nil
	})
	s.record(who.attempt(outcomeOf(err, pending)), begin != nil)
	return err
}

func (who Identity) attempt(o Outcome) Attempt {
	return attemptOf(who.Stranger, who.corpID, who.member.UserID, who.way, o)
}

// gate asks what must hold of everybody who comes in, by the state of the database.
func (s *Service) gate(tx *store.Tx, who Identity) (Admission, error) {
	m, found, err := s.deps.Directory.MemberNo(tx, who.member.No)
	if err != nil {
		return Admission{}, err
	}
	if !found || !m.Enabled {
		return Admission{}, ErrDisabled
	}
	ending, err := endingOf(tx, m.No)
	if err != nil {
		return Admission{}, err
	}
	if ending != who.ending {
		return Admission{}, ErrStale
	}
	must, err := s.mustVerify(tx, who.corpID, m)
	if err != nil {
		return Admission{}, err
	}
	must = must && !who.verified
	if must && !who.Door.leadsToVerification() {
		return Admission{}, ErrVerify
	}
	who.member = m
	return Admission{who: who, pending: must}, nil
}
