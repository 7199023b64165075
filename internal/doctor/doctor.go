// Package doctor examines receivers of callbacks. It sends what WeCom sends when a URL is verified (doc 90930), and
// then variations of it: each is one that a common mistake answers differently. So it can say which step of a
// receiver fails and how to mend it, without having seen its code.
package doctor

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"time"

	"qiwei/internal/outbound"
)

// Kind is what the URL receives.
type Kind int

const (
	Application Kind = iota // messages and events of an application: XML
	Suite                   // what a suite is told at its command URL: XML, answered with success
	Robot                   // messages of a smart robot: JSON, no receiveid
)

// Kinds are the names of the kinds.
var Kinds = []string{"application", "suite", "robot"}

func (k Kind) String() string { return Kinds[k] }

// ParseKind returns the kind of that name.
func ParseKind(name string) (Kind, bool) {
	for i, n := range Kinds {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// Patient is a receiver, with what its owner says of it.
type Patient struct {
	URL, Token, AESKey string
	Kind               Kind
	// ReceiveID is the receiveid that is due: the corpid; for a suite's URL the provider's corpid; nothing for a
	// robot.
	ReceiveID string
	// Others are receiveids that a receiver may expect by mistake, such as the suite's id.
	Others []string
	// Push also posts an event, which a receiver may act upon.
	Push bool
}

// State is how serious a finding is.
type State int

const (
	Good State = iota
	Remark
	Fault
)

func (s State) String() string { return [...]string{"ok", "remark", "fault"}[s] }

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Steps of an examination, in order.
const (
	StepForm      = "form"      // of URL, Token and EncodingAESKey
	StepName      = "name"      // DNS
	StepConnect   = "connect"   // TCP
	StepTLS       = "tls"       //
	StepRedirect  = "redirect"  //
	StepTime      = "time"      //
	StepStatus    = "status"    // of the answer
	StepSignature = "signature" //
	StepQuery     = "query"     // how the receiver decodes it
	StepDecrypt   = "decrypt"   //
	StepReceiveID = "receiveid" //
	StepPadding   = "padding"   //
	StepAnswer    = "answer"    // its body
	StepPush      = "push"      // what is answered to an event
)

// Finding is one thing that was found, in both languages: what is so, and how to mend it.
type Finding struct {
	Step   string `json:"step"`
	State  State  `json:"state"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	MendZh string `json:"mend_zh,omitempty"`
	MendEn string `json:"mend_en,omitempty"`
}

// Report is the result of an examination.
type Report struct {
	// Verified says whether WeCom would take the URL.
	Verified bool      `json:"verified"`
	Findings []Finding `json:"findings"`
	// Signed is what the first request's signature was made of, its parts sorted, and Signature what came out.
	// The Token stands in it.
	Signed    []string `json:"signed,omitempty"`
	Signature string   `json:"signature,omitempty"`
	Requests  int      `json:"requests"`
}

// Doctor makes examinations.
type Doctor struct {
	log     *slog.Logger
	client  *outbound.Client
	entropy io.Reader
	patience,
	verifyWithin, pushWithin time.Duration
}

// Deps are what a doctor needs.
type Deps struct {
	Outbound *outbound.Network
	Options  outbound.Options // its purpose is the doctor's
	Log      *slog.Logger
	// Within is how long a verification may take, 1 s if it is 0; a push has five times that. Answers are waited
	// for twice as long as a push, to tell late ones from none.
	Within time.Duration
}

// New returns a doctor.
func New(d Deps) *Doctor {
	d.Options.Purpose = "doctor"
	within := cmp.Or(d.Within, time.Second)
	return &Doctor{log: d.Log, client: d.Outbound.Client(d.Options), entropy: rand.Reader, patience: 10 * within, verifyWithin: within, pushWithin: 5 * within}
}

// Examine examines a receiver. The error is that of ctx: whatever is wrong with the receiver is a finding.
func (d *Doctor) Examine(ctx context.Context, p Patient) (Report, error) {
	e := &examination{Doctor: d, ctx: ctx, Patient: p}
	e.run()
	return e.Report, ctx.Err()
}

// examination is one under way.
type examination struct {
	*Doctor
	Patient
	Report
	ctx context.Context
}

func (e *examination) run() {
	if !e.checkForm() {
		return
	}
	first := e.verify(probe{})
	e.Signed, e.Signature = first.signed, first.signature
	if first.unreachable() {
		e.explainLine(first)
		return
	}
	switch {
	case first.right():
		e.Verified = e.inTime(first)
		e.strain()
	case e.knownAnswer(first):
	default:
		e.findStep(first)
		return
	}
	// A receiver that is not reached, or takes no signature, takes no push either.
	if e.Push && first.status == http.StatusOK && e.ctx.Err() == nil {
		e.push()
	}
}

func (e *examination) add(f Finding) { e.Findings = append(e.Findings, f) }

// inTime reports whether an answer would still count.
func (e *examination) inTime(a answer) bool {
	took := a.took.Round(time.Millisecond).String()
	if a.took > e.verifyWithin {
		e.add(Finding{StepTime, Fault,
			"回应正确，但用了 " + took + "，企业微信只等 " + e.verifyWithin.String(),
			"The answer is right, but took " + took + "; WeCom waits " + e.verifyWithin.String(),
			"验证 URL 时不要访问数据库或其他服务：只解密 echostr 并立即返回。", "Do nothing but decrypt echostr in this request, and answer at once."})
		return false
	}
	e.add(Finding{Step: StepAnswer, State: Good, Zh: "回应正确，用时 " + took, En: "The answer is right, after " + took})
	return true
}

// get makes the request of a probe.
func (e *examination) get(url string) (answer, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	return e.send(req), nil
}
