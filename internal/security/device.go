package security

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// DeviceStatus is what a device has come to (doc 98920).
type DeviceStatus int64

// The statuses.
const (
	Imported      DeviceStatus = iota + 1 // a trusted device of the corp that nobody has signed in with
	Uninvited                             // signed in with, and nobody has said whose it is
	AskedCorp                             // a member says that it is the corp's
	AskedPersonal                         // a member says that it is their own
	TrustedCorp
	TrustedPersonal
)

// Where a device comes from.
const (
	fromNowhere = iota
	fromInvitation
	fromImport
	fromMember
)

// deviceTypes are the statuses of each type: trusted devices of the corp, unknown ones, trusted personal ones.
var deviceTypes = map[int64][]DeviceStatus{1: {Imported, TrustedCorp}, 2: {Uninvited, AskedCorp, AskedPersonal}, 3: {TrustedPersonal}}

// Device is a computer.
type Device struct {
	No       int64
	Code     string
	Status   DeviceStatus
	Source   int64
	LastUser id.UserID // who signed in last
	Hardware
	LastLogin  int64     `json:"last_login,omitempty"` // Unix seconds
	ConfirmAt  int64     `json:"confirm_at,omitempty"`
	ConfirmBy  id.UserID `json:"confirm_by,omitempty"`  // whose it is
	ApprovedBy id.UserID `json:"approved_by,omitempty"` // the administrator who approved it
}

// Hardware is what a device tells of itself.
type Hardware struct {
	System      string   `json:"system"` // Windows or Mac
	MACs        []string `json:"mac_addr,omitempty"`
	Motherboard string   `json:"motherboard_uuid,omitempty"`
	Disks       []string `json:"harddisk_uuid,omitempty"`
	Domain      string   `json:"domain,omitempty"`
	Name        string   `json:"pc_name,omitempty"`
	Serial      string   `json:"seq_no,omitempty"`
}

// The systems that are supported.
const (
	windows = "Windows"
	mac     = "Mac"
)

// Limits of devices (doc 98920).
const (
	maxImported = 100
	maxMACs     = 100
	maxDisks    = 100
	maxNamed    = 100
	maxDevices  = 100 // in one answer
)

// ImportResult says how it went with one device.
type ImportResult int64

// The results.
const (
	ImportDone ImportResult = iota + 1
	ImportKnown
	ImportUnsupported
	ImportBad
)

// check says whether a device can be told from others.
func (h Hardware) check() ImportResult {
	switch {
	case h.System != windows && h.System != mac:
		return ImportUnsupported
	case len(h.MACs) > maxMACs, len(h.Disks) > maxDisks, !validMACs(h.MACs):
		return ImportBad
	case h.System == windows && len(h.MACs) == 0, h.System == mac && h.Serial == "", len(h.Serial)+len(h.Motherboard)+len(h.Domain)+len(h.Name) > 1024:
		return ImportBad
	}
	return ImportDone
}

// validMACs reports whether each is the address of a network card: six bytes in hexadecimal, with colons.
func validMACs(list []string) bool {
	for _, m := range list {
		if len(m) != 17 {
			return false
		}
		for i := range len(m) {
			switch c := m[i]; {
			case i%3 == 2 && c != ':', i%3 != 2 && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)):
				return false
			}
		}
	}
	return true
}

// marks are what tells it from others. One mark in common makes two the same.
func (h Hardware) marks() (out []string) {
	if h.System == mac {
		return []string{"seq " + h.Serial}
	}
	for _, m := range h.MACs {
		if mark := "mac " + strings.ToUpper(m); !slices.Contains(out, mark) {
			out = append(out, mark)
		}
	}
	return out
}

// Import adds a device of the corp, or trusts one that members have signed in with. It returns the code of the device,
// which is that of the trusted one there is if it answers ImportKnown.
func (s *Service) Import(tx *store.Tx, by access.Caller, h Hardware) (code string, result ImportResult, err error) {
	if result = h.check(); result != ImportDone {
		return "", result, nil
	}
	known, found, err := findDevice(tx, by.CorpID, h.marks())
	if err != nil {
		return "", 0, err
	}
	if !found {
		d, err := insertDevice(tx, by.CorpID, Device{Code: id.Letters(8), Status: Imported, Source: fromImport, Hardware: h})
		return d.Code, ImportDone, err
	}
	if slices.Contains(deviceTypes[2], known.Status) {
		known.Status, known.Source = TrustedCorp, fromImport
		return known.Code, ImportDone, updateDevice(tx, by.CorpID, known)
	}
	return known.Code, ImportKnown, nil
}

