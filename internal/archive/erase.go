package archive

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Erasure is the report of what a rule has erased: which records there were, by their digests, when they were
// erased, and by which rule. It is signed, so that the deletion can be proved.
type Erasure struct {
	CorpID  string    `json:"corpid"`
	At      time.Time `json:"at"`
	Rule    Rule      `json:"rule"`
	Records []Erased  `json:"records"`
}

// Erased is a record that is no longer there.
type Erased struct {
	Seq    int64  `json:"seq"`
	Digest string `json:"digest"` // hexadecimal
}

// Report is an erasure with its signature.
type Report struct {
	No        int64           `json:"no"`
	Report    json.RawMessage `json:"report"`
	Signature string          `json:"signature"`  // Ed25519 over the text of report, hexadecimal
	PublicKey string          `json:"public_key"` // hexadecimal
}

// signer returns the key that a corp's reports are signed with.
func (s *Service) signer(corpID string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.deps.Box.MAC(seal.ArchiveReport, corpID))
}

// Sweep erases, once a day, what the rules no longer keep, and forgets old readings and exports.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.forgetReads(ctx); err != nil {
		return err
	}
	if err := s.expireExports(ctx); err != nil {
		return err
	}
	var corps []string
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT DISTINCT r.corpid FROM archive_rule r WHERE NOT EXISTS (SELECT 1 FROM archive_sweep w WHERE w.corpid = r.corpid AND w.day >= ?)`, []any{day(tx.Now())}, func(rows *store.Rows) error {
			var corpID string
			err := rows.Scan(&corpID)
			corps = append(corps, corpID)
			return err
		})
	}); err != nil {
		return err
	}
	for _, corpID := range corps {
		if s.deps.For != nil && !s.deps.For(corpID) {
			continue
		}
		if _, err := s.EraseDue(ctx, corpID); err != nil {
			return fmt.Errorf("erase in %s: %w", corpID, err)
		}
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO archive_sweep (corpid, day) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET day = excluded.day`, corpID, day(tx.Now()))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func day(now time.Time) int64 { return now.Unix() / (24 * 60 * 60) }

// erasedAtOnce is how many records are looked at together, one transaction erases at most, and one report names at most.
const erasedAtOnce = 500

// EraseDue erases what the corp's rules no longer keep and no hold holds, and returns how many records that
// were. A message in the members' own conversations stays. What is due is found by reading alone: nobody waits for
// it, and on a day on which nothing is due nothing is written.
func (s *Service) EraseDue(ctx context.Context, corpID string) (erased int64, err error) {
	for after := (moment{}); ; {
		var due []int64
		more := false
		if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
			due, after, more, err = s.lookForDue(tx, corpID, after)
			return err
		}); err != nil {
			return erased, err
		}
		if len(due) > 0 {
			var n int64
			if err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
				n, err = s.eraseSome(tx, corpID, due)
				return err
			}); err != nil {
				return erased, err
			}
			erased += n
		}
		if !more {
			return erased, nil
		}
	}
}

