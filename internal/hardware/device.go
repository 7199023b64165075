package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

// Bound says whether a corp has a device.
type Bound int64

// The states of a binding.
const (
	Free   Bound = iota
	InCorp       // bound
	Asked        // the provider is asked whether it may be (doc 95987)
)

// askedLife is how long a binding waits for the provider's answer, which has three seconds, with what the
// queue before it may take.
const askedLife = 30 * time.Second

// Device is a device by its serial number, and its binding where it has one.
type Device struct {
	No         int64
	Model      Model
	SN         string
	Seeded     bool // it has to exchange the model's seed for a secret_no
	Registered bool // it has been on the network
	CreatedAt  time.Time

	Bound   Bound
	CorpID  string
	BoundAt time.Time
	BoundBy id.UserID
	Remark  string
	People  access.Range // who uses it
	Reports Reports

	PermVersion, VisitorVersion int64

	// Conn names its long connection, From that one's address, and Heard is when it was last heard of.
	Conn, From string
	Heard      time.Time

	round, issued, codeAt int64
	secretNo              []byte
}

// Reports is what a device tells of itself.
type Reports struct {
	Online      int64      `json:"online,omitempty"`      // of cloud devices: 1 online, 2 offline
	OnlineAt    int64      `json:"online_at,omitempty"`   // Unix seconds
	Version     string     `json:"version,omitempty"`     // of its firmware
	Upgradable  string     `json:"upgradable,omitempty"`  // version that it could have
	Description string     `json:"description,omitempty"` // of that
	Feature     string     `json:"feature,omitempty"`     // device_feature
	NoPrinting  bool       `json:"no_printing,omitempty"`
	SelfFinger  bool       `json:"self_finger,omitempty"` // people may enrol fingerprints at the device
	SelfFace    bool       `json:"self_face,omitempty"`
	Fingers     Algorithms `json:"fingers,omitempty"`
	Faces       Algorithms `json:"faces,omitempty"`
}

// Algorithms are those that a device understands features of, the preferred first. Without any it is the
// default one.
type Algorithms []string

// usable reports whether the device may act in its corp. While the provider is asked it may: the provider
// redeems the auth_code before it answers.
func (d Device) usable(now time.Time) bool {
	return d.Bound == InCorp || d.Bound == Asked && now.Sub(d.BoundAt) < askedLife
}

// onlineFor is how long a cloud device counts as online after a report (doc 95983), and silence how long a
// connection may send nothing (doc 91373: a heartbeat each 20 to 40 seconds).
const (
	onlineFor = time.Hour
	Silence   = 2 * time.Minute
)

// Online reports whether the device is reachable.
func (d Device) Online(now time.Time) bool {
	if d.Model.Access == Direct {
		return d.Conn != "" && now.Sub(d.Heard) < Silence
	}
	return d.Reports.Online == 1 && now.Sub(time.Unix(d.Reports.OnlineAt, 0)) < onlineFor
}

// Name is what people call the device.
func (d Device) Name() string {
	if d.Remark != "" {
		return d.Remark
	}
	return d.Model.DefaultName
}

// maxSN is in characters, of which each is a letter or a digit (doc 95980).
const maxSN = 128

func checkSN(sn string) error {
	switch {
	case sn == "":
		return ErrNoSN
	case len(sn) > maxSN, strings.ContainsFunc(sn, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }):
		return ErrSN.With("1 to %d letters and digits expected", maxSN)
	}
	return nil
}

// Register adds a device to a model (录入设备). It answers ErrSNTaken for a serial number that any model has.
func (s *Service) Register(ctx context.Context, tx *store.Tx, v Model, sn string) (Device, error) {
	d := Device{Model: v, SN: sn, Seeded: v.Seeded, CreatedAt: tx.Now(), round: 1}
	if err := checkSN(sn); err != nil {
		return d, err
	}
	d.secretNo = s.sealSecretNo(sn, id.Letters(32))
	seeded := 0
	if d.Seeded {
		seeded = 1
	}
	n, err := tx.Exec(`INSERT INTO hardware_device (model, sn, snkey, secret_no, seeded, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (snkey) DO NOTHING`,
		v.No, sn, strings.ToLower(sn), d.secretNo, int64(seeded), d.CreatedAt.UnixMilli())
	if err == nil && n == 0 {
		err = ErrSNTaken.With("%s", sn)
	}
	if err != nil {
		return d, err
	}
	return s.Device(tx, sn)
}

func (s *Service) sealSecretNo(sn, secretNo string) []byte {
	return s.deps.Box.Seal(seal.HardwareSecret, strings.ToLower(sn), []byte(secretNo))
}

// SecretNo is what the device signs with. Of a seeded one it is the model's seed.
func (s *Service) SecretNo(d Device) (string, error) {
	if d.Seeded {
		return d.Model.Seed, nil
	}
	plain, err := s.deps.Box.Open(seal.HardwareSecret, strings.ToLower(d.SN), d.secretNo)
	return string(plain), err
}

