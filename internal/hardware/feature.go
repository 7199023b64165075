package hardware

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// FeatureKind is what somebody is known by.
type FeatureKind int64

// The kinds, as bio_info_type counts them.
const (
	Finger FeatureKind = 1
	Face   FeatureKind = 2
)

var featureOfPage = map[string]FeatureKind{"fp": Finger, "fa": Face}

// DefaultAlgorithm is that of devices that name none (doc 95409).
const DefaultAlgorithm = "default"

// Feature is one finger, or one picture of a face, as features that no picture can be made of again.
type Feature struct {
	Part int64  `json:"id"`
	Data string `json:"data"` // base64; empty forgets it
}

// Limits of features. Those of the parts are the pages' (doc 93982); how large one is the platform does not
// say.
const (
	maxFingers    = 10
	maxFaces      = 12
	maxFinger     = 16 << 10 // bytes of base64
	maxFace       = 64 << 10
	maxAlgorithms = 5
	maxAlgorithm  = 64 // bytes of a name
)

// CheckAlgorithms refuses a list of algorithms that is too long (doc 95409).
func CheckAlgorithms(list []string) error {
	if len(list) > maxAlgorithms {
		return ErrAlgorithm.With("at most %d expected", maxAlgorithms)
	}
	if slices.ContainsFunc(list, func(a string) bool { return a == "" || len(a) > maxAlgorithm }) {
		return ErrAlgorithm.With("a name has 1 to %d bytes", maxAlgorithm)
	}
	return nil
}

// checkFeatures says what is wrong with what a device sends of one person.
func checkFeatures(kind FeatureKind, algorithm string, list []Feature) error {
	parts, size, large := int64(maxFingers), maxFinger, ErrFinger
	if kind == Face {
		parts, size, large = maxFaces, maxFace, ErrFace
	}
	if len(algorithm) > maxAlgorithm {
		return ErrAlgorithm
	}
	for _, f := range list {
		if f.Part < 0 || f.Part >= parts || len(f.Data) > size {
			return large.With("id 0 to %d and at most %d bytes expected", parts-1, size)
		}
		if _, err := base64.StdEncoding.DecodeString(f.Data); err != nil {
			return large.With("base64 expected")
		}
	}
	return nil
}

// SaveFeatures keeps what a device has taken of somebody. An empty text forgets a part. The person's other
// devices of the provider are told that there is something new.
func (s *Service) SaveFeatures(ctx context.Context, tx *store.Tx, d Device, t UserType, user string, kind FeatureKind, algorithm string, list []Feature) error {
	if err := checkFeatures(kind, algorithm, list); err != nil {
		return err
	}
	if algorithm == "" {
		algorithm = DefaultAlgorithm
	}
	key := strings.ToLower(user)
	for _, f := range list {
		args := []any{d.Model.Provider, d.CorpID, int64(t), key, int64(kind), algorithm, f.Part}
		if f.Data == "" {
			if _, err := tx.Exec(`DELETE FROM hardware_feature WHERE provider = ? AND corpid = ? AND user_type = ? AND userkey = ? AND kind = ? AND algorithm = ? AND part = ?`, args...); err != nil {
				return err
			}
			continue
		}
		sealed := s.deps.Box.Seal(seal.DeviceFeature, d.CorpID, []byte(f.Data))
		if _, err := tx.Exec(`INSERT INTO hardware_feature (provider, corpid, user_type, userkey, kind, algorithm, part, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (provider, corpid, user_type, userkey, kind, algorithm, part) DO UPDATE SET data = excluded.data`, append(args, sealed)...); err != nil {
			return err
		}
	}
	return s.enrolled(tx, d, t, key, kind)
}

// enrolled raises the version of what somebody is known by.
func (s *Service) enrolled(tx *store.Tx, d Device, t UserType, key string, kind FeatureKind) error {
	column := "fp_ver"
	if kind == Face {
		column = "fa_ver"
	}
	_, err := tx.Exec(`INSERT INTO hardware_enrolment (provider, corpid, user_type, userkey, `+column+`) VALUES (?, ?, ?, ?, 1)
		ON CONFLICT (provider, corpid, user_type, userkey) DO UPDATE SET `+column+` = hardware_enrolment.`+column+` + 1`, d.Model.Provider, d.CorpID, int64(t), key)
	return err
}

