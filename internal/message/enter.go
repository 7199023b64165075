package message

import (
	"context"
	"strconv"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Position is a place on the globe, by a member's phone.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Precision float64 `json:"precision"` // metres
}

// Entered is what a member's page needs to know of an application that he opens.
type Entered struct {
	HomeURL string `json:"home_url,omitempty"`
	// ReportLocation asks the page to report where the member is, if he agrees.
	ReportLocation bool `json:"report_location"`
	// Writable says whether the application reads what members write.
	Writable bool `json:"writable"`
}

// Enter has the member open an application, and tells it so if it wants to know
// (isreportenter). Doc 90240.
func (s *Service) Enter(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, agentID int64) (Entered, error) {
	a, err := s.talkable(tx, corpID, m, agentID)
	if err != nil {
		return Entered{}, err
	}
	out := Entered{HomeURL: a.HomeURL, Writable: a.CallbackURL != "", ReportLocation: a.ReportLocation == 1 && a.CallbackURL != ""}
	if a.ReportEnter != 1 || a.CallbackURL == "" {
		return out, nil
	}
	p := event.Push{Event: "enter_agent"}
	p.Fields.Text("EventKey", "")
	p.Fields.Int("AgentID", a.AgentID)
	return out, s.tell(ctx, tx, a, m, p, true)
}

var errNoLocation = wire.ErrParameter.With("the application does not ask where members are (report_location_flag)")

// ReportPosition tells the application where the member is who has entered it and
// agreed to that. The event is LOCATION, in upper case. Doc 90240.
func (s *Service) ReportPosition(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, agentID int64, at Position) error {
	a, err := s.talkable(tx, corpID, m, agentID)
	switch {
	case err != nil:
		return err
	case a.CallbackURL == "":
		return callback.ErrNoCallback.With("%q does not receive events", a.Name)
	case a.ReportLocation != 1:
		return errNoLocation
	case !onGlobe(at.Latitude, at.Longitude) || at.Precision < 0:
		return errOffGlobe
	}
	p := event.Push{Event: "LOCATION"}
	p.Fields.Bare("Latitude", thousandths(at.Latitude))
	p.Fields.Bare("Longitude", thousandths(at.Longitude))
	p.Fields.Bare("Precision", thousandths(at.Precision))
	p.Fields.Int("AgentID", a.AgentID)
	p.Fields.Text("AppType", "wxwork")
	return s.tell(ctx, tx, a, m, p, true)
}

var errOffGlobe = wire.ErrParameter.With("latitude within 90 and longitude within 180 degrees expected")

func onGlobe(latitude, longitude float64) bool {
	return latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180
}

// thousandths writes a number with the three places that the page's samples have,
// and more where it has more.
func thousandths(v float64) string {
	exact := strconv.FormatFloat(v, 'f', -1, 64)
	if _, places, _ := strings.Cut(exact, "."); len(places) > 3 {
		return exact
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// tell pushes what the member does. Only some events may be answered with a
// passive reply (doc 90241).
func (s *Service) tell(ctx context.Context, tx *store.Tx, a app.App, m directory.Member, p event.Push, answerable bool) error {
	p.From = string(m.UserID)
	if answerable {
		p.Reply, p.Ref = replies, reference(m.No, 0)
	}
	return s.deps.Callbacks.Push(ctx, tx, a.No, p)
}
