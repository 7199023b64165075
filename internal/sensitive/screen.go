package sensitive

import (
	"regexp"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Said is what a member is about to say.
type Said struct {
	Text      string
	RedPacket bool // money in an envelope, which Text stands on
}

// String is what the other side reads.
func (s Said) String() string {
	if s.RedPacket {
		return strings.TrimSpace("[红包] " + s.Text)
	}
	return s.Text
}

// Verdict is what the rules find in a message. The zero value is nothing.
type Verdict struct {
	Intercepted bool     `json:"intercepted,omitempty"` // it is not said
	Warned      bool     `json:"warned,omitempty"`      // it is said, and the member was warned
	RuleID      string   `json:"rule_id,omitempty"`     // the first that found something; one that intercepts before others
	RuleName    string   `json:"rule_name,omitempty"`
	Words       []string `json:"words,omitempty"`     // of the rule, found in the message
	Semantics   []int64  `json:"semantics,omitempty"` // likewise
}

// What telephone numbers and addresses of mail look like. The platform does not say.
var (
	telephones = regexp.MustCompile(`(^|\D)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(\D|$)`)
	mails      = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`)
)

// found returns what the rule finds in a message. Letter case does not count.
func (r Rule) found(said Said) (words []string, semantics []int64) {
	text := strings.ToLower(said.Text)
	for _, w := range r.Words {
		if strings.Contains(text, strings.ToLower(w)) {
			words = append(words, w)
		}
	}
	for _, n := range r.Semantics {
		if n == telephone && telephones.MatchString(said.Text) || n == mail && mails.MatchString(said.Text) || n == redPacket && said.RedPacket {
			semantics = append(semantics, n)
		}
	}
	return words, semantics
}

// Screen holds what a member, by number, is about to say to a customer or in a group of customers against the
// corp's rules.
func (s *Service) Screen(tx *store.Tx, corpID string, member int64, said Said) (out Verdict, err error) {
	rules, err := s.Rules(tx, corpID)
	if err != nil {
		return out, err
	}
	slices.SortStableFunc(rules, func(a, b Rule) int { return int(a.Kind - b.Kind) })
	for _, r := range rules {
		words, semantics := r.found(said)
		if len(words)+len(semantics) == 0 {
			continue
		}
		applies, err := s.appliesTo(tx, corpID, r, member)
		if err != nil {
			return out, err
		}
		if applies {
			return Verdict{r.Kind == intercepts, r.Kind == warns, s.ruleID(r.No), r.Name, words, semantics}, nil
		}
	}
	return out, nil
}

func (s *Service) appliesTo(tx *store.Tx, corpID string, r Rule, member int64) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM sensitive_rule_member WHERE corpid = ? AND rule = ? AND member = ?`, corpID, r.No, member)
	if err != nil || n > 0 || len(r.Departments) == 0 {
		return n > 0, err
	}
	in, err := s.deps.Directory.Within(tx, corpID, access.Range{Departments: r.Departments}, []int64{member})
	return len(in) > 0, err
}
