package suite

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// Book is the callback room's name for the command URLs of suites. A receiver's key
// is the suite_id.
const Book = "suite"

// What becomes of tickets and installations is told to the suite alone. None is
// recorded: a ticket and an auth_code are secrets, and the installation itself says
// what has happened to it.
const (
	suiteTicket = "suite_ticket"
	createAuth  = "create_auth"
	changeAuth  = "change_auth"
	cancelAuth  = "cancel_auth"
	resetCode   = "reset_permanent_code"
	corpArch    = "corp_arch_auth"

	approveSpecial = "approve_special_auth"
	cancelSpecial  = "cancel_special_auth"

	appAdmin = "change_app_admin" // at the data URL
)

type kinds map[string]*event.Kind[event.Letter]

func declareKinds(l *event.Log) kinds {
	out := kinds{}
	for _, d := range []struct {
		name string
		doc  int
		push event.Push
	}{
		{suiteTicket, 90628, ticketPush("sample-ticket")},
		{createAuth, 100964, installationPush(createAuth, "wpSample", "sample-auth-code", "sample")},
		{changeAuth, 100964, sampleChange()},
		{cancelAuth, 100964, installationPush(cancelAuth, "wpSample", "", "")},
		{corpArch, 97378, archPush("wpSample")},
		{approveSpecial, 98959, specialPush(approveSpecial, "wpSample")},
		{cancelSpecial, 98959, specialPush(cancelSpecial, "wpSample")},
		{resetCode, 94758, installationPush(resetCode, "wpSample", "sample-auth-code", "")},
	} {
		letter := event.Letter{What: d.push}
		out[d.name] = event.Declare(l, event.Declaration{
			Name: "suite/" + d.name, Doc: d.doc, Callbacks: []string{d.name}, Passing: true, Envelope: event.OfSuite,
		}, func() event.Letter { return letter })
	}
	out[appAdmin] = event.Declare(l, event.Declaration{Name: appAdmin, Doc: 95038, Passing: true}, func() event.Letter {
		return event.Letter{What: adminPush(1000005)}
	})
	return out
}

// adminsChanged tells the third-party applications of a corp at their data URLs that
// other people administer them (doc 95038).
func (s *Service) adminsChanged(ctx context.Context, tx *store.Tx, corpID string) error {
	list, err := s.deps.Apps.Commanded(tx, corpID)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Kind == access.ContactsEdit || a.CallbackURL == "" {
			continue
		}
		if err := s.kinds[appAdmin].Record(ctx, tx, access.System(corpID), event.Letter{To: event.Receiver{App: a.No}, What: adminPush(a.AgentID)}); err != nil {
			return err
		}
	}
	return nil
}

func adminPush(agentID int64) event.Push {
	p := event.Push{Event: appAdmin}
	p.Fields.Int("AgentID", agentID)
	return p
}

func ticketPush(ticket string) event.Push {
	p := event.Push{Event: suiteTicket, Newest: true}
	p.Fields.Text("SuiteTicket", ticket)
	return p
}

// installationPush writes what happens to an installation. An auth_code is told
// before the name of what happened, and without the corp: whoever redeems it learns
// which that is.
func installationPush(name, openCorpID, code, state string) event.Push {
	p := event.Push{Event: name}
	if code != "" {
		p.Lead.Text("AuthCode", code)
	} else {
		p.Fields.Text("AuthCorpId", openCorpID)
	}
	if state != "" {
		p.Fields.Text("State", state)
	}
	return p
}

// sampleChange is what a component of customer service is told, which is the longest.
func sampleChange() event.Push {
	p := installationPush(changeAuth, "wpSample", "", "sample")
	var accounts, extra event.Fields
	accounts.Text("OpenKfId", "wkSample")
	extra.Group("AuthOpenKfIdList", accounts)
	p.Fields.Group("ExtraInfo", extra)
	return p
}

// archPush tells that the corp lets the suite see its organisation.
func archPush(openCorpID string) event.Push {
	p := event.Push{Event: corpArch}
	p.Lead.Text("AuthCorpId", openCorpID)
	return p
}