// TellOthers tells the other devices of the provider in the corp that members have new features.
func (s *Service) TellOthers(ctx context.Context, tx *store.Tx, d Device, users []id.UserID) error {
	list, err := s.selectDevices(tx, `d.corpid = ? AND d.bound = ? AND d.no <> ? ORDER BY d.no`, d.CorpID, int64(InCorp), d.No)
	for _, other := range list {
		if err != nil {
			break
		}
		if other.Model.Provider != d.Model.Provider || other.Model.Access != Direct {
			continue
		}
		var known []id.UserID
		var some map[string]struct{}
		found, findErr := s.Users(tx, other, users)
		if findErr != nil {
			return findErr
		}
		some = map[string]struct{}{}
		for _, u := range users {
			if m, ok := found[u.Key()]; ok {
				if _, twice := some[u.Key()]; !twice {
					known = append(known, m.UserID)
					some[u.Key()] = struct{}{}
				}
			}
		}
		err = s.announce(ctx, tx, other, nil, known, nil)
	}
	return err
}

// forgetFeatures removes somebody's faces or fingers everywhere at the provider.
func (s *Service) forgetFeatures(ctx context.Context, tx *store.Tx, d Device, user id.UserID, page string) error {
	kind := featureOfPage[page]
	if _, err := tx.Exec(`DELETE FROM hardware_feature WHERE provider = ? AND corpid = ? AND user_type = 0 AND userkey = ? AND kind = ?`, d.Model.Provider, d.CorpID, user.Key(), int64(kind)); err != nil {
		return err
	}
	if err := s.enrolled(tx, d, Employee, user.Key(), kind); err != nil || d.Model.Access != Direct {
		return err
	}
	if err := s.announce(ctx, tx, d, nil, []id.UserID{user}, nil); err != nil {
		return err
	}
	return s.TellOthers(ctx, tx, d, []id.UserID{user})
}

// Known is what devices of a provider know somebody by.
type Known struct {
	FingerVersion, FaceVersion     int64
	FingerAlgorithm, FaceAlgorithm string
	Fingers, Faces                 []Feature
}

// KnownBy returns what the device's provider knows people by, by their keys, in the algorithm that the device
// prefers among those that there is something of. Without data only versions are read.
func (s *Service) KnownBy(tx *store.Tx, d Device, t UserType, keys []string, fingers, faces bool) (map[string]Known, error) {
	out := map[string]Known{}
	if len(keys) == 0 {
		return out, nil
	}
	where := ` WHERE provider = ? AND corpid = ? AND user_type = ? AND userkey IN (` + store.Marks(len(keys)) + `)`
	args := store.Args([]any{d.Model.Provider, d.CorpID, int64(t)}, keys)
	if err := tx.Each(`SELECT userkey, fp_ver, fa_ver FROM hardware_enrolment`+where, args, func(rows *store.Rows) error {
		var key string
		var k Known
		err := rows.Scan(&key, &k.FingerVersion, &k.FaceVersion)
		out[key] = k
		return err
	}); err != nil || !fingers && !faces {
		return out, err
	}
	type group struct {
		key       string
		kind      FeatureKind
		algorithm string
	}
	parts := map[group][]Feature{}
	if err := tx.Each(`SELECT userkey, kind, algorithm, part, data FROM hardware_feature`+where+` ORDER BY userkey, kind, algorithm, part`, args, func(rows *store.Rows) error {
		var g group
		var f Feature
		var sealed []byte
		if err := rows.Scan(&g.key, (*int64)(&g.kind), &g.algorithm, &f.Part, &sealed); err != nil {
			return err
		}
		if g.kind == Finger && !fingers || g.kind == Face && !faces {
			return nil
		}
		plain, err := s.deps.Box.Open(seal.DeviceFeature, d.CorpID, sealed)
		f.Data = string(plain)
		parts[g] = append(parts[g], f)
		return err
	}); err != nil {
		return nil, err
	}
	pick := func(key string, kind FeatureKind, prefers Algorithms) (string, []Feature) {
		if len(prefers) == 0 {
			prefers = Algorithms{DefaultAlgorithm}
		}
		for _, a := range prefers {
			if list := parts[group{key, kind, a}]; len(list) > 0 {
				return a, list
			}
		}
		return "", nil
	}
	for key, k := range out {
		k.FingerAlgorithm, k.Fingers = pick(key, Finger, d.Reports.Fingers)
		k.FaceAlgorithm, k.Faces = pick(key, Face, d.Reports.Faces)
		out[key] = k
	}
	return out, nil
}
