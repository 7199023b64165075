package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Edition is what of a member's conversations is archived (开启版本).
type Edition int64

// The editions, by the numbers of get_permit_user_list (doc 91614).
const (
	Office      Edition = 1 // conversations among members
	WithClients Edition = 2 // and with customers
	Enterprise  Edition = 3 // and voice calls
)

// Settings is what an administrator decides about the archive.
type Settings struct {
	// Enabled archives what is said from then on.
	Enabled bool `json:"enabled"`
	// Editions says which members have which.
	Editions map[Edition]access.Range `json:"editions"`
	// PullDays is how many days back records and files can be pulled; 0 is without end. WeCom has 5 (doc
	// 91552). What is older stays.
	PullDays int64 `json:"pull_days"`
	// ReadDays is how many days it is kept who has read what; 0 is three years.
	ReadDays int64 `json:"read_days"`
	// Plain keeps the plaintext beside the sealed records, for people who read and search here.
	Plain bool `json:"plain"`
}

// usualPullDays is the window of WeCom (doc 91774).
const usualPullDays = 5

// Errors of the archive (doc 90313).
var (
	ErrOff      = wire.Code(301053, "corp is not open msgaudit")
	ErrAddress  = wire.Code(301042, "get chatdata whiteip not match")
	ErrPullSize = wire.Code(301058, "chatdata size out of limit")
)

func (st Settings) valid() error {
	if st.PullDays < 0 {
		return wire.ErrParameter.With("pull_days: 0 or more expected")
	}
	if st.ReadDays < 0 {
		return wire.ErrParameter.With("read_days: 0 or more expected")
	}
	for e := range st.Editions {
		if e < Office || e > Enterprise {
			return wire.ErrParameter.With("editions: 1, 2 and 3 are there, %d given", int64(e))
		}
	}
	return nil
}

// archived is an enterprise with an archive.
type archived struct {
	Settings
	no     int64
	corpID string
	bytes  int
}

// size says what it takes to be kept. That there is none is kept too.
func (a archived) size() int { return 300 + 3*a.bytes }

// archive returns the corp's archive; found is false if it has set none up.
func (s *Service) archive(tx *store.Tx, corpID string) (a archived, found bool, err error) {
	a, err = store.RecallTable(tx, "archive_corp", "archive "+corpID, archived.size, func() (archived, error) {
		a := archived{corpID: corpID}
		var text string
		found, err := tx.Get(`SELECT no, settings FROM archive_corp WHERE corpid = ?`, []any{corpID}, &a.no, &text)
		if err != nil || !found {
			return a, err
		}
		a.bytes = len(text)
		return a, json.Unmarshal([]byte(text), &a.Settings)
	})
	return a, a.no != 0, err
}

// opened returns an archive that is on, or ErrOff.
func (s *Service) opened(tx *store.Tx, corpID string) (archived, error) {
	a, found, err := s.archive(tx, corpID)
	if err == nil && (!found || !a.Enabled) {
		err = ErrOff
	}
	return a, err
}

// kept returns an archive that was set up: what is in it can be read after it was switched off. It answers ErrOff.
func (s *Service) kept(tx *store.Tx, corpID string) (archived, error) {
	a, found, err := s.archive(tx, corpID)
	if err == nil && !found {
		err = ErrOff
	}
	return a, err
}

// Settings returns the corp's. An archive that was never set up is off.
func (s *Service) Settings(tx *store.Tx, corpID string) (Settings, error) {
	a, found, err := s.archive(tx, corpID)
	if err == nil && !found {
		a.PullDays = usualPullDays
	}
	a.Editions = maps.Clone(a.Editions)
	return a.Settings, err
}

// Set changes the settings. Before an archive is switched on it needs a key and members (doc 91361).
func (s *Service) Set(ctx context.Context, tx *store.Tx, corpID string, st Settings) error {
	if err := st.valid(); err != nil {
		return err
	}
	if st.Enabled {
		if keys, err := s.Keys(tx, corpID); err != nil || len(keys) == 0 {
			return firstOf(err, wire.ErrParameter.With("a public key is needed before the archive is switched on"))
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(st.Editions)), func(r access.Range) bool { return !r.Empty() }) {
			return wire.ErrParameter.With("editions: members are needed before the archive is switched on")
		}
	}
	text, err := json.Marshal(st)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE archive_corp SET settings = ? WHERE corpid = ?`, string(text), corpID)
	if err != nil || n > 0 {
		return err
	}
	no, err := tx.Insert(`INSERT INTO archive_corp (corpid, settings) VALUES (?, ?)`, corpID, string(text))
	if err != nil {
		return fmt.Errorf("insert archive: %w", err)
	}
	if _, err := tx.Exec(`INSERT INTO archive_chain (archive, corpid, seq, hash, notify_at, holder, until) VALUES (?, ?, 0, ?, 0, '', 0)`, no, corpID, firstHash(corpID)); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO archive_index (archive, corpid, blocks, holder, until) VALUES (?, ?, 0, '', 0)`, no, corpID)
	return err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Key is a public key that records are sealed for.
type Key struct {
	Version   int64     `json:"publickey_ver"`
	PublicKey string    `json:"public_key"` // PEM
	CreatedAt time.Time `json:"created_at"`
}

// AddKey makes a public key the one that is sealed for from now on, and returns its version. Records that are
// there stay sealed for theirs.
func (s *Service) AddKey(ctx context.Context, tx *store.Tx, corpID, public string) (version int64, err error) {
	if _, err := parsePublicKey(public); err != nil {
		return 0, err
	}
	last, err := tx.Count(`SELECT coalesce(max(version), 0) FROM archive_key WHERE corpid = ?`, corpID)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO archive_key (corpid, version, public_key, created_at) VALUES (?, ?, ?, ?)`, corpID, last+1, public, tx.Now().UnixMilli())
	return last + 1, err
}

// Keys returns the corp's public keys, oldest first.
func (s *Service) Keys(tx *store.Tx, corpID string) (out []Key, err error) {
	err = tx.Each(`SELECT version, public_key, created_at FROM archive_key WHERE corpid = ? ORDER BY version`, []any{corpID}, func(rows *store.Rows) error {
		var k Key
		var at int64
		err := rows.Scan(&k.Version, &k.PublicKey, &at)
		k.CreatedAt = time.UnixMilli(at).UTC()
		out = append(out, k)
		return err
	})
	return out, err
}

// windowFrom returns the moment from which on records and files can be pulled; zero is all of them.
func (st Settings) windowFrom(now time.Time) time.Time {
	if st.PullDays == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -int(st.PullDays))
}
