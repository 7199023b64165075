package message

import (
	"context"
	"strconv"
	"strings"

	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Position is a place on the globe, as a member's phone reports it.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Precision float64 `json:"precision"` // metres
}

// Entered is what a member's page needs to know about an application that the member opens.
type Entered struct {
	HomeURL string `json:"home_url,omitempty"`
	// ReportLocation asks the page to report where the member is, if the member agrees.
	ReportLocation bool `json:"report_location"`
	// Unlicensed says that the member has no licence for a provider's application, and
	// should ask the provider for one.
	Unlicensed bool `json:"unlicensed,omitempty"`
	// Writable says whether the application reads what members write.
	Writable bool `json:"writable"`
}

// Enter opens an application for the member, and tells the application if it wants to know (isreportenter).
// Doc 90240.
func (s *Service) Enter(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, agentID int64) (Entered, error) {
	a, err := s.talkable(tx, corpID, m, agentID)
	if err != nil {
		return Entered{}, err
	}
	admitted, err := s.deps.Licences.Admit(ctx, tx, a, m)
	if err != nil || !admitted {
		return Entered{Unlicensed: true}, err
	}
	out := Entered{HomeURL: a.HomeURL, Writable: a.CallbackURL != "", ReportLocation: a.ReportLocation == 1 && a.CallbackURL != ""}
	if a.ReportEnter != 1 || a.CallbackURL == "" {
		return out, nil
	}
	return out, s.notify(ctx, tx, a, m, enterPush(a.AgentID), true, 0)
}

var errNoLocation = wire.ErrParameter.With("the application does not ask where members are (report_location_flag)")

// ReportPosition tells the application where the member is. The member has entered it and agreed to that. The
// event is LOCATION, in upper case. Doc 90240.
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
	return s.notify(ctx, tx, a, m, at.push(a.AgentID), true, 0)
}

var errOffGlobe = wire.ErrParameter.With("latitude within 90 and longitude within 180 degrees expected")

func onGlobe(latitude, longitude float64) bool {
	return latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180
}

// thousandths formats a number with at least three decimals, as in the page's samples.
func thousandths(v float64) string {
	exact := strconv.FormatFloat(v, 'f', -1, 64)
	if _, places, _ := strings.Cut(exact, "."); len(places) > 3 {
		return exact
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
