package acquisition

import (
	"context"

	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What a component alone is told, besides the changes that applications are told, too (doc 99485).
const (
	serviceLow       = "service_balance_low"
	serviceExhausted = "service_balance_exhausted"
	serviceConsumed  = "service_balance_consumed"
	priceChanged     = "change_price"

	contactEvent = "change_external_contact"
	contactAdded = "add_external_contact"

	permitChanged = "customer_acquisition_permit_change"
)

// letters are the kinds that are told at the command URLs of suites alone. None is recorded: what has happened is to be
// seen of links, bills and newcomers.
type letters map[string]*event.Kind[event.Letter]

func declareLetters(l *event.Log) letters {
	out := letters{}
	link := func(more ...string) event.Fields {
		var f event.Fields
		f.Text("LinkId", "cawcde000000000000")
		for _, name := range more {
			f.Text(name, "sample")
		}
		return f
	}
	var price event.Fields
	price.Int("Price", 30000)
	price.Int("EffectiveTime", 1709222400)
	for _, d := range []struct {
		name string
		corp string
		more event.Fields
	}{
		{balanceLow, "wpSample", nil}, {balanceExhausted, "wpSample", nil}, {balanceIncreased, "wpSample", nil},
		{serviceLow, "", nil}, {serviceExhausted, "", nil}, {serviceConsumed, "wpSample", link("State", "OnceKey")}, {priceChanged, "wpSample", price},
		{linkUnavailable, "wpSample", link()}, {linkDeleted, "wpSample", link()}, {profileOpened, "wpSample", link("State")}, {friendAsked, "wpSample", link("State")},
		{chatStarted, "wpSample", link("State")}, {messageHeard, "wpSample", link("ChatKey")}, {contactAdded, "wpSample", link("State")},
	} {
		letter := event.Letter{What: componentPush(d.corp, d.name, d.more)}
		out[d.name] = event.Declare(l, event.Declaration{
			Name: "component/" + d.name, Doc: 99485, Callbacks: []string{letter.What.Event + "/" + d.name}, Passing: true, Envelope: event.OfSuite,
			Identity: []string{"ChangeType", "AuthCorpId", "LinkId", "State", "OnceKey"},
		}, func() event.Letter { return letter })
	}
	letter := event.Letter{What: permitPush("wpSample")}
	out[permitChanged] = event.Declare(l, event.Declaration{
		Name: permitChanged, Doc: 92277, Callbacks: []string{permitChanged}, Passing: true, Envelope: event.OfSuite, Identity: []string{"AuthCorpId"},
	}, func() event.Letter { return letter })
	return out
}

// componentPush is a change that a component is told of, without a corp if it is about the provider itself.
func componentPush(openCorpID, change string, more event.Fields) event.Push {
	p := event.Push{Event: eventName}
	if change == contactAdded {
		p.Event = contactEvent
	}
	if openCorpID != "" {
		p.Lead.Text("AuthCorpId", openCorpID)
	}
	p.Fields.Text("ChangeType", change)
	p.Fields = append(p.Fields, more...)
	return p
}

func permitPush(openCorpID string) event.Push {
	p := event.Push{Event: permitChanged}
	p.Lead.Text("AuthCorpId", openCorpID)
	return p
}

func (s *Service) tellComponent(ctx context.Context, tx *store.Tx, c Component, change string, more event.Fields) error {
	open, err := s.deps.Suites.KnownAs(tx, c.Installation)
	if err != nil {
		return err
	}
	return suite.Push(ctx, tx, s.letters[change], c.Installation.Suite, componentPush(open, change, more))
}

// tellUse tells a component what has happened by a link with its scene. Without a channel it is told of openings alone.
func (s *Service) tellUse(ctx context.Context, tx *store.Tx, c Component, change string, l Link, state string) error {
	if state == "" && change != profileOpened {
		return nil
	}
	var f event.Fields
	f.Text("LinkId", l.LinkID)
	f.Text("State", state)
	return s.tellComponent(ctx, tx, c, change, f)
}

// tellHeard gives a component a ChatKey, with which it asks for what was heard.
func (s *Service) tellHeard(ctx context.Context, tx *store.Tx, c Component, l Link, n Newcomer) error {
	if n.State == "" {
		return nil
	}
	var f event.Fields
	f.Text("LinkId", l.LinkID)
	f.Text("ChatKey", s.sealChat(c.CorpID, chatKey{n.No, n.Messages, c.No, tx.Now().Unix()}))
	return s.tellComponent(ctx, tx, c, messageHeard, f)
}

// tellUsing tells every component that was given a link what has become of it.
func (s *Service) tellUsing(ctx context.Context, tx *store.Tx, corpID, change string, l Link) error {
	list, err := s.using(tx, corpID, l)
	if err != nil {
		return err
	}
	for _, c := range list {
		var f event.Fields
		f.Text("LinkId", l.LinkID)
		if err := s.tellComponent(ctx, tx, c, change, f); err != nil {
			return err
		}
	}
	return nil
}

// tellComponentsBalance tells the components for whose links the corp pays what its balance has come to.
func (s *Service) tellComponentsBalance(ctx context.Context, tx *store.Tx, corpID, change string) error {
	list, err := s.components(tx, corpID)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Payer == corpPays {
			if err := s.tellComponent(ctx, tx, c, change, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) tellConsumed(ctx context.Context, tx *store.Tx, c Component, l Link, n Newcomer) error {
	var f event.Fields
	f.Text("LinkId", l.LinkID)
	f.Text("State", n.State)
	f.Text("OnceKey", n.OnceKey)
	return s.tellComponent(ctx, tx, c, serviceConsumed, f)
}

func (s *Service) tellPrice(ctx context.Context, tx *store.Tx, c Component) error {
	var f event.Fields
	f.Int("Price", c.Price)
	f.Int("EffectiveTime", tx.Now().Unix())
	return s.tellComponent(ctx, tx, c, priceChanged, f)
}

// tellService tells every component of a provider what the provider's balance has come to.
func (s *Service) tellService(ctx context.Context, tx *store.Tx, partner string, before, after int64) error {
	change := ""
	switch {
	case before > 0 && after == 0:
		change = serviceExhausted
	case before >= lowBalance && after < lowBalance:
		change = serviceLow
	default:
		return nil
	}
	list, err := s.deps.Suites.Suites(tx, partner)
	if err != nil {
		return err
	}
	for _, v := range list {
		if !v.Asks(componentPermit) {
			continue
		}
		if err := suite.Push(ctx, tx, s.letters[change], v, componentPush("", change, nil)); err != nil {
			return err
		}
	}
	return nil
}
