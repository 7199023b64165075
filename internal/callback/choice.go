package callback

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// choices are the names that an application can choose events by: each declared kind that travels to a corp's
// applications, and its family. The value says whether choosing matters. What members do to the application
// itself (Passing) always arrives, as on the platform.
type choices map[string]bool

func (s *Service) choices() choices {
	s.chooseOnce.Do(func() {
		s.chosen = choices{}
		for _, d := range s.deps.Events.Declarations() {
			if d.Callbacks != nil && d.Envelope == event.InCorp {
				s.chosen[d.Name] = !d.Passing
				s.chosen[event.Family(d.Name)] = !d.Passing
			}
		}
	})
	return s.chosen
}

// wants reports whether an application with these choices is told of the event. Without a choice it is told
// of everything. Choosing only what always arrives counts as no choice.
func (c choices) wants(chosen []string, name string) bool {
	none := true
	for _, choice := range chosen {
		if choice == name || choice == event.Family(name) {
			return true
		}
		none = none && !c[choice]
	}
	return none
}

func (c choices) check(chosen []string) error {
	for _, choice := range chosen {
		if _, ok := c[choice]; !ok {
			families := slices.DeleteFunc(slices.Sorted(maps.Keys(c)), func(name string) bool { return strings.Contains(name, "/") })
			return ErrURL.With("there is no event %q; there are %s", choice, strings.Join(families, ", "))
		}
	}
	return nil
}

// Tests returns what can be sent to a callback as a test: each declared kind, and each way of pushing it if
// there are several.
func (s *Service) Tests() (names []string) {
	for _, d := range s.deps.Events.Declarations() {
		if d.Callbacks == nil || d.Envelope != event.InCorp {
			continue
		}
		if len(d.Callbacks) == 1 {
			names = append(names, d.Name)
			continue
		}
		for _, callback := range d.Callbacks {
			names = append(names, d.Name+"/"+strings.TrimPrefix(callback, "event/"))
		}
	}
	return names
}

// Test queues a sample of a kind for the application, as if from had caused it. It has no other effect. It
// answers ErrNoCallback if the application has no callback, and ErrURL for a name that is none of Tests.
func (s *Service) Test(ctx context.Context, tx *store.Tx, a app.App, name string, from id.UserID) error {
	if a.CallbackURL == "" {
		return ErrNoCallback.With("application %d", a.AgentID)
	}
	e, ok := s.sample(name)
	if !ok {
		return s.choices().check([]string{name})
	}
	who, err := s.audience(tx, a, event.Full)
	if err != nil {
		return err
	}
	return s.queueFor(tx, appReceiver(a.CorpID, a.No), e.Declaration, sent{e.Payload.(event.Pusher), from}, who)
}

func (s *Service) sample(name string) (event.Event, bool) {
	if list := s.deps.Events.Samples(name); len(list) > 0 {
		return list[0], list[0].Envelope == event.InCorp
	}
	kind, variant, _ := strings.Cut(name, "/")
	for i, e := range s.deps.Events.Samples(kind) {
		if strings.TrimPrefix(e.Callbacks[i], "event/") == variant {
			return e, e.Envelope == event.InCorp
		}
	}
	return event.Event{}, false
}

// sent turns a sample into a push from the person who sends it to the application.
type sent struct {
	event.Pusher
	from id.UserID
}

func (s sent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	pushes, err := s.Pusher.Push(tx, to)
	for i, p := range pushes {
		if p.From != "" {
			pushes[i].From = s.from
		}
		pushes[i].Fields.Set("AgentID", strconv.FormatInt(to.AgentID, 10))
		pushes[i].Fields.Set("AgentId", strconv.FormatInt(to.AgentID, 10))
		pushes[i].Reply, pushes[i].Ref = "", ""
	}
	return pushes, err
}
