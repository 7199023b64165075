package hardware

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Asking is something that a person asks of a device.
type Asking string

// What can be asked.
const (
	OpenDoor        Asking = "remote_open_door"
	ScanToOpen      Asking = "scan_qrcode_open"
	UpgradeFirmware Asking = "update_firmware"
	EnterPage       Asking = "enter_page" // enrol a face or a fingerprint
	DeleteBio       Asking = "delete_bio_info"
	ScanCode        Asking = "user_scan"
)

// Operation is something that was asked of a device, and what became of it.
type Operation struct {
	No      int64
	OperID  string
	Device  int64
	Kind    Asking
	UserID  id.UserID
	Type    UserType
	Detail  string // page_type, or the version before an upgrade
	At      time.Time
	Outcome Outcome
	ErrCode int64
	ErrMsg  string

	code string
}

// Outcome is what became of an operation.
type Outcome int64

// The outcomes.
const (
	Open Outcome = iota
	Done
	Failed
)

func (o Outcome) String() string { return [...]string{"waiting", "done", "failed"}[o] }

// doorWait is how long a door has to say that it is open (doc 95050).
const doorWait = 3 * time.Second

// Now returns the outcome at a time: a door that has been silent for too long has failed.
func (o Operation) Now(now time.Time) Outcome {
	if o.Outcome == Open && (o.Kind == OpenDoor || o.Kind == ScanToOpen) && now.Sub(o.At) > doorWait {
		return Failed
	}
	return o.Outcome
}

// The errors of what is asked, for the person who asks.
var (
	errOffline   = wire.ErrParameter.With("the device is offline")
	errAbility   = wire.ErrParameter.With("the model does not have the ability")
	errNotNow    = wire.ErrParameter.With("no rule lets the member open the door now")
	errNoUpgrade = wire.ErrParameter.With("there is no newer firmware")
)

type (
	userPart struct {
		Type   string   `json:"command_type"`
		OperID string   `json:"oper_id"`
		Open   string   `json:"open_userid"`
		User   UserType `json:"user_type"`
	}
	openPart struct {
		Type   string `json:"command_type"`
		Open   string `json:"open_userid"`
		OperID string `json:"oper_id"`
	}
	pagePart struct {
		Page string `json:"page_type"`
		userPart
	}
	commandPart struct {
		Type   string `json:"command_type"`
		OperID string `json:"oper_id,omitempty"`
	}
	doorPush struct {
		UserID id.UserID `json:"userid"`
		OperID string    `json:"oper_id"`
	}
	pagePush struct {
		Page   string    `json:"page_type"`
		OperID string    `json:"oper_id"`
		UserID id.UserID `json:"userid"`
		Type   UserType  `json:"user_type"`
	}
	scanPart struct {
		userPart
		State     string `json:"state"`
		Code      string `json:"auth_code,omitempty"`
		ExpiresIn int64  `json:"expires_in,omitempty"`
		CodeType  int64  `json:"auth_code_type,omitempty"`
	}
	scanPush struct {
		UserID id.UserID `json:"userid"`
		Op     string    `json:"op_type"`
		OperID string    `json:"oper_id"`
		State  string    `json:"state"`
		Type   int64     `json:"user_type"` // 0 member, 1 administrator
	}
)

// AskToOpen asks a door to open for a member, from afar (doc 96010, 95049).
func (s *Service) AskToOpen(ctx context.Context, tx *store.Tx, d Device, user id.UserID) (o Operation, err error) {
	if user, err = s.mayAsk(tx, d, Doors, user); err != nil {
		return o, err
	}
	if ok, err := s.mayOpen(tx, d, user); err != nil || !ok {
		if err == nil {
			err = errNotNow
		}
		return o, err
	}
	if o, err = s.begin(tx, d, OpenDoor, user, ""); err != nil {
		return o, err
	}
	if d.Model.Access == Direct {
		return o, s.toDevice(tx, d, "push_remote_open_door", doorPush{user, o.OperID})
	}
	known, err := s.open(tx, d, []id.UserID{user})
	if err != nil {
		return o, err
	}
	return o, s.toCloud(ctx, tx, d, string(OpenDoor), openPart{string(OpenDoor), known[string(user)], o.OperID})
}

