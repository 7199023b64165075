package approval

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Change is what happened to an approval, as the callback numbers it (doc 91815).
type Change int64

// The changes that applications are told of.
const (
	Submitted      Change = 1
	Agreed         Change = 2
	Rejected       Change = 3
	Transferred    Change = 4
	Urged          Change = 5
	Cancelled      Change = 6
	TookBack       Change = 8
	Commented      Change = 10
	SentBack       Change = 11
	ApproverAdded  Change = 12
	AgreedAndAdded Change = 13
	Handled        Change = 14
	HandedOver     Change = 15
	// quiet changes have no number, and are told to no application: deletion and payment.
	quiet Change = 0
)

// maxSpeech is how long an opinion or a comment may be, in characters; ours.
const maxSpeech = 2000

// Action is what somebody does to an approval.
type Action struct {
	SpNo   string
	By     id.UserID
	Speech string
	Media  []string    // media_ids
	To     []id.UserID // who decides instead, or besides
	Before bool        // an added approver decides before the one who adds
	Node   int64       // to which node it is sent back, counted from 0
	// At is when it was done, of a step from before; nobody is told of that. It is now if it is zero.
	At time.Time
}

// when is the time of a step in Unix seconds.
func (a Action) when(tx *store.Tx) int64 {
	if a.At.IsZero() {
		return tx.Now().Unix()
	}
	return a.At.Unix()
}

// step is a change that has been made to a case and is to be written.
type step struct {
	change Change
	by     id.UserID
	speech string
	told   []id.UserID // who are informed of it
	first  bool        // it was submitted
	past   bool        // nobody is told
	before []role      // of the case as it was
}

// verb is what can be done to an approval. Do changes the case.
type verb struct {
	change Change
	do     func(s *Service, ctx context.Context, tx *store.Tx, c *Case, a Action) error
}

// verbs are the names under which scripts and members do it.
var verbs = map[string]verb{
	"approve":   {Agreed, (*Service).approve},
	"refuse":    {Rejected, (*Service).refuse},
	"transfer":  {Transferred, (*Service).transfer},
	"add":       {ApproverAdded, (*Service).add},
	"return":    {SentBack, (*Service).sendBack},
	"handle":    {Handled, (*Service).approve},
	"hand_over": {HandedOver, (*Service).transfer},
	"withdraw":  {Cancelled, (*Service).withdraw},
	"comment":   {Commented, (*Service).comment},
	"urge":      {Urged, (*Service).urge},
	"delete":    {quiet, (*Service).remove},
	"pay":       {quiet, (*Service).pay},
}

// Act does something to an approval in somebody's name, by one of the verbs. It answers ErrParameter for what
// is not theirs to do now, and ErrNoCase.
func (s *Service) Act(ctx context.Context, tx *store.Tx, corpID, name string, a Action) (*Case, error) {
	v, ok := verbs[name]
	if !ok {
		return nil, ErrParameter.With("there is no step %q", name)
	}
	if utf8.RuneCountInString(a.Speech) > maxSpeech {
		return nil, ErrParameter.With("speech: at most %d characters", maxSpeech)
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), a.By)
	if err != nil {
		return nil, err
	}
	a.By = m.UserID
	if err := s.recipients(tx, corpID, a.To); err != nil {
		return nil, err
	}
	c, err := s.caseOf(tx, corpID, a.SpNo)
	if err != nil {
		return nil, err
	}
	before := roles(c)
	if a.Media, err = s.attach(tx, c, a.Media); err != nil {
		return nil, err
	}
	if err := v.do(s, ctx, tx, c, a); err != nil {
		return nil, err
	}
	change := v.change
	switch {
	case name == "withdraw" && c.Status == TakenBack:
		change = TookBack
	case name == "add" && !a.Before:
		change = AgreedAndAdded
	}
	told := pass(c.Nodes)
	if c.Status == Pending && current(c.Nodes) < 0 {
		c.Status = Passed
	}
	return c, s.moved(ctx, tx, c, step{change: change, by: a.By, speech: a.Speech, told: told, before: before, past: !a.At.IsZero()})
}

// recipients puts the userids as they are spelled into the list, and answers an error for those that are
// nobody's.
func (s *Service) recipients(tx *store.Tx, corpID string, to []id.UserID) error {
	if len(to) == 0 {
		return nil
	}
	if len(to) > mostNodeUsers {
		return ErrParameter.With("to: %d members, at most %d", len(to), mostNodeUsers)
	}
	known, err := s.deps.Directory.Named(tx, access.System(corpID), id.Texts(to))
	if err != nil {
		return err
	}
	for i, u := range to {
		m, ok := known[u.Key()]
		if !ok {
			return directory.ErrMemberNotFound.With("to: %q", u)
		}
		to[i] = m.UserID
	}
	return nil
}

