package archive

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"qiwei/internal/archive/pump"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Origin is another archive, as a library of WeCom's hands it out (doc 91774).
type Origin interface {
	Chat(ctx context.Context, seq uint64, limit int) ([]byte, error)
	Decrypt(ctx context.Context, key, message string) ([]byte, error)
	Media(ctx context.Context, fileID, next string) (pump.Piece, error)
}

// Pull takes another archive's records into this one.
type Pull struct {
	CorpID string
	// Source names the other archive. Where a pull under this name ended, the next one goes on.
	Source string
	Origin Origin
	Keys   map[int64]*rsa.PrivateKey // by publickey_ver
	// PastUnreadable notes what no key opens as a gap and goes on. Otherwise the pull stops before it, so that
	// it can be taken as long as the other side still has it.
	PastUnreadable bool
	// Page is called after each page.
	Page func(Pulled)
}

// Pulled is how far a pull has come.
type Pulled struct {
	No       int64     `json:"no"`
	Source   string    `json:"source"`
	Seq      int64     `json:"seq"` // there, of the newest
	Records  int64     `json:"records"`
	Files    int64     `json:"files"`
	PulledAt time.Time `json:"pulled_at"`
	Running  bool      `json:"running,omitempty"`
	Gaps     []Gap     `json:"gaps"`
}

// Gap is what could not be taken.
type Gap struct {
	From    int64     `json:"from"` // seq there
	To      int64     `json:"to"`
	Why     string    `json:"why"`
	Detail  string    `json:"detail"`
	FoundAt time.Time `json:"found_at"`
}

// Why something could not be taken.
const (
	gapMissing    = "missing"
	gapKey        = "key"
	gapUnreadable = "unreadable"
	gapFile       = "file"
)

const (
	pulledAtOnce = 1000
	// pullLease is how long a pump that has died keeps another from starting.
	pullLease = time.Minute
	// pullTries is how often a call is made that fails for a reason that may pass.
	pullTries = 3
	gapsShown = 200
)

// ErrPulling is answered while another pump takes the same archive.
var ErrPulling = wire.Code(wire.ErrBusy.Code, "another pump takes this archive")

// pulling is a pull that runs.
type pulling struct {
	Pull
	s       *Service
	archive archived
	no      int64
	seq     int64
	holder  string
	until   time.Time
	total   Pulled
}

