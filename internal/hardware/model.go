package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

// Access says how the devices of a model reach the platform.
type Access string

// The ways.
const (
	Cloud  Access = "cloud"  // the provider's cloud speaks for them (doc 95975)
	Direct Access = "direct" // each by a long connection of its own (doc 94032)
)

// Ability is what a model can do, as bits. The first three are those of get_auth_info (doc 96097).
type Ability int64

// The abilities.
const (
	Attendance Ability = 1 << iota
	Doors
	Thermometer
	Printer
	Scanner
	Fingerprints
	Faces
)

// AbilityNames are the abilities as commands name them, in the order of the bits.
var AbilityNames = []string{"attendance", "access", "temperature", "print", "scan", "fingerprint", "face"}

// ParseAbilities reads names of abilities.
func ParseAbilities(names []string) (a Ability, err error) {
	for _, name := range names {
		found := false
		for i, known := range AbilityNames {
			if known == name {
				a, found = a|1<<i, true
			}
		}
		if !found {
			return 0, fmt.Errorf("ability %q: one of %s expected", name, strings.Join(AbilityNames, ", "))
		}
	}
	return a, nil
}

// Names returns the names of the abilities.
func (a Ability) Names() (out []string) {
	for i, name := range AbilityNames {
		if a&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// Model is a model of smart hardware (设备型号), as its provider has it.
type Model struct {
	No       int64
	Provider int64
	Partner  string // the provider's corpid
	ModelID  string
	Secret   string // model_secret
	Seed     string // the secret_no that devices of the model share until they have one of their own
	ModelSettings
	Token, AESKey string
	CreatedAt     time.Time

	tickets       []int64 // Unix milliseconds, newest first
	round, issued int64
}

// ModelSettings is what a provider may change in a model.
type ModelSettings struct {
	Name        string  `json:"name"`                   // model_name
	DefaultName string  `json:"default_name,omitempty"` // of its devices (设备出厂名)
	Access      Access  `json:"access"`
	Abilities   Ability `json:"abilities"`
	// URL receives tickets, events and commands of the model's devices; of cloud models alone.
	URL string `json:"url,omitempty"`
	// Draft marks a model that is not published: its devices cannot be used (71072).
	Draft bool `json:"draft,omitempty"`
	// Seeded gives all its devices one secret_no, which each exchanges for its own (doc 91369).
	Seeded bool `json:"seeded,omitempty"`
	// Suite is the third-party application that check-ins of its devices belong to (关联应用, doc 95176).
	Suite string `json:"suite,omitempty"`
	// Firmware is the newest that devices are told of (doc 91382).
	Firmware *Firmware `json:"firmware,omitempty"`
}

// Firmware is a version of what runs on devices.
type Firmware struct {
	Version string `json:"firmware_version"`
	MD5     string `json:"md5sum"`
	Size    int64  `json:"size"`
	URL     string `json:"download_url"`
}

func (v ModelSettings) valid() error {
	if n := utf8.RuneCountInString(v.Name); n < 1 || n > 32 || strings.TrimSpace(v.Name) == "" {
		return errors.New("the name of a model has 1 to 32 characters")
	}
	switch {
	case v.Access != Cloud && v.Access != Direct:
		return fmt.Errorf("access %q: cloud or direct expected", v.Access)
	case v.Access == Direct && v.URL != "":
		return errors.New("a model whose devices connect by themselves has no callback URL")
	case v.Access == Cloud && (v.Seeded || v.Firmware != nil):
		return errors.New("a seed and a firmware are of models whose devices connect by themselves")
	case v.Abilities == 0:
		return fmt.Errorf("a model has an ability at least: one of %s", strings.Join(AbilityNames, ", "))
	}
	return nil
}

// CreateModel adds a model to a provider. An empty id, secret and keys are drawn.
func (s *Service) CreateModel(ctx context.Context, tx *store.Tx, v Model) (Model, error) {
	if v.DefaultName == "" {
		v.DefaultName = v.Name
	}
	if err := v.valid(); err != nil {
		return v, err
	}
	p, err := s.deps.Suites.Provider(tx, v.Partner)
	if err != nil {
		return v, err
	}
	for _, draw := range []struct {
		into *string
		draw func() string
	}{
		{&v.ModelID, func() string { return "md" + id.Hex(16) }}, {&v.Secret, id.Secret}, {&v.Seed, func() string { return id.Letters(32) }},
		{&v.Token, func() string { return id.Letters(24) }}, {&v.AESKey, id.AESKey},
	} {
		if *draw.into == "" {
			*draw.into = draw.draw()
		}
	}
	v.Provider, v.CreatedAt = p.No, tx.Now()
	settings, err := json.Marshal(v.ModelSettings)
	if err != nil {
		return v, err
	}
	n, err := tx.Count(`SELECT count(*) FROM hardware_model WHERE modelid = ?`, v.ModelID)
	if err != nil {
		return v, err
	}
	if n > 0 {
		return v, fmt.Errorf("model_id %s is taken", v.ModelID)
	}
	v.No, err = tx.Insert(`INSERT INTO hardware_model (provider, partner, modelid, secrets, callback_keys, settings, created_at, tickets, ticket_due) VALUES (?, ?, ?, ?, ?, ?, ?, '[]', ?)`,
		v.Provider, v.Partner, v.ModelID, s.sealPair(seal.HardwareSecret, v.ModelID, v.Secret, v.Seed), s.sealPair(seal.Callback, v.ModelID, v.Token, v.AESKey),
		string(settings), v.CreatedAt.UnixMilli(), token.FirstDue(v.URL, tx.Now()))
	if err == nil {
		s.tickets.Wake(tx, v.No)
	}
	return v, err
}

// UpdateModel writes the model's settings and keys.
func (s *Service) UpdateModel(ctx context.Context, tx *store.Tx, v Model) error {
	if err := v.valid(); err != nil {
		return err
	}
	settings, err := json.Marshal(v.ModelSettings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE hardware_model SET settings = ?, callback_keys = ? WHERE no = ?`, string(settings), s.sealPair(seal.Callback, v.ModelID, v.Token, v.AESKey), v.No)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.tickets.Moved(tx, v.No, v.URL)
}

// ResetModelSecret gives a model a new model_secret and ends its tokens. Those of its devices stay: a device has a secret
// of its own.
func (s *Service) ResetModelSecret(tx *store.Tx, modelID string) (Model, error) {
	v, err := s.Model(tx, modelID)
	if err != nil {
		return v, err
	}
	v.Secret = id.Secret()
	_, err = tx.Exec(`UPDATE hardware_model SET secrets = ?, token_round = token_round + 1, token_issued_at = 0 WHERE no = ?`,
		s.sealPair(seal.HardwareSecret, v.ModelID, v.Secret, v.Seed), v.No)
	return v, err
}

// Model returns the model with the id, or ErrNotFound.
func (s *Service) Model(tx *store.Tx, modelID string) (Model, error) {
	return s.model(tx, `modelid = ?`, modelID)
}

// Models returns a provider's models in the order of their making.
func (s *Service) Models(tx *store.Tx, partner string) ([]Model, error) {
	return s.selectModels(tx, `partner = ?`, partner)
}

// DeleteModel removes the model and all its devices. Corps lose what is bound.
func (s *Service) DeleteModel(ctx context.Context, tx *store.Tx, modelID string) error {
	v, err := s.Model(tx, modelID)
	if err != nil {
		return err
	}
	list, err := s.selectDevices(tx, `d.model = ? AND d.bound > 0`, v.No)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := s.Unbind(ctx, tx, d); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM hardware_model WHERE no = ?`, v.No)
	return err
}

func (s *Service) model(tx *store.Tx, where string, arg any) (Model, error) {
	list, err := s.selectModels(tx, where, arg)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Model{}, err
	}
	return list[0], nil
}

// modelNo returns the model with our number. Every frame of a device asks for its model, so it is kept until a model
// changes.
func (s *Service) modelNo(tx *store.Tx, no int64) (Model, error) {
	size := func(Model) int { return 1 << 10 }
	return store.RecallTable(tx, "hardware_model", "model "+strconv.FormatInt(no, 10), size, func() (Model, error) { return s.model(tx, `no = ?`, no) })
}

func (s *Service) selectModels(tx *store.Tx, where string, args ...any) (list []Model, err error) {
	err = tx.Each(`SELECT no, provider, partner, modelid, secrets, callback_keys, settings, created_at, tickets, token_round, token_issued_at
		FROM hardware_model WHERE `+where+` ORDER BY no`, args, func(rows *store.Rows) error {
		var v Model
		var secrets, keys []byte
		var settings, tickets string
		var created int64
		if err := rows.Scan(&v.No, &v.Provider, &v.Partner, &v.ModelID, &secrets, &keys, &settings, &created, &tickets, &v.round, &v.issued); err != nil {
			return err
		}
		err := errors.Join(json.Unmarshal([]byte(settings), &v.ModelSettings), json.Unmarshal([]byte(tickets), &v.tickets),
			s.openPair(seal.HardwareSecret, v.ModelID, secrets, &v.Secret, &v.Seed), s.openPair(seal.Callback, v.ModelID, keys, &v.Token, &v.AESKey))
		if err != nil {
			return fmt.Errorf("model %s: %w", v.ModelID, err)
		}
		v.CreatedAt = time.UnixMilli(created).UTC()
		list = append(list, v)
		return nil
	})
	return list, err
}

func (s *Service) sealPair(p seal.Purpose, place, a, b string) []byte {
	return s.deps.Box.Seal(p, place, []byte(a+"\n"+b))
}

func (s *Service) openPair(p seal.Purpose, place string, sealed []byte, a, b *string) error {
	plain, err := s.deps.Box.Open(p, place, sealed)
	if err == nil {
		*a, *b, _ = strings.Cut(string(plain), "\n")
	}
	return err
}