// OwnSecretNo gives a seeded device a secret_no of its own (doc 91369). It answers ErrSecretNo for a device
// that has been on the network already, or whose model has no seed.
func (s *Service) OwnSecretNo(tx *store.Tx, d Device) (string, error) {
	if !d.Model.Seeded || d.Registered {
		return "", ErrSecretNo.With("a seed is exchanged before the device is on the network, and by models that have one")
	}
	return s.ResetSecretNo(tx, d)
}

// ResetSecretNo draws a new secret_no.
func (s *Service) ResetSecretNo(tx *store.Tx, d Device) (string, error) {
	secretNo := id.Letters(32)
	_, err := tx.Exec(`UPDATE hardware_device SET secret_no = ?, seeded = 0 WHERE no = ?`, s.sealSecretNo(d.SN, secretNo), d.No)
	return secretNo, err
}

// Unregister removes a device. It answers ErrBound while a corp has it.
func (s *Service) Unregister(ctx context.Context, tx *store.Tx, d Device) error {
	if d.usable(tx.Now()) {
		return ErrBound
	}
	_, err := tx.Exec(`DELETE FROM hardware_device WHERE no = ?`, d.No)
	return err
}

// QRCode is the device's static code, by which it is bound (静态二维码).
func (s *Service) QRCode(d Device) string {
	return linkHost + "/connect/hardware?hw_code=" + s.deps.Box.Number(seal.DeviceLink, d.No)
}

const linkHost = "https://open.work.weixin.qq.com"

// ByQRCode returns the device of a static code; ErrNoSuchSN for any other text.
func (s *Service) ByQRCode(tx *store.Tx, text string) (Device, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Device{}, ErrNoSuchSN
	}
	no, err := s.deps.Box.OpenNumber(seal.DeviceLink, u.Query().Get("hw_code"))
	if err != nil {
		return Device{}, ErrNoSuchSN
	}
	d, found, err := s.deviceWhere(tx, `d.no = ?`, no)
	if err == nil && !found {
		err = ErrNoSuchSN
	}
	return d, err
}

// Binding is what is chosen when a device is bound.
type Binding struct {
	CorpID string
	By     id.UserID // administrator; empty for nobody
	People access.Range
	Remark string
	// Code is what the person who binds it has typed, for the provider to compare (verif_code).
	Code string
}

// maxRemark is in characters. The platform names no limit.
const maxRemark = 64

// Bind binds a device to a corp and returns it with the auth_code. A cloud device whose model has a callback
// URL is only asked for: the provider's answer decides (doc 95987).
func (s *Service) Bind(ctx context.Context, tx *store.Tx, d Device, b Binding) (Device, string, error) {
	switch {
	case d.usable(tx.Now()):
		return d, "", ErrIsBound
	case d.Model.Draft:
		return d, "", ErrUnpublished
	case utf8.RuneCountInString(b.Remark) > maxRemark:
		return d, "", fmt.Errorf("a remark has at most %d characters", maxRemark)
	}
	if b.People.Empty() {
		b.People = access.Everything()
	}
	if err := s.checkRange(ctx, tx, b.CorpID, b.People); err != nil {
		return d, "", err
	}
	if _, err := s.deps.Suites.EnsureOpenCorpID(tx, d.Model.Provider, b.CorpID); err != nil {
		return d, "", err
	}
	if err := s.forgetBinding(ctx, tx, d); err != nil { // of one that was never answered
		return d, "", err
	}
	people, err := json.Marshal(b.People)
	if err != nil {
		return d, "", err
	}
	state := InCorp
	if d.Model.Access == Cloud && d.Model.URL != "" {
		state = Asked
	}
	now := tx.Now().UnixMilli()
	if _, err := tx.Exec(`UPDATE hardware_device SET corpid = ?, bound = ?, bound_at = ?, bound_by = ?, code_at = ?, remark = ?, people = ?, perm_version = 1, visitor_version = 1, round = round + 1, token_issued_at = 0 WHERE no = ?`,
		b.CorpID, int64(state), now, string(b.By), now, b.Remark, string(people), d.No); err != nil {
		return d, "", err
	}
	if d, err = s.Device(tx, d.SN); err != nil {
		return d, "", err
	}
	code := token.Issue{No: d.No, Round: d.round, At: d.codeAt}.Text(s.deps.Box, seal.DeviceCode)
	if d.Model.Access == Direct {
		err = errors.Join(s.toDevice(tx, d, "push_bind_corp", nil), s.tellProvider(ctx, tx, d, "add_device"))
	} else {
		err = s.toCloud(ctx, tx, d, "bind", bindPart{"bind", code, b.Code})
	}
	return d, code, err
}