// PullAll takes what the other archive has behind what was taken before, and returns how far it has come. What
// it has taken when it fails stays taken.
func (s *Service) PullAll(ctx context.Context, p Pull) (Pulled, error) {
	run := &pulling{Pull: p, s: s, holder: id.Hex(8)}
	if err := s.deps.Store.Write(ctx, run.take); err != nil {
		return run.total, err
	}
	defer func() {
		_ = s.deps.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE archive_pull SET holder = '', until = 0 WHERE no = ? AND corpid = ? AND holder = ?`, run.no, p.CorpID, run.holder)
			return err
		})
	}()
	for {
		n, err := run.page(ctx)
		if err != nil {
			return run.total, fmt.Errorf("behind seq %d: %w", run.seq, err)
		}
		if n == 0 {
			return run.total, s.SealAll(ctx)
		}
		if p.Page != nil {
			p.Page(run.total)
		}
	}
}

// take takes the lease, or answers ErrPulling.
func (run *pulling) take(tx *store.Tx) (err error) {
	if run.archive, err = run.s.kept(tx, run.CorpID); err != nil {
		return err
	}
	if keys, err := run.s.Keys(tx, run.CorpID); err != nil || len(keys) == 0 {
		return firstOf(err, wire.ErrParameter.With("a public key is needed before records are taken in: they are sealed for it"))
	}
	if _, err := tx.Exec(`INSERT INTO archive_pull (corpid, source, seq, records, files, pulled_at, holder, until) VALUES (?, ?, 0, 0, 0, 0, '', 0) ON CONFLICT (corpid, source) DO NOTHING`, run.CorpID, run.Source); err != nil {
		return err
	}
	run.until = tx.Now().Add(pullLease)
	n, err := tx.Exec(`UPDATE archive_pull SET holder = ?, until = ? WHERE corpid = ? AND source = ? AND (holder = '' OR until <= ? OR until > ?)`,
		run.holder, run.until.UnixMilli(), run.CorpID, run.Source, tx.Now().UnixMilli(), tx.Now().Add(2*pullLease).UnixMilli())
	if err == nil && n == 0 {
		err = ErrPulling.With("%s; if it has died, it is let go within a minute", run.Source)
	}
	if err != nil {
		return err
	}
	run.total.Source = run.Source
	_, err = tx.Get(`SELECT no, seq, records, files FROM archive_pull WHERE corpid = ? AND source = ?`, []any{run.CorpID, run.Source}, &run.no, &run.seq, &run.total.Records, &run.total.Files)
	run.total.No, run.total.Seq = run.no, run.seq
	return err
}

// keep keeps the lease while a page takes long.
func (run *pulling) keep(ctx context.Context) error {
	if run.s.deps.Store.Now().Add(pullLease / 2).Before(run.until) {
		return nil
	}
	return run.s.deps.Store.Write(ctx, func(tx *store.Tx) error { return run.renew(tx, run.seq) })
}

// renew moves the lease and the seq on, or answers ErrPulling if the lease was lost.
func (run *pulling) renew(tx *store.Tx, seq int64) error {
	until := tx.Now().Add(pullLease)
	n, err := tx.Exec(`UPDATE archive_pull SET until = ?, seq = ? WHERE no = ? AND corpid = ? AND holder = ? AND seq = ?`, until.UnixMilli(), seq, run.no, run.CorpID, run.holder, run.seq)
	if err == nil && n == 0 {
		err = ErrPulling.With("it has taken %s over", run.Source)
	}
	if err == nil {
		tx.AfterCommit(func() { run.until = until })
	}
	return err
}

// pulledRecord is a record as the library hands it out, and what becomes of it.
type pulledRecord struct {
	Seq     int64  `json:"seq"`
	MsgID   string `json:"msgid"`
	Version int64  `json:"publickey_ver"`
	Key     string `json:"encrypt_random_key"`
	Message string `json:"encrypt_chat_msg"`

	random string
	failed error
	plain  string
	head   pendingHead
	files  []pulledFile
}

// again calls fn until it does not fail for a reason that may pass.
func again(fn func() error) (err error) {
	for range pullTries {
		var code pump.Code
		if err = fn(); err == nil || !(errors.As(err, &code) && code.Passing() || errors.Is(err, pump.ErrEnded)) {
			return err
		}
	}
	return err
}

// page takes one page; n is 0 at the end.
func (run *pulling) page(ctx context.Context) (n int, err error) {
	var raw []byte
	if err := again(func() (err error) {
		raw, err = run.Origin.Chat(ctx, uint64(run.seq), pulledAtOnce)
		return err
	}); err != nil {
		return 0, err
	}
	var answer struct {
		ErrCode int             `json:"errcode"`
		ErrMsg  string          `json:"errmsg"`
		List    []*pulledRecord `json:"chatdata"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return 0, fmt.Errorf("the library's answer: %w", err)
	}
	if answer.ErrCode != 0 {
		return 0, fmt.Errorf("the other side refuses: %d %s", answer.ErrCode, answer.ErrMsg)
	}
	if len(answer.List) == 0 {
		return 0, nil
	}
	gaps, err := run.missing(answer.List)
	if err != nil {
		return 0, err
	}
	run.unlock(answer.List)
	var stop error
	kept := make([]*pulledRecord, 0, len(answer.List))
	last := run.seq
	for _, r := range answer.List {
		if err := run.keep(ctx); err != nil {
			return 0, err
		}
		gap, err := run.open(ctx, r)
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case err != nil && gap == "":
			stop = err
		case err != nil && !run.PastUnreadable:
			stop = fmt.Errorf("seq %d: %w", r.Seq, err)
		case err != nil:
			gaps = append(gaps, Gap{From: r.Seq, To: r.Seq, Why: gap, Detail: err.Error()})
		default:
			kept = append(kept, r)
			for _, f := range r.files {
				if f.failed != nil {
					gaps = append(gaps, Gap{From: r.Seq, To: r.Seq, Why: gapFile, Detail: f.failed.Error()})
				}
			}
		}
		if stop != nil {
			gaps = slices.DeleteFunc(gaps, func(g Gap) bool { return g.From > last })
			break
		}
		last = r.Seq
	}
	if last > run.seq {
		if err := run.s.deps.Store.Write(ctx, func(tx *store.Tx) error { return run.store(tx, kept, gaps, last) }); err != nil {
			return 0, err
		}
		run.seq, run.total.Seq = last, last
	}
	return len(answer.List), stop
}