// decide returns the node and the person whose turn it is. Handling is of nodes of type 3, all else of type 1.
func decide(c *Case, a Action, kinds ...int64) (*Node, *Person, error) {
	if c.Status != Pending {
		return nil, nil, ErrParameter.With("the approval %q is over (%s)", c.SpNo, c.Status)
	}
	i, j, ok := turn(c.Nodes, a.By)
	if !ok {
		return nil, nil, ErrParameter.With("it is not %q's turn to decide on %q", a.By, c.SpNo)
	}
	n := &c.Nodes[i]
	if len(kinds) > 0 && !slices.Contains(kinds, n.Type) {
		return nil, nil, ErrParameter.With("the node of %q is one of type %d, where that cannot be done", a.By, n.Type)
	}
	return n, &n.People[j], nil
}

func (p *Person) acts(tx *store.Tx, status int64, a Action) {
	p.Status, p.Speech, p.At, p.Media = status, a.Speech, a.when(tx), a.Media
}

func (s *Service) approve(_ context.Context, tx *store.Tx, c *Case, a Action) error {
	n, p, err := decide(c, a)
	if err != nil {
		return err
	}
	done := agreed
	if n.Type == Handle {
		done = handled
	}
	if p.acts(tx, done, a); n.settled() {
		n.Status = done
	}
	return nil
}

func (s *Service) refuse(_ context.Context, tx *store.Tx, c *Case, a Action) error {
	n, p, err := decide(c, a, Approve)
	if err != nil {
		return err
	}
	p.acts(tx, refused, a)
	n.Status, c.Status = refused, Refused
	return nil
}

// transfer puts somebody else in the place of the one who decides.
func (s *Service) transfer(_ context.Context, tx *store.Tx, c *Case, a Action) error {
	n, p, err := decide(c, a)
	if err != nil {
		return err
	}
	if len(a.To) != 1 || a.To[0].Equal(a.By) {
		return ErrParameter.With("to: one other member expected")
	}
	at := slices.IndexFunc(n.People, func(q Person) bool { return q.UserID.Equal(p.UserID) && q.Status == pending })
	done := transferred
	if n.Type == Handle {
		done = handedOver
	}
	p.acts(tx, done, a)
	if slices.ContainsFunc(n.People, func(q Person) bool { return q.UserID.Equal(a.To[0]) && q.Status == pending }) {
		return nil // they decide already
	}
	n.People = slices.Insert(n.People, at+1, Person{UserID: a.To[0], Status: pending})
	return nil
}

// add has others decide besides: after the one who adds them, who thereby agrees, or before, and then the one
// who adds them is asked again.
func (s *Service) add(_ context.Context, tx *store.Tx, c *Case, a Action) error {
	n, p, err := decide(c, a, Approve)
	if err != nil {
		return err
	}
	if len(a.To) == 0 || slices.ContainsFunc(a.To, a.By.Equal) {
		return ErrParameter.With("to: the members who are added expected, other than %q", a.By)
	}
	if len(c.Nodes) >= mostNodes {
		return ErrParameter.With("the process has %d nodes already", len(c.Nodes))
	}
	at, fresh := current(c.Nodes), newNode(Approve, Together, a.To)
	if !a.Before {
		if p.acts(tx, agreedAdded, a); n.settled() {
			n.Status = agreedAdded
		}
		c.Nodes = slices.Insert(c.Nodes, at+1, fresh)
		return nil
	}
	// What was asked of the node is asked again behind the added one.
	rest := *n
	rest.People = nil
	for _, q := range n.People {
		if q.Status == pending {
			rest.People = append(rest.People, q)
		}
	}
	p.acts(tx, added, a)
	n.People = slices.DeleteFunc(n.People, func(q Person) bool { return q.Status == pending })
	n.Status = added
	c.Nodes = slices.Insert(c.Nodes, at+1, fresh, rest)
	return nil
}

// sendBack has an earlier node decide again, and all that follow it.
func (s *Service) sendBack(_ context.Context, tx *store.Tx, c *Case, a Action) error {
	n, p, err := decide(c, a)
	if err != nil {
		return err
	}
	at := current(c.Nodes)
	if a.Node < 0 || a.Node >= int64(at) || c.Nodes[a.Node].Type == Notify {
		return ErrParameter.With("node: one that has decided before expected, 0 to %d", at-1)
	}
	again := make([]Node, 0, at)
	for _, old := range c.Nodes[a.Node : at+1] {
		if old.Type == Notify || old.Status == added {
			continue
		}
		var asked []id.UserID
		for _, q := range old.People {
			if q.Status != transferred && q.Status != handedOver {
				asked = append(asked, q.UserID)
			}
		}
		fresh := newNode(old.Type, old.Rel, asked)
		fresh.Kind = old.Kind
		again = append(again, fresh)
	}
	if len(c.Nodes)+len(again) > mostNodes {
		return ErrParameter.With("the process has %d nodes already", len(c.Nodes))
	}
	p.acts(tx, returned, a)
	n.Status = returned
	c.Nodes = slices.Insert(c.Nodes, at+1, again...)
	return nil
}