func (s *Service) checkRange(ctx context.Context, tx *store.Tx, corpID string, r access.Range) error {
	by := access.System(corpID)
	for _, u := range r.Members {
		if _, err := s.deps.Directory.Member(ctx, tx, by, u); err != nil {
			return err
		}
	}
	deps, err := s.deps.Directory.VisibleDepartments(tx, by, r.Departments)
	if err != nil {
		return err
	}
	for _, d := range r.Departments {
		if !deps[d] {
			return fmt.Errorf("range: there is no department %d", d)
		}
	}
	return nil
}

// settle ends the question whether a device may be bound. refusal is the provider's errcode; 0 is yes.
func (s *Service) settle(ctx context.Context, tx *store.Tx, d Device, refusal int64) error {
	if d.Bound != Asked {
		return nil
	}
	if refusal != 0 {
		return s.forgetBinding(ctx, tx, d)
	}
	_, err := tx.Exec(`UPDATE hardware_device SET bound = ? WHERE no = ?`, int64(InCorp), d.No)
	return err
}

// Unbind takes a device from its corp. Its secrets and tokens end, and so does what the corp had of it but the
// records.
func (s *Service) Unbind(ctx context.Context, tx *store.Tx, d Device) error {
	if d.Bound == Free {
		return ErrNotInCorp
	}
	var err error
	if d.Model.Access == Direct {
		err = errors.Join(s.toDevice(tx, d, "push_unbind_corp", nil), s.tellProvider(ctx, tx, d, "del_device"))
	} else {
		err = s.toCloud(ctx, tx, d, "unbind", eventPart{"unbind"})
	}
	if err == nil {
		err = s.tellGrants(ctx, tx, d)
	}
	if err != nil {
		return err
	}
	return s.forgetBinding(ctx, tx, d)
}

func (s *Service) forgetBinding(ctx context.Context, tx *store.Tx, d Device) error {
	if err := s.releaseJobs(tx, `device = ?`, d.No); err != nil {
		return err
	}
	for _, of := range []string{"hardware_rename", "hardware_visitor", "hardware_rule_device", "hardware_operation", "hardware_job", "hardware_grant"} {
		if _, err := tx.Exec(`DELETE FROM `+of+` WHERE device = ?`, d.No); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE hardware_device SET corpid = NULL, bound = 0, code_at = 0, remark = '', people = '{}', round = round + 1, token_issued_at = 0 WHERE no = ?`, d.No)
	return err
}

// corpDeleted frees the devices of a corp that goes. The models of a provider that goes go with their devices.
func (s *Service) corpDeleted(ctx context.Context, tx *store.Tx, corpID string) error {
	list, err := s.selectDevices(tx, `d.corpid = ?`, corpID)
	for _, d := range list {
		if err == nil {
			err = s.Unbind(ctx, tx, d)
		}
	}
	if err != nil {
		return err
	}
	own, err := s.Models(tx, corpID)
	for _, v := range own {
		if err == nil {
			err = s.DeleteModel(ctx, tx, v.ModelID)
		}
	}
	return err
}

// Change is what an administrator changes in a bound device.
type Change struct {
	Remark               *string
	People               *access.Range
	SelfFinger, SelfFace *bool
}

// Update changes a bound device. The device is told of who comes and goes.
func (s *Service) Update(ctx context.Context, tx *store.Tx, d Device, c Change) error {
	if c.Remark != nil {
		if utf8.RuneCountInString(*c.Remark) > maxRemark {
			return fmt.Errorf("a remark has at most %d characters", maxRemark)
		}
		if _, err := tx.Exec(`UPDATE hardware_device SET remark = ? WHERE no = ?`, *c.Remark, d.No); err != nil {
			return err
		}
		if d.Remark = *c.Remark; d.Model.Access == Direct {
			if err := s.tellProvider(ctx, tx, d, "remark_device_name"); err != nil {
				return err
			}
		}
	}
	if c.SelfFinger != nil || c.SelfFace != nil {
		if c.SelfFinger != nil {
			d.Reports.SelfFinger = *c.SelfFinger
		}
		if c.SelfFace != nil {
			d.Reports.SelfFace = *c.SelfFace
		}
		if err := s.saveReports(tx, d); err != nil {
			return err
		}
		if err := s.toDevice(tx, d, "push_open_self_input", selfInput{d.Reports.SelfFinger, d.Reports.SelfFace}); err != nil {
			return err
		}
	}
	if c.People == nil {
		return nil
	}
	return s.changePeople(ctx, tx, d, *c.People)
}

type selfInput struct {
	Finger bool `json:"open_self_input_fp"`
	Face   bool `json:"open_self_input_fa"`
}

func (s *Service) saveReports(tx *store.Tx, d Device) error {
	text, err := json.Marshal(d.Reports)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE hardware_device SET state = ? WHERE no = ?`, string(text), d.No)
	return err
}

// Binding returns a number that changes with each binding of the device.
func (d Device) Binding() int64 { return d.round }