// SignIn notes that a member signs in with a device. One that nobody knows is unknown from now on; an imported one is
// confirmed.
func (s *Service) SignIn(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, h Hardware) (Device, error) {
	if r := h.check(); r != ImportDone {
		return Device{}, wire.ErrParameter.With("system, mac_addr, seq_no: result %d of doc 98920", r)
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return Device{}, err
	}
	now := tx.Now().Unix()
	d, found, err := findDevice(tx, by.CorpID, h.marks())
	if err != nil {
		return d, err
	}
	if !found {
		if d, err = insertDevice(tx, by.CorpID, Device{Code: id.Letters(8), Status: Uninvited, Source: fromNowhere, Hardware: h}); err != nil {
			return d, err
		}
	}
	d.LastLogin, d.LastUser = now, m.UserID
	if d.Status == Imported {
		d.Status, d.ConfirmAt, d.ConfirmBy = TrustedCorp, now, m.UserID
	}
	return d, updateDevice(tx, by.CorpID, d)
}

// Ask has a member say whose an unknown device is: the corp's, or the member's own; of their own accord, or because an
// administrator asked.
func (s *Service) Ask(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, code string, personal, invited bool) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	d, err := s.device(tx, by.CorpID, code)
	if err != nil {
		return err
	}
	if d.Status != Uninvited {
		return wire.ErrParameter.With("device_code: it is not waiting to be claimed")
	}
	if d.Status, d.Source = AskedCorp, fromMember; personal {
		d.Status = AskedPersonal
	}
	if invited {
		d.Source = fromInvitation
	}
	d.ConfirmAt, d.ConfirmBy = tx.Now().Unix(), m.UserID
	return updateDevice(tx, by.CorpID, d)
}

// Decide approves or rejects what members have said of devices, and returns the codes for which that went. Approval by
// an application has no administrator.
func (s *Service) Decide(tx *store.Tx, by access.Caller, codes []string, approve bool) (gone, failed []string, err error) {
	if err := namedDevices(codes); err != nil {
		return nil, nil, err
	}
	for _, code := range codes {
		list, err := selectDevices(tx, `corpid = ? AND code = ?`, by.CorpID, code)
		if err != nil {
			return nil, nil, err
		}
		if len(list) == 0 || list[0].Status != AskedCorp && list[0].Status != AskedPersonal {
			failed = append(failed, code)
			continue
		}
		d := list[0]
		switch {
		case !approve:
			d.Status, d.Source, d.ConfirmAt, d.ConfirmBy = Uninvited, fromNowhere, 0, ""
		case d.Status == AskedCorp:
			d.Status = TrustedCorp
		default:
			d.Status = TrustedPersonal
		}
		if approve && by.Kind == access.Admin {
			d.ApprovedBy = by.UserID
		}
		if err := updateDevice(tx, by.CorpID, d); err != nil {
			return nil, nil, err
		}
		gone = append(gone, code)
	}
	return gone, failed, nil
}

func namedDevices(codes []string) error {
	if len(codes) == 0 {
		return wire.ErrEmpty.With("device_code_list is missing")
	}
	if len(codes) > maxNamed {
		return wire.ErrParameter.With("device_code_list: at most %d", maxNamed)
	}
	return nil
}

// DeleteDevices deletes devices of a type, all that are named or none: the page has no list of those that do not go.
func (s *Service) DeleteDevices(tx *store.Tx, by access.Caller, kind int64, codes []string) error {
	statuses, err := typed(kind)
	if err != nil {
		return err
	}
	if err := namedDevices(codes); err != nil {
		return err
	}
	for _, code := range codes {
		d, err := s.device(tx, by.CorpID, code)
		if err != nil {
			return err
		}
		if !slices.Contains(statuses, int64(d.Status)) {
			return wire.ErrParameter.With("device_code_list: %q is of another type", code)
		}
	}
	for _, code := range codes {
		if _, err := tx.Exec(`DELETE FROM security_device WHERE corpid = ? AND code = ?`, by.CorpID, code); err != nil {
			return err
		}
	}
	return nil
}

// typed returns the statuses of a type.
func typed(kind int64) (statuses []int64, err error) {
	list, ok := deviceTypes[kind]
	if !ok {
		return nil, wire.ErrParameter.With("type: 1, 2 or 3 expected")
	}
	for _, st := range list {
		statuses = append(statuses, int64(st))
	}
	return statuses, nil
}

func (s *Service) device(tx *store.Tx, corpID, code string) (Device, error) {
	list, err := selectDevices(tx, `corpid = ? AND code = ?`, corpID, code)
	if err == nil && len(list) == 0 {
		err = wire.ErrParameter.With("device_code: there is no device %.32q", code)
	}
	if err != nil {
		return Device{}, err
	}
	return list[0], nil
}

// shown hides what identifies a device that is not confirmed as the corp's (doc 98920).
func (d Device) shown() Device {
	if d.Status != Uninvited && d.Status != AskedPersonal && d.Status != TrustedPersonal {
		return d
	}
	hide := func(text string) string {
		if len(text) <= 4 {
			return strings.Repeat("*", len(text))
		}
		return text[:2] + strings.Repeat("*", len(text)-4) + text[len(text)-2:]
	}
	hideAll := func(list []string) (out []string) {
		for _, t := range list {
			out = append(out, hide(t))
		}
		return out
	}
	d.MACs, d.Disks, d.Motherboard, d.Serial = hideAll(d.MACs), hideAll(d.Disks), hide(d.Motherboard), hide(d.Serial)
	return d
}
