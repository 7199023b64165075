package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Algorithms that tokens are signed with. RS256 is what OpenID Connect obliges
// every client to know; ES256 is a tenth of the work.
const (
	RS256 = "RS256"
	ES256 = "ES256"
)

// Algorithms returns those that a client may ask for.
func Algorithms() []string { return []string{RS256, ES256} }

const (
	// keyAge is the age at which a key gets a successor.
	keyAge = 90 * 24 * time.Hour
	// keyLead is how long a key is published before it signs: clients keep the list
	// of keys for hours, some for a day.
	keyLead = 24 * time.Hour
	// keyTail is how long a key stays published after its successor begins to sign.
	keyTail = 7 * 24 * time.Hour
)

// Key is a key that signs a corp's tokens.
type Key struct {
	KID       string
	CorpID    string
	Alg       string
	CreatedAt time.Time
	SignsFrom time.Time
	ExpiresAt time.Time // zero while there is no later key

	sealed []byte
}

// signer is an opened key. It is made once for each key.
type signer struct {
	public jose.JSONWebKey
	typed  map[jose.ContentType]jose.Signer
}

func keyPlace(corpID, kid string) string { return corpID + "\n" + kid }

// newKey makes a key. An RSA key takes a good part of a second.
func (s *Service) newKey(corpID, alg string) (Key, error) {
	var private crypto.PrivateKey
	var err error
	switch alg {
	case RS256:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = fmt.Errorf("unknown algorithm %q", alg)
	}
	if err != nil {
		return Key{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Key{}, err
	}
	k := Key{KID: id.Letters(16), CorpID: corpID, Alg: alg}
	k.sealed = s.deps.Box.Seal(seal.OIDCKey, keyPlace(corpID, k.KID), der)
	return k, nil
}

// open returns the signer of a key.
func (s *Service) open(k Key) (*signer, error) {
	if o, ok := s.opened.Load(k.KID); ok {
		return o.(*signer), nil
	}
	der, err := s.deps.Box.Open(seal.OIDCKey, keyPlace(k.CorpID, k.KID), k.sealed)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", k.KID, err)
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", k.KID, err)
	}
	o := &signer{typed: map[jose.ContentType]jose.Signer{}}
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Alg), Key: jose.JSONWebKey{Key: private, KeyID: k.KID, Algorithm: k.Alg, Use: "sig"}}
	for _, kind := range []jose.ContentType{"JWT", logoutTokenType} {
		if o.typed[kind], err = jose.NewSigner(key, (&jose.SignerOptions{}).WithType(kind)); err != nil {
			return nil, err
		}
	}
	o.public = jose.JSONWebKey{Key: private.(crypto.Signer).Public(), KeyID: k.KID, Algorithm: k.Alg, Use: "sig"}
	actual, _ := s.opened.LoadOrStore(k.KID, o)
	return actual.(*signer), nil
}

// signToken signs claims as a JWT of the type.
func (o *signer) signToken(kind jose.ContentType, claims map[string]any) (string, error) {
	return jwt.Signed(o.typed[kind]).Claims(claims).Serialize()
}

// signerOf returns the key of the algorithm that signs now.
func (s *Service) signerOf(tx *store.Tx, corpID, alg string) (*signer, error) {
	k, found, err := selectSigningKey(tx, corpID, alg)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%s has no %s key", corpID, alg)
	}
	return s.open(k)
}

// ensureKeys gives the corp a key of each algorithm, if it has none yet. The very first key signs at once,
// because no client knows another one.
func (s *Service) ensureKeys(ctx context.Context, corpID string) error {
	if _, ok := s.keyed.Load(corpID); ok {
		return nil
	}
	for _, alg := range Algorithms() {
		var found bool
		err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
			_, found, err = selectSigningKey(tx, corpID, alg)
			return err
		})
		if err != nil {
			return err
		}
		if found {
			continue
		}
		k, err := s.newKey(corpID, alg)
		if err != nil {
			return err
		}
		err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			if _, found, err := selectSigningKey(tx, corpID, alg); err != nil || found {
				return err
			}
			k.CreatedAt, k.SignsFrom = tx.Now(), tx.Now()
			return insertKey(tx, k)
		})
		if err != nil {
			return err
		}
	}
	s.keyed.Store(corpID, true)
	return nil
}

// Keys returns the corp's keys that are published, latest first.
func (s *Service) Keys(tx *store.Tx, corpID string) ([]Key, error) { return selectKeys(tx, corpID) }

// RotateKey gives the corp a new key of the algorithm, which signs after keyLead. If a key was stolen, the
// new one signs at once, and the keys before it are withdrawn with every token that they have signed.
func (s *Service) RotateKey(ctx context.Context, corpID, alg string, atOnce bool) (Key, error) {
	if err := s.ensureKeys(ctx, corpID); err != nil { // a key that signs until the new one does
		return Key{}, err
	}
	k, err := s.newKey(corpID, alg)
	if err != nil {
		return Key{}, err
	}
	return k, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); err != nil {
			return err
		}
		return placeKey(tx, &k, atOnce)
	})
}

// placeKey stores a key as the successor of the existing ones.
func placeKey(tx *store.Tx, k *Key, atOnce bool) error {
	k.CreatedAt, k.SignsFrom = tx.Now(), tx.Now().Add(keyLead)
	gone := k.SignsFrom.Add(keyTail)
	if atOnce {
		k.SignsFrom, gone = tx.Now(), tx.Now()
	}
	if err := expireKeys(tx, k.CorpID, k.Alg, gone); err != nil {
		return err
	}
	return insertKey(tx, *k)
}

// renewKeys creates successors for keys that have reached their age.
func (s *Service) renewKeys(ctx context.Context) error {
	var old []Key
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		old, err = selectOldKeys(tx, tx.Now().Add(-keyAge))
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range old {
		k, err := s.newKey(o.CorpID, o.Alg)
		if err != nil {
			return err
		}
		err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			// Another server may have been quicker.
			if later, err := hasLaterKey(tx, o); err != nil || later {
				return err
			}
			return placeKey(tx, &k, false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// published returns the public keys of the corp.
func (s *Service) published(tx *store.Tx, corpID string) (jose.JSONWebKeySet, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	list, err := selectKeys(tx, corpID)
	for _, k := range list {
		o, err := s.open(k)
		if err != nil {
			return set, err
		}
		set.Keys = append(set.Keys, o.public)
	}
	return set, err
}

// readToken returns the claims of a token that the corp has signed, whether or not it has expired. A token
// with another algorithm than its key's is refused: so nobody can use our public key as a shared secret.
func (s *Service) readToken(tx *store.Tx, corpID, text string) (claims map[string]any, ok bool, err error) {
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil || len(token.Headers) != 1 {
		return nil, false, nil
	}
	set, err := s.published(tx, corpID)
	if err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(set.Keys, func(k jose.JSONWebKey) bool {
		return k.KeyID == token.Headers[0].KeyID && k.Algorithm == token.Headers[0].Algorithm
	})
	if i < 0 || token.Claims(set.Keys[i].Key, &claims) != nil {
		return nil, false, nil
	}
	return claims, claims["iss"] == s.Issuer(corpID), nil
}

// keys serves the corp's public keys.
func (s *Service) keys(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	var set jose.JSONWebKeySet
	err := s.ensureKeys(r.Context(), corpID)
	if err == nil {
		err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
			set, err = s.published(tx, corpID)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	// Well below keyLead, so that a new key is known before it signs.
	w.Header().Set("Cache-Control", "public, max-age=3600")
	sendJSON(w, http.StatusOK, set)
}

func sendJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}