// erase takes away what the records hold, and writes the report.
func (s *Service) erase(tx *store.Tx, a archived, rule Rule, records []Record) error {
	e := Erasure{CorpID: a.corpID, At: tx.Now().UTC(), Rule: rule}
	var seqs []int64
	for _, r := range records {
		e.Records = append(e.Records, Erased{r.Seq, hexOf(r.Digest)})
		seqs = append(seqs, r.Seq)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	no, err := tx.Insert(`INSERT INTO archive_erasure (corpid, report, signature) VALUES (?, ?, ?)`, a.corpID, string(text), ed25519.Sign(s.signer(a.corpID), text))
	if err != nil {
		return err
	}
	plain, err := plainOfSome(tx, a, seqs)
	if err != nil {
		return err
	}
	if err := unindex(tx, a, plain); err != nil {
		return err
	}
	for _, r := range records {
		if err := s.eraseFiles(tx, a, r.MsgID, no); err != nil {
			return err
		}
		if err := tx.Send(`DELETE FROM archive_plain WHERE archive = ? AND corpid = ? AND seq = ?`, a.no, a.corpID, r.Seq); err != nil {
			return err
		}
		if err := tx.Send(`UPDATE archive_record SET sealed_key = '', sealed_msg = '', plain_sum = ?, erased = ? WHERE archive = ? AND corpid = ? AND seq = ?`, []byte{}, no, a.no, a.corpID, r.Seq); err != nil {
			return err
		}
	}
	return nil
}

// eraseFiles lets go of the content of a message's files. One that was sent to many stays as long as a record
// names it.
func (s *Service) eraseFiles(tx *store.Tx, a archived, msgID string, no int64) error {
	type kept struct {
		no   int64
		blob string
	}
	var files []kept
	collect := func(rows *store.Rows) error {
		var k kept
		err := rows.Scan(&k.no, &k.blob)
		files = append(files, k)
		return err
	}
	if err := tx.Each(`SELECT no, blob FROM archive_file WHERE corpid = ? AND msgid = ? AND erased = 0`, []any{a.corpID, msgID}, collect); err != nil {
		return err
	}
	if err := tx.Each(`SELECT f.no, f.blob FROM archive_shared s JOIN archive_file f ON f.no = s.file AND f.corpid = s.corpid
		WHERE s.corpid = ? AND s.msgid = ? AND f.erased = 0 AND NOT EXISTS (SELECT 1 FROM archive_shared o WHERE o.corpid = s.corpid AND o.file = s.file AND o.msgid <> s.msgid)`,
		[]any{a.corpID, msgID}, collect); err != nil {
		return err
	}
	if err := tx.Send(`DELETE FROM archive_shared WHERE corpid = ? AND msgid = ?`, a.corpID, msgID); err != nil {
		return err
	}
	for _, k := range files {
		if _, err := tx.Exec(`UPDATE archive_file SET erased = ?, blob = '' WHERE corpid = ? AND no = ?`, no, a.corpID, k.no); err != nil {
			return err
		}
		if k.blob == "" {
			if _, err := tx.Exec(`DELETE FROM archive_picture WHERE corpid = ? AND file = ?`, a.corpID, k.no); err != nil {
				return err
			}
		} else if err := s.deps.Media.Release(tx, k.blob); err != nil {
			return err
		}
	}
	return nil
}

// Reports returns the corp's erasures, oldest first.
func (s *Service) Reports(tx *store.Tx, corpID string) (out []Report, err error) {
	out = []Report{}
	public := hexOf(s.signer(corpID).Public().(ed25519.PublicKey))
	err = tx.Each(`SELECT no, report, signature FROM archive_erasure WHERE corpid = ? ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		r := Report{PublicKey: public}
		var text string
		var signature []byte
		err := rows.Scan(&r.No, &text, &signature)
		r.Report, r.Signature = json.RawMessage(text), hexOf(signature)
		out = append(out, r)
		return err
	})
	return out, err
}

// erasures returns, by their seq, the digests of the records that signed reports name, with the report's
// number.
func (s *Service) erasures(tx *store.Tx, corpID string) (map[int64]erasedAs, error) {
	out := map[int64]erasedAs{}
	public := s.signer(corpID).Public().(ed25519.PublicKey)
	err := tx.Each(`SELECT no, report, signature FROM archive_erasure WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var no int64
		var text string
		var signature []byte
		if err := rows.Scan(&no, &text, &signature); err != nil {
			return err
		}
		var e Erasure
		if !ed25519.Verify(public, []byte(text), signature) || json.Unmarshal([]byte(text), &e) != nil {
			return nil
		}
		for _, r := range e.Records {
			out[r.Seq] = erasedAs{no, r.Digest}
		}
		return nil
	})
	return out, err
}

type erasedAs struct {
	no     int64
	digest string
}