// mayAsk says why a member may not ask a device for something, and returns the userid as the corp spells it.
func (s *Service) mayAsk(tx *store.Tx, d Device, needs Ability, user id.UserID) (id.UserID, error) {
	if !d.usable(tx.Now()) {
		return "", ErrNotBound
	}
	if d.Model.Abilities&needs == 0 {
		return "", errAbility
	}
	if d.Model.Access == Direct && !d.Online(tx.Now()) {
		return "", errOffline
	}
	known, err := s.Users(tx, d, []id.UserID{user})
	if err != nil {
		return "", err
	}
	m, ok := known[user.Key()]
	if !ok {
		return "", ErrOutOfRange.With("%q", user)
	}
	return m.UserID, nil
}

// AskToEnrol asks a device to take somebody's face ("fa") or fingerprint ("fp"), to stop that, or to forget
// them: kind is "enter_page", "exit_page" or "delete_bio_info" (doc 96009, 96116).
func (s *Service) AskToEnrol(ctx context.Context, tx *store.Tx, d Device, kind string, user id.UserID, page string) (o Operation, err error) {
	needs := map[string]Ability{"fa": Faces, "fp": Fingerprints}[page]
	switch {
	case needs == 0:
		return o, wire.ErrParameter.With("page_type: fa or fp expected")
	case kind != string(EnterPage) && kind != "exit_page" && kind != string(DeleteBio):
		return o, wire.ErrParameter.With("enter_page, exit_page or delete_bio_info expected")
	}
	if user, err = s.mayAsk(tx, d, needs, user); err != nil {
		return o, err
	}
	if o, err = s.begin(tx, d, Asking(kind), user, page); err != nil {
		return o, err
	}
	if kind == string(DeleteBio) {
		if err := s.forgetFeatures(ctx, tx, d, user, page); err != nil {
			return o, err
		}
	}
	if d.Model.Access == Direct {
		if kind == string(DeleteBio) {
			return o, nil // the device reads it as a change of the person
		}
		return o, s.toDevice(tx, d, "push_"+kind, pagePush{page, o.OperID, user, Employee})
	}
	known, err := s.open(tx, d, []id.UserID{user})
	if err != nil {
		return o, err
	}
	return o, s.toCloud(ctx, tx, d, kind, pagePart{page, userPart{kind, o.OperID, known[string(user)], Employee}})
}

// AskToUpgrade asks a device to take its newer firmware (doc 96011, 91391).
func (s *Service) AskToUpgrade(ctx context.Context, tx *store.Tx, d Device) (o Operation, err error) {
	if !d.usable(tx.Now()) {
		return o, ErrNotBound
	}
	newer := d.Reports.Upgradable != "" && d.Reports.Upgradable != d.Reports.Version
	if d.Model.Access == Direct {
		newer = d.Model.Firmware != nil && d.Model.Firmware.Version != d.Reports.Version
	}
	if !newer {
		return o, errNoUpgrade
	}
	if o, err = s.begin(tx, d, UpgradeFirmware, "", d.Reports.Version); err != nil {
		return o, err
	}
	if d.Model.Access == Direct {
		return o, s.toDevice(tx, d, "push_update_firmware", nil)
	}
	return o, s.toCloud(ctx, tx, d, string(UpgradeFirmware), commandPart{string(UpgradeFirmware), o.OperID})
}

// AskForStatus asks a device's cloud how it is (doc 97079), or a device to start anew (doc 92551).
func (s *Service) AskForStatus(ctx context.Context, tx *store.Tx, d Device) error {
	if !d.usable(tx.Now()) {
		return ErrNotBound
	}
	if d.Model.Access == Direct {
		return s.toDevice(tx, d, "push_restart_device", nil)
	}
	return s.toCloud(ctx, tx, d, "fetch_device_status", commandPart{Type: "fetch_device_status"})
}

// scanLife is how long the auth_code of a scan is good (doc 97390).
const scanLife = 300 * time.Second