// missing returns the gaps between the records.
func (run *pulling) missing(list []*pulledRecord) (out []Gap, err error) {
	before := run.seq
	for _, r := range list {
		if r.Seq <= before {
			return nil, fmt.Errorf("the library answers seq %d behind %d", r.Seq, before)
		}
		if r.Seq > before+1 {
			detail := "the other side leaves it out"
			if before == 0 {
				detail = "it is older than the other side hands out"
			}
			out = append(out, Gap{From: before + 1, To: r.Seq - 1, Why: gapMissing, Detail: detail})
		}
		before = r.Seq
	}
	return out, nil
}

// unlock opens the random keys with the private keys, on all processors: it is one RSA operation a record.
func (run *pulling) unlock(list []*pulledRecord) {
	var all sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(list))
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(list); i += workers {
				list[i].random, list[i].failed = run.randomKey(list[i])
			}
		})
	}
	all.Wait()
}

func (run *pulling) randomKey(r *pulledRecord) (string, error) {
	key := run.Keys[r.Version]
	if key == nil {
		return "", fmt.Errorf("it is sealed for publickey_ver %d, whose private key was not given", r.Version)
	}
	closed, err := base64.StdEncoding.DecodeString(r.Key)
	if err != nil {
		return "", fmt.Errorf("encrypt_random_key: %w", err)
	}
	//lint:ignore SA1019 the platform seals by this scheme (doc 91774)
	text, err := rsa.DecryptPKCS1v15(nil, key, closed)
	if err != nil {
		return "", fmt.Errorf("the private key that was given for publickey_ver %d does not open it", r.Version)
	}
	return string(text), nil
}

// controls are characters that the vendor's plaintext may have and JSON may not.
var controls = regexp.MustCompile(`[\x00-\x1f]`)

// open decrypts a record and takes its files in. gap says what kind of gap its failure is; none for a failure
// that may pass.
func (run *pulling) open(ctx context.Context, r *pulledRecord) (gap string, err error) {
	if r.failed != nil {
		return gapKey, r.failed
	}
	var text []byte
	if err := again(func() (err error) {
		text, err = run.Origin.Decrypt(ctx, r.random, r.Message)
		return err
	}); err != nil {
		var code pump.Code
		if errors.As(err, &code) && !code.Passing() {
			return gapUnreadable, err
		}
		return "", err
	}
	r.plain = string(text)
	if !json.Valid(text) {
		r.plain = controls.ReplaceAllString(r.plain, " ")
	}
	if err := r.read(); err != nil {
		return gapUnreadable, err
	}
	return "", run.fetch(ctx, r)
}

// read reads what a plaintext says about itself.
func (r *pulledRecord) read() error {
	var v struct {
		head
		Time   int64     `json:"time"`
		User   id.Person `json:"user"`
		Revoke struct {
			Before string `json:"pre_msgid"`
		} `json:"revoke"`
	}
	if err := json.Unmarshal([]byte(r.plain), &v); err != nil {
		return fmt.Errorf("the plaintext cannot be read: %w", err)
	}
	r.head = pendingHead{head: v.head, External: strings.HasSuffix(r.MsgID, "_external"), Revokes: v.Revoke.Before}
	if r.head.MsgID == "" {
		r.head.MsgID = r.MsgID
	}
	if v.Action == "switch" {
		r.head.From, r.head.At, r.head.Type = v.User, v.Time, "switch"
	}
	return nil
}
