package acquisition

import (
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A key of a provider that pays (once_key): whoever comes by the component's link with it is paid by the provider, once.
// It carries what it is good for. That it was used says the bill.
type onceKey struct {
	App   int64
	Link  int64
	At    int64 // Unix seconds
	Nonce string
}

const (
	usualKeys = 100  // where the call does not say
	maxKeys   = 1000 // doc 99603
	keyLife   = 14 * 24 * time.Hour
)

// OnceKeys returns keys for a link of a component. It answers ErrNotPaying where the corp pays, ErrLink for a link that
// the component was not given, and 40058 for a number that is none. Doc 99603.
func (s *Service) OnceKeys(tx *store.Tx, c Component, linkID string, count int64) ([]string, error) {
	if c.Payer != providerPays {
		return nil, ErrNotPaying.With("the enterprise pays for the links of the component")
	}
	l, err := s.givenLink(tx, c, linkID)
	if err != nil {
		return nil, err
	}
	if count < 1 || count > maxKeys {
		return nil, wire.ErrParameter.With("key_num: 1 to %d expected, %d given", maxKeys, count)
	}
	keys := make([]string, count)
	for i := range keys {
		text, err := json.Marshal(onceKey{c.No, l.No, tx.Now().Unix(), id.Hex(8)})
		if err != nil {
			return nil, err
		}
		keys[i] = sceneHead + s.deps.Box.SealText(seal.OnceKey, c.CorpID, text)
	}
	return keys, nil
}

// keyOf returns the key of an address if it is good for the component's link and nobody has used it. Any other is
// answered as none: the corp pays then, as without a key (unverified).
func (s *Service) keyOf(tx *store.Tx, c Component, l Link, address string) (string, error) {
	u, err := plain(address)
	if err != nil || c.Payer != providerPays {
		return "", nil
	}
	text := u.Query().Get("once_key")
	sealed, is := strings.CutPrefix(text, sceneHead) // another head would make another text of a key that was used
	if !is {
		return "", nil
	}
	var k onceKey
	open, err := s.deps.Box.OpenText(seal.OnceKey, c.CorpID, sealed)
	if err != nil || json.Unmarshal(open, &k) != nil || k.App != c.No || k.Link != l.No || tx.Now().Sub(time.Unix(k.At, 0)) > keyLife {
		return "", nil
	}
	used, err := tx.Count(`SELECT count(*) FROM acquisition_bill WHERE once_key = ?`, text)
	if err != nil || used > 0 {
		return "", err
	}
	return text, nil
}