// acquisitionPermit is the permission that takes effect once an administrator of the corp has confirmed it by itself
// (doc 98959), and acquisitionType what a suite is told of it.
const (
	acquisitionPermit = "externalcontact:customer_acquisition:base"
	acquisitionType   = "customer_acquisition"
)

// specialPush tells that the corp has confirmed the permission to acquire customers, or has taken it back.
func specialPush(name, openCorpID string) event.Push {
	p := event.Push{Event: name}
	p.Lead.Text("AuthCorpId", openCorpID)
	p.Fields.Text("AuthType", acquisitionType)
	return p
}

// tellSpecial tells a suite that an administrator has given the permission to acquire customers, or has taken it back.
func (s *Service) tellSpecial(ctx context.Context, tx *store.Tx, in Installation, before, after []string) error {
	was, is := slices.Contains(before, acquisitionPermit), slices.Contains(after, acquisitionPermit)
	if was == is {
		return nil
	}
	open, err := s.knownAs(tx, in)
	if err != nil {
		return err
	}
	name := cancelSpecial
	if is {
		name = approveSpecial
	}
	return s.tell(ctx, tx, in.Suite, access.System(in.Suite.Partner), name, specialPush(name, open))
}

func (s *Service) tellTicket(ctx context.Context, tx *store.Tx, v Suite, ticket string) error {
	return s.tell(ctx, tx, v, access.System(v.Partner), suiteTicket, ticketPush(ticket))
}

func (s *Service) tellInstallation(ctx context.Context, tx *store.Tx, name string, in Installation, code string) error {
	open, err := s.knownAs(tx, in)
	if err != nil {
		return err
	}
	state := ""
	if name == createAuth {
		state = in.State
	}
	return s.tell(ctx, tx, in.Suite, access.System(in.Suite.Partner), name, installationPush(name, open, code, state))
}

// tell pushes to the suite's command URL. The push belongs to the provider: it
// outlives the installation that it is about.
func (s *Service) tell(ctx context.Context, tx *store.Tx, v Suite, by access.Caller, name string, p event.Push) error {
	if v.CommandURL == "" {
		return nil
	}
	return s.kinds[name].Record(ctx, tx, by, event.Letter{To: event.Receiver{Book: Book, Key: v.SuiteID}, What: p})
}

// Receives reports whether a suite has a command URL.
func (s *Service) Receives(tx *store.Tx, suiteID string) (bool, error) {
	size := func(bool) int { return 1 }
	return store.RecallTable(tx, "suite", "command URL "+suiteID, size, func() (bool, error) {
		v, err := s.Suite(tx, suiteID)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		return v.CommandURL != "", err
	})
}

// Commanded returns the applications in a corp whose suites are told at their command
// URLs what changes there (doc 90639).
func (s *Service) Commanded(tx *store.Tx, corpID string) ([]app.App, error) {
	list, err := s.deps.Apps.Commanded(tx, corpID)
	if err != nil {
		return nil, err
	}
	var out []app.App
	for _, a := range list {
		receives, err := s.Receives(tx, a.Suite)
		if err != nil {
			return nil, err
		}
		if receives {
			out = append(out, a)
		}
	}
	return out, nil
}

// hearing gives an installation its suite's data URL: it has no callback of its own. A
// proxy-developed application has one. The keys stay the suite's, which are none of the
// corp's business.
func (v Suite) hearing(a *app.App) {
	if v.Kind != access.Custom {
		a.CallbackURL = v.DataURL
	}
}

// dataMoved writes the suite's data URL into its installations. Their number is that
// of the provider's customers, and it happens when the suite is set up.
func (s *Service) dataMoved(ctx context.Context, tx *store.Tx, v Suite) error {
	if v.Kind == access.Custom {
		return nil
	}
	list, err := s.Installations(tx, v)
	if err != nil {
		return err
	}
	for _, in := range list {
		a := in.App
		if v.hearing(&a); a.CallbackURL == in.CallbackURL {
			continue
		}
		if err := s.deps.Apps.UpdateApp(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}