// withdraw takes the applicant's approval back, before or after it has passed.
func (s *Service) withdraw(_ context.Context, _ *store.Tx, c *Case, a Action) error {
	if !c.Creator.Equal(a.By) {
		return ErrParameter.With("only the applicant withdraws %q", c.SpNo)
	}
	switch c.Status {
	case Pending:
		c.Status = Withdrawn
	case Passed:
		c.Status = TakenBack
	default:
		return ErrParameter.With("the approval %q is over (%s)", c.SpNo, c.Status)
	}
	return nil
}

func (s *Service) comment(_ context.Context, tx *store.Tx, c *Case, a Action) error {
	if !concerned(c, a.By) {
		return ErrParameter.With("%q has nothing to do with %q", a.By, c.SpNo)
	}
	if a.Speech == "" && len(a.Media) == 0 {
		return ErrParameter.With("speech is missing")
	}
	if c.Status == Deleted {
		return ErrNoCase.With("%q is deleted", c.SpNo)
	}
	if len(c.Comments) >= mostComments {
		return ErrParameter.With("%d comments on %q already", mostComments, c.SpNo)
	}
	// The platform's numbers have 19 digits.
	number := strconv.FormatInt(6_000_000_000_000_000_000+a.when(tx)*1_000_000+int64(len(c.Comments)), 10)
	c.Comments = append(c.Comments, Comment{UserID: a.By, At: a.when(tx), Content: a.Speech, ID: number, Media: a.Media})
	return nil
}

// mostComments bounds what one row holds.
const mostComments = 200

func (s *Service) urge(_ context.Context, _ *store.Tx, c *Case, a Action) error {
	switch {
	case !c.Creator.Equal(a.By):
		return ErrParameter.With("only the applicant urges on %q", c.SpNo)
	case c.Status != Pending:
		return ErrParameter.With("the approval %q is over (%s)", c.SpNo, c.Status)
	}
	return nil
}

// remove deletes an approval, which an administrator does in the console of the application. It remains, and
// is no longer in what the older call answers (doc 91530).
func (s *Service) remove(_ context.Context, _ *store.Tx, c *Case, _ Action) error {
	if c.Status == Deleted {
		return ErrNoCase.With("%q is deleted", c.SpNo)
	}
	c.Status = Deleted
	return nil
}

func (s *Service) pay(_ context.Context, _ *store.Tx, c *Case, _ Action) error {
	if c.Status != Passed {
		return ErrParameter.With("the approval %q has not passed (%s)", c.SpNo, c.Status)
	}
	c.Status = Paid
	return nil
}

func (v Status) String() string {
	return map[Status]string{Pending: "pending", Passed: "passed", Refused: "refused", Withdrawn: "withdrawn", TakenBack: "withdrawn after it had passed", Deleted: "deleted", Paid: "paid"}[v]
}

// concerned reports whether a member applied, decides, or was told.
func concerned(c *Case, user id.UserID) bool {
	return c.Creator.Equal(user) || slices.ContainsFunc(users(c.Nodes, Approve, Notify, Handle), user.Equal)
}

// attach keeps files that come with an opinion or a comment.
func (s *Service) attach(tx *store.Tx, c *Case, list []string) ([]string, error) {
	if len(list) > mostAttached {
		return nil, ErrParameter.With("media: %d files, at most %d", len(list), mostAttached)
	}
	for _, mediaID := range list {
		f, err := s.files().Find(tx, c.CorpID, mediaID)
		if err != nil {
			return nil, err
		}
		if err := s.files().Keep(tx, c.No, f); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// mostAttached is ours.
const mostAttached = 9

// caseOf returns an approval of the corp by its number.
func (s *Service) caseOf(tx *store.Tx, corpID, spNo string) (*Case, error) {
	if spNo = strings.TrimSpace(spNo); spNo == "" {
		return nil, ErrParameter.With("sp_no is missing")
	}
	c, found, err := selectCase(tx, corpID, spNo)
	if err == nil && !found {
		err = ErrNoCase.With("there is no approval %q", spNo)
	}
	return c, err
}

var (
	// ErrParameter refuses what does not fit (doc 91853, 91983).
	ErrParameter = wire.Code(301025, "approval parameter empty or not fitting the template")
	// ErrNoCase is for an approval that is not there. The pages have no code of its own.
	ErrNoCase = ErrParameter
	// ErrTemplate is for a template that is not there (doc 91982).
	ErrTemplate = ErrParameter
	// ErrNoAuth refuses what is beyond the caller (doc 91853).
	ErrNoAuth = wire.Code(301055, "no approval auth")
	// ErrSwitchedOff is for a disabled approval application (doc 91853).
	ErrSwitchedOff = wire.Code(301056, "approval app disabled")
	// ErrOverlap refuses a second absence at one time (doc 91853).
	ErrOverlap = wire.Code(301079, "approval leave times overlap")
	// ErrControl refuses what cannot be a control (doc 97437).
	ErrControl = wire.Code(301086, "invalid parameter")
	// ErrTemplates refuses more templates (doc 97437).
	ErrTemplates = wire.Code(301087, "too many approval templates")
	// ErrNotOwn refuses changing another application's template (doc 97438).
	ErrNotOwn = wire.Code(301088, "no right to operate")
)