// Scan tells a device that a member has scanned its code (doc 97390, 91483). admin says whether the member
// manages devices. A door takes it as the wish to pass.
func (s *Service) Scan(ctx context.Context, tx *store.Tx, d Device, user id.UserID, state string, admin bool) (o Operation, err error) {
	if user, err = s.mayAsk(tx, d, ^Ability(0), user); err != nil {
		return o, err
	}
	kind, who := ScanCode, int64(0)
	if d.Model.Access == Direct && d.Model.Abilities&Doors != 0 {
		kind = ScanToOpen
	}
	if admin {
		who = 1
	}
	if o, err = s.begin(tx, d, kind, user, ""); err != nil {
		return o, err
	}
	if d.Model.Access == Direct {
		return o, s.toDevice(tx, d, "push_user_scan", scanPush{user, string(ScanToOpen), o.OperID, state, who})
	}
	known, err := s.open(tx, d, []id.UserID{user})
	if err != nil {
		return o, err
	}
	part := scanPart{userPart: userPart{"user_scan", o.OperID, known[string(user)], UserType(who)}, State: state}
	if d.Model.Abilities&Scanner != 0 {
		o.code = id.Letters(64)
		part.Code, part.ExpiresIn, part.CodeType = o.code, int64(scanLife/time.Second), 1
		if _, err := tx.Exec(`UPDATE hardware_operation SET code = ? WHERE no = ?`, o.code, o.No); err != nil {
			return o, err
		}
	}
	return o, s.toCloud(ctx, tx, d, "user_scan", part)
}

func (s *Service) begin(tx *store.Tx, d Device, kind Asking, user id.UserID, detail string) (o Operation, err error) {
	o = Operation{OperID: id.Letters(32), Device: d.No, Kind: kind, UserID: user, Detail: detail, At: tx.Now()}
	o.No, err = tx.Insert(`INSERT INTO hardware_operation (operid, device, kind, userid, user_type, detail, at) VALUES (?, ?, ?, ?, 0, ?, ?)`,
		o.OperID, d.No, string(kind), string(user), detail, o.At.UnixMilli())
	return o, err
}

// operation returns one of the device's operations that is of one of the kinds; ErrOperation for any other.
func (s *Service) operation(tx *store.Tx, d Device, operID string, kinds ...Asking) (o Operation, err error) {
	o, found, err := s.Operation(tx, operID)
	if err != nil {
		return o, err
	}
	for _, k := range kinds {
		if found && o.Device == d.No && o.Kind == k {
			return o, nil
		}
	}
	return o, ErrOperation
}

// Operation returns what was asked under an oper_id.
func (s *Service) Operation(tx *store.Tx, operID string) (o Operation, found bool, err error) {
	var at int64
	found, err = tx.Get(`SELECT no, operid, device, kind, userid, user_type, detail, at, outcome, errcode, errmsg, code FROM hardware_operation WHERE operid = ?`, []any{operID},
		&o.No, &o.OperID, &o.Device, (*string)(&o.Kind), (*string)(&o.UserID), (*int64)(&o.Type), &o.Detail, &at, (*int64)(&o.Outcome), &o.ErrCode, &o.ErrMsg, &o.code)
	o.At = time.UnixMilli(at)
	return o, found, err
}

// maxReason is how much is kept of why something failed, in bytes.
const maxReason = 1024

func shortened(text string) string {
	if len(text) <= maxReason {
		return text
	}
	text = text[:maxReason]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}

// end stores what became of an operation. errCode 0 is success.
func (s *Service) end(tx *store.Tx, o Operation, errCode int64, errMsg string) error {
	outcome := Done
	if errCode != 0 {
		outcome = Failed
	}
	_, err := tx.Exec(`UPDATE hardware_operation SET outcome = ?, errcode = ?, errmsg = ? WHERE no = ?`, int64(outcome), errCode, shortened(errMsg), o.No)
	return err
}

// Opened stores whether a door was opened (doc 95050, 96048). kind is what was asked: OpenDoor or ScanToOpen.
// A word that comes more than three seconds late is refused, because the member was told by then.
func (s *Service) Opened(tx *store.Tx, d Device, kind, operID string, errCode int64, errMsg string) error {
	if kind != string(OpenDoor) && kind != string(ScanToOpen) {
		return wire.ErrParameter.With("type: remote_open_door or scan_qrcode_open expected")
	}
	o, found, err := s.Operation(tx, operID)
	if err != nil {
		return err
	}
	same := string(o.Kind) == kind || kind == string(ScanToOpen) && o.Kind == ScanCode
	switch scan := kind == string(ScanToOpen); {
	case found && o.Device != d.No:
		return ErrElsewhere
	case (!found || !same) && scan:
		return ErrScanOpen
	case !found || !same:
		return ErrNoOpening
	case errCode < 0 || strings.TrimSpace(operID) == "":
		return ErrOpenState
	case o.Outcome != Open || o.Now(tx.Now()) == Failed:
		if scan {
			return ErrScanStatus.With("it has been answered, or the %v for that are over", doorWait)
		}
		return ErrOpenState.With("it has been answered, or the %v for that are over", doorWait)
	}
	return s.end(tx, o, errCode, errMsg)
}
