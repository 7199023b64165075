// Package form has the forms that members fill in for approvals and journals: the controls of a template as
// WeCom writes them (doc 91982, 97437), and what is filled in (doc 91853, 91983, 93394). It keeps nothing;
// the rooms store forms as JSON.
//
//	Control ──Check──> a template that may be stored
//	Content ──Fill───> contents that fit the controls, complete with titles and names
package form

import (
	"fmt"
	"time"
)

// Problem says what is wrong with a form, in the words of its fields. The rooms have codes for it.
type Problem string

func (p Problem) Error() string { return string(p) }

func problem(format string, args ...any) error { return Problem(fmt.Sprintf(format, args...)) }

// Text is a text in a language: zh_CN or en.
type Text struct {
	Text string `json:"text"`
	Lang string `json:"lang"`
}

// In returns a text in Chinese.
func In(text string) []Text { return []Text{{text, "zh_CN"}} }

// First returns the first of the texts, empty if there is none.
func First(texts []Text) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0].Text
}

// The kinds of control.
const (
	TextLine        = "Text"
	TextArea        = "Textarea"
	Number          = "Number"
	Money           = "Money"
	Date            = "Date"
	Selector        = "Selector"
	Contact         = "Contact"
	Tips            = "Tips"
	File            = "File"
	Table           = "Table"
	Attendance      = "Attendance"
	Vacation        = "Vacation"
	Location        = "Location"
	RelatedApproval = "RelatedApproval"
	Formula         = "Formula"
	DateRange       = "DateRange"
	BankAccount     = "BankAccount"
	PhoneNumber     = "PhoneNumber"
	PunchCorrection = "PunchCorrection"
	// DriveFile holds files of the drive (微盘), in reports alone (doc 93394). There is no drive here: the report keeps them.
	DriveFile = "WedriveFile"
)

// The types of attendance (doc 91853).
const (
	Leave    int64 = 1
	Punch    int64 = 2
	Trip     int64 = 3
	Outing   int64 = 4
	Overtime int64 = 5
)

// The ways to choose and the scales of time.
const (
	single  = "single"
	multi   = "multi"
	byDay   = "day"
	byHour  = "hour"
	halfDay = "halfday"

	user       = "user"
	department = "department"
)

// China is the time zone that days are counted in (doc 91853).
var China = time.FixedZone("UTC+8", 8*60*60)

const (
	day  = 24 * 60 * 60 // seconds
	half = day / 2
)
