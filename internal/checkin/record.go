package checkin

import (
	"context"
	"math"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Source is how a check-in came.
type Source int64

// The sources.
const (
	ByPhone      Source = 1
	ByDevice     Source = 2
	ByAPI        Source = 3
	ByCorrection Source = 4 // punch_correction
	ByApproval   Source = 5 // an approval that corrects
)

// What a check-in may be besides, as bits.
const (
	flawPlace  int64 = 1
	flawWiFi   int64 = 2
	flawDevice int64 = 4
	fieldWork  int64 = 8  // 外勤
	outing     int64 = 16 // 外出打卡
)

// Record is a check-in.
type Record struct {
	No     int64
	User   string // userid in lower case
	At     int64  // Unix seconds
	Due    int64  // of a correction: the time that it stands for
	Source Source
	Flaws  int64
	SpNo   string
	Details
}

// Details is the part of a check-in that is stored as JSON.
type Details struct {
	Title     string   `json:"location_title,omitempty"`
	Detail    string   `json:"location_detail,omitempty"`
	Notes     string   `json:"notes,omitempty"`
	WiFi      string   `json:"wifiname,omitempty"`
	MAC       string   `json:"wifimac,omitempty"`
	Media     []string `json:"mediaids,omitempty"`
	Latitude  *int64   `json:"lat,omitempty"` // millionths of a degree, GCJ-02
	Longitude *int64   `json:"lng,omitempty"`
	Device    string   `json:"deviceid,omitempty"`
	Kind      int64    `json:"device_type,omitempty"` // of the API: 1 a door, 2 a time clock, 3 another
}

// metresPerDegree is a degree of latitude.
const metresPerDegree = 111_195

// near reports whether a place is within the distance that the rule allows.
func (p Place) near(lat, lng int64) bool {
	north := float64(lat-p.Latitude) / 1e6 * metresPerDegree
	east := float64(lng-p.Longitude) / 1e6 * metresPerDegree * math.Cos(float64(p.Latitude)/1e6*math.Pi/180)
	return math.Hypot(north, east) <= float64(p.Distance)
}

// located finds where by the rule a check-in is. It returns the flaw of one that is elsewhere, and names the place of
// one that has no name.
func (r *Rule) located(d *Details) int64 {
	if i := slices.IndexFunc(r.WiFi, func(w WiFi) bool { return d.MAC != "" && strings.EqualFold(w.MAC, d.MAC) }); i >= 0 {
		if d.WiFi == "" {
			d.WiFi = r.WiFi[i].Name
		}
		return 0
	}
	if d.Latitude == nil || d.Longitude == nil {
		if d.MAC != "" {
			return flawWiFi
		}
		return flawPlace
	}
	i := slices.IndexFunc(r.Places, func(p Place) bool { return p.near(*d.Latitude, *d.Longitude) })
	if i < 0 {
		return flawPlace
	}
	if d.Title == "" {
		d.Title, d.Detail = r.Places[i].Title, r.Places[i].Detail
	}
	return 0
}

// Punch is what a member does at the phone.
type Punch struct {
	UserID id.UserID
	At     int64 // Unix seconds
	Outing bool  // 外出打卡
	// Face says that the phone has recognised the member's recorded face.
	Face bool
	Details
}

// CheckIn records a check-in by phone. It answers ErrTime where the member cannot check in at the time, and ErrCall
// where the rule asks for what is missing, or refuses the place.
func (s *Service) CheckIn(ctx context.Context, tx *store.Tx, corpID string, p Punch) (*Record, error) {
	m, err := s.member(ctx, tx, corpID, p.UserID)
	if err != nil {
		return nil, err
	}
	if p.At > tx.Now().Unix() {
		return nil, ErrCall.With("the time has not come yet")
	}
	if err := p.Details.valid(); err != nil {
		return nil, err
	}
	rec := &Record{User: m.UserID.Key(), At: p.At, Source: ByPhone, Details: p.Details}
	if p.Outing {
		rec.Flaws = outing
		return rec, s.write(ctx, tx, corpID, rec)
	}
	w, err := s.windowAt(ctx, tx, corpID, m, p.At)
	if err != nil {
		return nil, err
	}
	switch r := w.rule; {
	case r == nil:
		return nil, ErrDay.With("no rule covers %q; outings can be checked in", m.UserID)
	case r.Means == 1 || r.Means == 2:
		return nil, ErrCall.With("by the rule %q one checks in at a device", r.Name)
	case !w.open:
		return nil, ErrTime.With("by the rule %q it is no time to check in", r.Name)
	case r.NeedPhoto && len(p.Media) == 0:
		return nil, ErrCall.With("the rule %q asks for a picture", r.Name)
	}
	if w.rule.FaceDetect {
		if err := s.recognised(tx, m, p.Face); err != nil {
			return nil, err
		}
	}
	rec.Flaws = w.rule.located(&rec.Details)
	if rec.Flaws != 0 && w.rule.OutOfRange == 2 {
		return nil, ErrCall.With("the rule %q refuses check-ins elsewhere than at its places", w.rule.Name)
	}
	if rec.Flaws != 0 && w.rule.OutOfRange == 1 {
		rec.Flaws = fieldWork
	}
	usual, err := usualDevice(tx, corpID, rec.User)
	if err != nil {
		return nil, err
	}
	if usual != "" && p.Device != "" && usual != p.Device {
		rec.Flaws |= flawDevice
	}
	return rec, s.write(ctx, tx, corpID, rec)
}

// write stores a check-in with its pictures.
func (s *Service) write(ctx context.Context, tx *store.Tx, corpID string, rec *Record) error {
	var files []media.File
	for _, mediaID := range rec.Media {
		f, err := s.files().Find(tx, corpID, mediaID)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	fresh, err := insertRecord(tx, corpID, rec)
	if err != nil || !fresh {
		return err
	}
	for _, f := range files {
		if err := s.files().Keep(tx, rec.No, f); err != nil {
			return err
		}
	}
	return nil
}

// Limits of a check-in (doc 99647).
const (
	maxRecords    = 200
	maxText       = 1024 // characters
	maxDeviceText = 40   // characters
	maxMedia      = 1
	maxRemark     = 512 // bytes (doc 95803)
	maxLatitude   = 90_000_000
	maxLongitude  = 180_000_000
	firstDevice   = 1
	lastDevice    = 3
)

// valid checks what is written of a check-in.
func (d Details) valid() error {
	for name, text := range map[string]string{"location_title": d.Title, "location_detail": d.Detail, "notes": d.Notes, "wifiname": d.WiFi} {
		if n := len([]rune(text)); n > maxText {
			return ErrCall.With("%s: %d characters, at most %d", name, n, maxText)
		}
	}
	switch {
	case len(d.Media) > maxMedia:
		return ErrCall.With("mediaids: %d, at most %d", len(d.Media), maxMedia)
	case d.WiFi != "" && d.MAC == "":
		return ErrCall.With("wifimac is missing, which wifiname needs")
	case d.MAC != "" && !validMAC(d.MAC):
		return ErrCall.With("wifimac: six pairs of hexadecimal digits with colons expected")
	case d.Latitude != nil && (*d.Latitude < -maxLatitude || *d.Latitude > maxLatitude):
		return ErrCall.With("lat: -%d to %d expected", maxLatitude, maxLatitude)
	case d.Longitude != nil && (*d.Longitude < -maxLongitude || *d.Longitude > maxLongitude):
		return ErrCall.With("lng: -%d to %d expected", maxLongitude, maxLongitude)
	}
	return nil
}

func validMAC(text string) bool {
	pairs := strings.Split(text, ":")
	return len(pairs) == 6 && !slices.ContainsFunc(pairs, func(p string) bool {
		return len(p) != 2 || strings.Trim(p, "0123456789abcdefABCDEF") != ""
	})
}

// Added is a check-in that the API adds.
type Added struct {
	UserID id.UserID
	At     int64
	Brand  string // of the device
	Details
}

// Add adds check-ins, all or none (doc 99647).
func (s *Service) Add(ctx context.Context, tx *store.Tx, by access.Caller, list []Added) error {
	if n := len(list); n < 1 || n > maxRecords {
		return ErrCall.With("records: %d, 1 to %d expected", n, maxRecords)
	}
	var users []id.UserID
	for i, a := range list {
		switch n := len([]rune(a.Brand)); {
		case a.UserID == "":
			return ErrCall.With("records[%d].userid is missing", i)
		case a.At <= 0 || a.At > tx.Now().Unix():
			return ErrCall.With("records[%d].checkin_time: a time that has come expected", i)
		case a.Title == "" || a.Detail == "":
			return ErrCall.With("records[%d]: location_title and location_detail expected", i)
		case a.Kind < firstDevice || a.Kind > lastDevice:
			return ErrCall.With("records[%d].device_type: %d to %d expected", i, firstDevice, lastDevice)
		case n < 1 || n > maxDeviceText:
			return ErrCall.With("records[%d].device_detail: 1 to %d characters expected", i, maxDeviceText)
		}
		if err := a.Details.valid(); err != nil {
			return err
		}
		users = append(users, a.UserID)
	}
	people, err := s.named(tx, by, users)
	if err != nil {
		return err
	}
	rules, err := s.rulesFor(tx, by.CorpID, people)
	if err != nil {
		return err
	}
	for _, a := range list {
		p := people[slices.IndexFunc(people, func(p *person) bool { return p.UserID.Equal(a.UserID) })]
		if a.Latitude != nil && a.Longitude != nil && *a.Latitude == 0 && *a.Longitude == 0 {
			a.Latitude, a.Longitude = nil, nil // silenceper/wechat sends zeros for no place
		}
		a.Device = a.Brand
		rec := &Record{User: p.UserID.Key(), At: a.At, Source: ByAPI, Details: a.Details}
		if r := ruleOf(rules, p, Midnight(a.At)); r != nil && (a.MAC != "" || a.Latitude != nil) {
			if rec.Flaws = r.located(&rec.Details); rec.Flaws != 0 && r.OutOfRange == 1 {
				rec.Flaws = fieldWork
			}
		}
		if err := s.write(ctx, tx, by.CorpID, rec); err != nil {
			return err
		}
	}
	return nil
}

// deviceReported makes check-ins of what devices record of members (docs 94126, 95985). Whether they count is for
// the rule of the day to say.
func (s *Service) deviceReported(ctx context.Context, tx *store.Tx, corpID string, list []hardware.Record) error {
	for _, r := range list {
		if r.Type != hardware.Employee || r.Kind != hardware.CheckinRecord {
			continue
		}
		rec := &Record{User: r.UserID.Key(), At: r.At.Unix(), Source: ByDevice, Details: Details{Title: r.DeviceName, Detail: r.DeviceName, Device: r.SN}}
		if _, err := insertRecord(tx, corpID, rec); err != nil {
			return err
		}
	}
	return nil
}

// fresher gives the pictures of check-ins media_ids that are good for another three days, where the old ones have had
// their time.
func (s *Service) fresher(tx *store.Tx, corpID string, list []*Record) error {
	for _, r := range list {
		if len(r.Media) == 0 {
			continue
		}
		fresh, err := s.files().Renew(tx, corpID, r.No)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			continue
		}
		for i, old := range r.Media {
			if now, ok := fresh[old]; ok {
				r.Media[i] = now
			}
		}
		if _, err := tx.Exec(`UPDATE checkin_record SET body = ? WHERE no = ?`, string(wire.Encode(r.Details)), r.No); err != nil {
			return err
		}
	}
	return nil
}
