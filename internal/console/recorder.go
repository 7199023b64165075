package console

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/wire"
)

// Recorder keeps the newest calls of the API in a bounded piece of memory, for the inspector. Each call costs
// a lock and a copy of what was sent and answered. A recorder of zero bytes keeps nothing and costs one
// comparison. Secrets are masked when a call is shown, not when it is kept.
type Recorder struct {
	limit     int64 // bytes
	strangers bool  // calls without a valid token are shown to every corp

	mu      sync.Mutex
	ring    []*kept // oldest first, from first on
	first   int
	used    int64
	no      int64
	changed chan struct{} // closed when there is something new
}

// keptBody is how much of a request or an answer is kept, in bytes.
const keptBody = 32 << 10

// keptText is how much of a path, or of a header, is kept.
const keptText = 1 << 10

// keptOverhead is how many bytes a call takes besides its texts.
const keptOverhead = 400

// kept is a call in memory.
type kept struct {
	no                int64
	at                time.Time
	method, path      string
	query             string
	kind              string // Content-Type of the request
	agent             string // User-Agent
	origin            string // explorer, replay, or empty
	by                access.Caller
	code              int
	took              time.Duration
	hint              string
	fault             string
	missing           bool // there is no such path
	request, response []byte
	requestSize       int64
	responseSize      int64
}

func (k *kept) size() int64 {
	return int64(keptOverhead + len(k.method) + len(k.path) + len(k.query) + len(k.kind) + len(k.agent) + len(k.request) + len(k.response))
}

// NewRecorder returns a recorder that takes up to limit bytes. strangers says whether every corp's admins see
// the calls that belong to no corp because their token was invalid.
func NewRecorder(limit int64, strangers bool) *Recorder {
	return &Recorder{limit: limit, strangers: strangers, changed: make(chan struct{})}
}

// On reports whether calls are kept.
func (r *Recorder) On() bool { return r != nil && r.limit > 0 }

type originKey struct{}

// withOrigin marks a call as one that the console makes.
func withOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// begin returns the beginning of a text as one of its own: a part of the request's would keep all of the request.
func begin(text string, most int) string { return strings.Clone(text[:min(len(text), most)]) }

// Record keeps the call, if there is somebody who may see it.
func (r *Recorder) Record(c wire.Call, now time.Time) {
	if !r.On() || c.HTTP == nil {
		return
	}
	k := &kept{
		at: now, method: begin(c.Method, keptText), path: begin(c.Path, keptText), query: begin(c.HTTP.URL.RawQuery, keptBody),
		kind: begin(c.HTTP.Header.Get("Content-Type"), keptText), agent: begin(c.HTTP.UserAgent(), keptText),
		by: c.By, code: c.ErrCode, took: c.Took, fault: c.Fault, missing: c.Missing,
		request: bytes.Clone(c.Request[:min(len(c.Request), keptBody)]), response: bytes.Clone(c.Response[:min(len(c.Response), keptBody)]),
		requestSize: max(c.HTTP.ContentLength, int64(len(c.Request))), responseSize: int64(len(c.Response)),
	}
	if !r.strangers && (k.missing || k.corpID() == "") {
		return
	}
	if c.ErrCode != 0 {
		k.hint = c.ID()
	}
	k.origin, _ = c.HTTP.Context().Value(originKey{}).(string)
	k.by.Range, k.by.Grants, k.by.Trusted = access.Range{}, nil, access.Addresses{} // these may be large and are not shown
	r.mu.Lock()
	r.no++
	k.no = r.no
	r.ring = append(r.ring, k)
	r.used += k.size()
	for r.used > r.limit && r.first < len(r.ring) {
		r.used -= r.ring[r.first].size()
		r.ring[r.first] = nil
		r.first++
	}
	if r.first > len(r.ring)/2 && r.first > 64 {
		r.ring = append([]*kept(nil), r.ring[r.first:]...)
		r.first = 0
	}
	changed := r.changed
	r.changed = nil
	r.mu.Unlock()
	if changed != nil {
		close(changed)
	}
}

// after returns up to limit calls of the corp with numbers above no, oldest first, and a channel that is
// closed when a new one arrives.
func (r *Recorder) after(corpID string, no int64, limit int, fits func(*kept) bool) (list []*kept, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	for i := len(r.ring) - 1; i >= r.first && r.ring[i].no > no && len(list) < limit; i-- {
		if k := r.ring[i]; k.of(corpID, r.strangers) && fits(k) {
			list = append(list, k)
		}
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, r.changed
}

// before returns up to limit calls of the corp with numbers below no (0: all),
// newest first.
func (r *Recorder) before(corpID string, no int64, limit int, fits func(*kept) bool) (list []*kept) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.ring) - 1; i >= r.first && len(list) < limit; i-- {
		if k := r.ring[i]; (no == 0 || k.no < no) && k.of(corpID, r.strangers) && fits(k) {
			list = append(list, k)
		}
	}
	return list
}

func (r *Recorder) call(corpID string, no int64) *kept {
	list := r.before(corpID, no+1, 1, func(k *kept) bool { return k.no == no })
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// fill returns how many calls and bytes are kept, and the limit in bytes.
func (r *Recorder) fill() (calls int, used, limit int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ring) - r.first, r.used, r.limit
}

// clear forgets the corp's calls.
func (r *Recorder) clear(corpID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rest []*kept
	r.used = 0
	for _, k := range r.ring[r.first:] {
		if !k.of(corpID, r.strangers) {
			rest, r.used = append(rest, k), r.used+k.size()
		}
	}
	r.ring, r.first = rest, 0
}

// getToken is the call that names its corp, which has no token yet.
const getToken = "/cgi-bin/gettoken"

// corpID is the corp that the call was made in: that of its token, or for gettoken the one that it names. What any other
// call without a token says of a corp, a stranger may have made up.
func (k *kept) corpID() string {
	if k.by.CorpID != "" || k.path != getToken {
		return k.by.CorpID
	}
	q, _ := url.ParseQuery(k.query)
	if id := q.Get("corpid"); id != "" {
		return id
	}
	var body struct {
		CorpID string `json:"corpid"`
	}
	if bytes.Contains(k.request, []byte(`"corpid"`)) {
		json.Unmarshal(k.request, &body) // a body that is not JSON names none
	}
	return body.CorpID
}

// of reports whether the admins of a corp may look at the call. It was made in the corp, or it had no valid
// token, on a server whose corps have no secrets from each other.
func (k *kept) of(corpID string, strangers bool) bool {
	id := k.corpID()
	return id == corpID || (id == "" && strangers)
}
