package wedoc

import (
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ReplyType is how a question is answered. The numbers are WeCom's (doc 97462).
type ReplyType int64

// The types of answer.
const (
	replyText       ReplyType = 1
	replyOne        ReplyType = 2
	replySome       ReplyType = 3
	replyPlace      ReplyType = 5
	replyPicture    ReplyType = 9
	replyFile       ReplyType = 10
	replyDate       ReplyType = 11
	replyTime       ReplyType = 14
	replyList       ReplyType = 15
	replyFever      ReplyType = 16
	replySignature  ReplyType = 17
	replyDepartment ReplyType = 18
	replyMember     ReplyType = 19
	replyDuration   ReplyType = 22
)

func (t ReplyType) chosen() bool { return t == replyOne || t == replySome || t == replyList }

func (t ReplyType) known() bool {
	switch t {
	case replyText, replyOne, replySome, replyPlace, replyPicture, replyFile, replyDate, replyTime, replyList, replyFever, replySignature, replyDepartment, replyMember, replyDuration:
		return true
	}
	return false
}

// QuestionExtras are settings of a question, of the part that its type has (doc 97462).
type (
	QuestionExtras struct {
		Text       *textSetting     `json:"text_setting,omitempty"`
		Radio      *radioSetting    `json:"radio_setting,omitempty"`
		Checkbox   *checkboxSetting `json:"checkbox_setting,omitempty"`
		Location   *locationSetting `json:"location_setting,omitempty"`
		Image      *imageSetting    `json:"image_setting,omitempty"`
		File       *fileSetting     `json:"file_setting,omitempty"`
		Date       *dateSetting     `json:"date_setting,omitempty"`
		Time       *timeSetting     `json:"time_setting,omitempty"`
		Duration   *durationSetting `json:"duration_setting,omitempty"`
		Fever      *feverSetting    `json:"temperature_setting,omitempty"`
		Department *severalSetting  `json:"department_setting,omitempty"`
		Member     *severalSetting  `json:"member_setting,omitempty"`
	}
	textSetting struct {
		Validation int64    `json:"validation_type"`
		Detail     int64    `json:"validation_detail,omitempty"`
		Length     int64    `json:"char_len,omitempty"`
		Min        *float64 `json:"number_min,omitempty"`
		Max        *float64 `json:"number_max,omitempty"`
	}
	radioSetting struct {
		Other bool `json:"add_other_option"`
	}
	checkboxSetting struct {
		Other  bool  `json:"add_other_option"`
		Type   int64 `json:"type"`
		Number int64 `json:"number"`
	}
	locationSetting struct {
		Type     int64 `json:"location_type"`
		Distance int64 `json:"distance_type"`
	}
	uploadLimit struct {
		Type  int64 `json:"count_limit_type"`
		Count int64 `json:"count"`
		Size  int64 `json:"max_size"` // megabytes
	}
	imageSetting struct {
		Camera bool         `json:"camera_only"`
		Limit  *uploadLimit `json:"upload_image_limit,omitempty"`
	}
	fileSetting struct {
		Limit *uploadLimit `json:"upload_file_limit,omitempty"`
	}
	dateSetting struct {
		Format int64 `json:"date_format_type"`
	}
	timeSetting struct {
		Format int64 `json:"time_format_type"`
	}
	durationSetting struct {
		Scale int64 `json:"time_scale"`
		Date  int64 `json:"date_type"`
		Day   int64 `json:"day_range"`
	}
	feverSetting struct {
		Unit int64 `json:"unit_type"`
	}
	severalSetting struct {
		Several bool `json:"allow_multiple_selection"`
	}
)

// valid says what is wrong with a question, beginning with the field.
func (q Question) valid() error {
	switch {
	case strings.TrimSpace(q.Title) == "" || utf8.RuneCountInString(q.Title) > maxFormText:
		return fmt.Errorf("title: 1 to %d characters expected", maxFormText)
	case q.Pos < 1:
		return fmt.Errorf("pos: a number from 1 on expected")
	case q.Status != 1 && q.Status != 2:
		return fmt.Errorf("status: 1 or 2 expected")
	case !q.Type.known():
		return fmt.Errorf("reply_type: %d is no type of answer", q.Type)
	case q.Type.chosen() && (len(q.Options) < 1 || len(q.Options) > maxOptions):
		return fmt.Errorf("option_item: 1 to %d options expected", maxOptions)
	}
	seen := map[int64]bool{}
	for i, o := range q.Options {
		if o.Key < 1 || seen[o.Key] || o.Value == "" || utf8.RuneCountInString(o.Value) > maxOptionText || o.Status != 1 && o.Status != 2 {
			return fmt.Errorf("option_item[%d]: a key from 1 on that no other has, a value of at most %d characters, and a status of 1 or 2 expected", i, maxOptionText)
		}
		seen[o.Key] = true
	}
	if q.Extra == nil {
		return nil
	}
	if x := q.Extra.Text; x != nil {
		if err := x.valid(); err != nil {
			return fmt.Errorf("question_extend_setting.text_setting.%w", err)
		}
	}
	if x := q.Extra.Checkbox; x != nil && (x.Type < 0 || x.Type > 3 || x.Type > 0 && (x.Number < 1 || x.Number > int64(len(q.Options)))) {
		return fmt.Errorf("question_extend_setting.checkbox_setting: a type of 0 to 3, and with 1 to 3 a number of at most %d expected", len(q.Options))
	}
	for _, l := range q.limits() {
		if l.Type < 0 || l.Type > 1 || l.Count < 1 || l.Count > 9 || l.Size < 0 || l.Size > 3000 {
			return fmt.Errorf("question_extend_setting: a count_limit_type of 0 or 1, a count of 1 to 9 and a max_size of at most 3000 expected")
		}
	}
	return nil
}

// limits are those of the files that answer the question.
func (q Question) limits() (out []uploadLimit) {
	if q.Extra == nil {
		return nil
	}
	if x := q.Extra.Image; x != nil && x.Limit != nil {
		out = append(out, *x.Limit)
	}
	if x := q.Extra.File; x != nil && x.Limit != nil {
		out = append(out, *x.Limit)
	}
	return out
}

func (x textSetting) valid() error {
	switch {
	case x.Validation < 0 || x.Validation > 6:
		return fmt.Errorf("validation_type: 0 to 6 expected")
	case x.Validation == 0 && (x.Detail < 1 || x.Detail > 3) && (x.Detail != 0 || x.Length != 0):
		return fmt.Errorf("validation_detail: 1 to 3 expected")
	case x.Validation == 0 && x.Detail != 0 && (x.Length < 1 || x.Length > 4000):
		return fmt.Errorf("char_len: 1 to 4000 expected")
	case x.Validation == 1 && (x.Detail < 4 || x.Detail > 11):
		return fmt.Errorf("validation_detail: 4 to 11 expected")
	case x.Validation == 1 && (x.Detail == 5 || x.Detail == 6 || x.Detail == 9 || x.Detail == 10) && x.Min == nil:
		return fmt.Errorf("number_min: a number expected")
	case x.Validation == 1 && x.Detail >= 7 && x.Detail <= 10 && x.Max == nil:
		return fmt.Errorf("number_max: a number expected")
	}
	return nil
}

var (
	identityNumber = regexp.MustCompile(`^[0-9]{17}[0-9Xx]$`)
	mobileNumber   = regexp.MustCompile(`^1[0-9]{10}$`)
	phoneNumber    = regexp.MustCompile(`^(0[0-9]{2,3}-?)?[0-9]{7,8}(-[0-9]{1,6})?$`)
)

// accepts says what is wrong with a text for the question.
func (x textSetting) accepts(text string) error {
	n := int64(utf8.RuneCountInString(text))
	ok, want := true, ""
	switch x.Validation {
	case 0:
		ok = x.Detail == 0 || x.Detail == 1 && n <= x.Length || x.Detail == 2 && n >= x.Length || x.Detail == 3 && n == x.Length
		want = fmt.Sprintf("at most, at least or exactly %d characters", x.Length)
	case 1:
		f, err := strconv.ParseFloat(text, 64)
		ok, want = err == nil && x.holds(f), "a number in the question's range"
	case 2:
		_, err := mail.ParseAddress(text)
		ok, want = err == nil, "a mail address"
	case 3:
		ok, want = strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://"), "a web address"
	case 4:
		ok, want = identityNumber.MatchString(text), "an identity number"
	case 5:
		ok, want = mobileNumber.MatchString(text), "a mobile number"
	case 6:
		ok, want = phoneNumber.MatchString(text), "a telephone number"
	}
	if !ok {
		return fmt.Errorf("%s expected", want)
	}
	return nil
}

func (x textSetting) holds(f float64) bool {
	low, high := 0.0, 0.0
	if x.Min != nil {
		low = *x.Min
	}
	if x.Max != nil {
		high = *x.Max
	}
	switch x.Detail {
	case 5:
		return f > low
	case 6:
		return f >= low
	case 7:
		return f < high
	case 8:
		return f <= high
	case 9:
		return f >= low && f <= high
	case 10:
		return f < low || f > high
	case 11:
		return f == float64(int64(f))
	}
	return true
}
