package form

import "qiwei/internal/id"

// Content is a control that was filled in.
type Content struct {
	Control string `json:"control"`
	ID      string `json:"id"`
	Title   []Text `json:"title"`
	Value   Value  `json:"value"`
	Hidden  int64  `json:"hidden,omitempty"` // 1: an option that was not chosen hides it
}

// Value is what it says. Only the part of the control's kind is there; some lists are always (doc 91983).
type Value struct {
	Text        *string          `json:"text,omitempty"`
	NewNumber   *string          `json:"new_number,omitempty"`
	NewMoney    *string          `json:"new_money,omitempty"`
	Date        *DateValue       `json:"date,omitempty"`
	Selector    *SelectorValue   `json:"selector,omitempty"`
	Tips        []Text           `json:"tips"`
	NewTips     *TipsConfig      `json:"new_tips,omitempty"`
	Members     []Member         `json:"members"`
	Departments []Department     `json:"departments"`
	Files       []FileValue      `json:"files"`
	Children    []Row            `json:"children"`
	StatField   []Text           `json:"stat_field"`
	Vacation    *VacationValue   `json:"vacation,omitempty"`
	Attendance  *AttendanceValue `json:"attendance,omitempty"`
	Punch       *PunchValue      `json:"punch_correction,omitempty"`
	DateRange   *RangeValue      `json:"date_range,omitempty"`
	Location    *LocationValue   `json:"location,omitempty"`
	Related     []Related        `json:"related_approval"`
	Formula     *FormulaValue    `json:"formula,omitempty"`
	BankAccount *BankValue       `json:"bank_account,omitempty"`
}

// The values, each as its appendix of doc 91983 has it.
type (
	// DateValue is a moment.
	DateValue struct {
		Type      string `json:"type"`        // as the control's
		Timestamp string `json:"s_timestamp"` // Unix seconds
	}
	// SelectorValue are chosen options.
	SelectorValue struct {
		Type    string   `json:"type"`
		Options []Option `json:"options"`
		ExpType int64    `json:"exp_type"`
	}
	// Member is a chosen member.
	Member struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name"`
	}
	// Department is a chosen department.
	Department struct {
		ID   string `json:"openapi_id"`
		Name string `json:"name"`
	}
	// FileValue is a file.
	FileValue struct {
		ID   string `json:"file_id"` // its media_id
		Name string `json:"file_name,omitempty"`
		Size int64  `json:"file_size,omitempty"`
		Type string `json:"file_type,omitempty"`
		URL  string `json:"file_url,omitempty"`
	}
	// Row is a row of a table.
	Row struct {
		List []Content `json:"list"`
	}
	// RangeValue is a time from one moment to another, in Unix seconds. By half days each end is midnight or
	// noon, and the half day that begins there is in it.
	RangeValue struct {
		Type     string `json:"type"`
		Begin    int64  `json:"new_begin"`
		End      int64  `json:"new_end"`
		Duration int64  `json:"new_duration"` // seconds
		PerDay   int64  `json:"perday_duration,omitempty"`
	}
	// VacationValue is a leave.
	VacationValue struct {
		Selector   SelectorValue   `json:"selector"`
		Attendance AttendanceValue `json:"attendance"`
	}
	// AttendanceValue is a time of absence or overtime.
	AttendanceValue struct {
		DateRange RangeValue  `json:"date_range"`
		Type      int64       `json:"type"`
		Slices    *SliceValue `json:"slice_info,omitempty"`
	}
	// SliceValue is the time by days.
	SliceValue struct {
		Days     []DaySlice `json:"day_items"`
		Duration int64      `json:"duration"`
		State    int64      `json:"state"` // 1 computed, 2 given
	}
	// DaySlice is what falls on a day.
	DaySlice struct {
		Day      int64 `json:"daytime"`  // its midnight
		Duration int64 `json:"duration"` // seconds
	}
	// PunchValue is a correction of a check-in.
	PunchValue struct {
		State   string `json:"state"`
		Time    int64  `json:"time"`
		Version int64  `json:"version"`
		Day     int64  `json:"daymonthyear"`
	}
	// LocationValue is a place.
	LocationValue struct {
		Latitude  string `json:"latitude"`
		Longitude string `json:"longitude"`
		Title     string `json:"title"`
		Address   string `json:"address"`
		Time      int64  `json:"time"`
	}
	// Related is another approval.
	Related struct {
		Names     []Text `json:"template_names"`
		Status    int64  `json:"sp_status"`
		Name      string `json:"name"`
		CreatedAt int64  `json:"create_time"`
		SpNo      string `json:"sp_no"`
	}
	// FormulaValue is what was computed.
	FormulaValue struct {
		Value string `json:"value"`
	}
	// BankValue is an account that money goes to.
	BankValue struct {
		Type   int64  `json:"account_type"` // 1 of a company, 2 of a person
		Name   string `json:"account_name"`
		Number string `json:"account_number"`
		Remark string `json:"remark"`
		Bank   Bank   `json:"bank"`
	}
	// Bank is a branch of a bank.
	Bank struct {
		Alias        string `json:"bank_alias"`
		AliasCode    string `json:"bank_alias_code"`
		Province     string `json:"province"`
		ProvinceCode int64  `json:"province_code"`
		City         string `json:"city"`
		CityCode     int64  `json:"city_code"`
		Branch       string `json:"bank_branch_name"`
		BranchID     string `json:"bank_branch_id"`
	}
)

// Each calls fn for the contents and those in their tables.
func Each(list []Content, fn func(*Content)) {
	for i := range list {
		fn(&list[i])
		for r := range list[i].Value.Children {
			Each(list[i].Value.Children[r].List, fn)
		}
	}
}

// Span is the time that a leave, a trip, an outing or overtime takes, in Unix seconds.
type Span struct {
	Kind       int64 // Leave, Trip, Outing, Overtime
	Begin, End int64
	Duration   int64
	Vacation   int64  // the kind of leave, 0 for others
	Choice     string // its name
	ByHour     bool
	Days       []DaySlice
}

// Spans returns those of the contents.
func Spans(list []Content) (out []Span) {
	for _, c := range list {
		switch v := c.Value; {
		case c.Hidden == 1:
		case v.Vacation != nil:
			s := v.Vacation.Attendance.span()
			s.Kind = Leave
			if len(v.Vacation.Selector.Options) > 0 {
				s.Vacation, _ = whole(v.Vacation.Selector.Options[0].Key)
				s.Choice = First(v.Vacation.Selector.Options[0].Value)
			}
			out = append(out, s)
		case v.Attendance != nil:
			out = append(out, v.Attendance.span())
		}
	}
	return out
}

func (a AttendanceValue) span() Span {
	s := Span{Kind: a.Type, Begin: a.DateRange.Begin, End: a.DateRange.End, Duration: a.DateRange.Duration, ByHour: a.DateRange.Type == byHour}
	if a.Slices != nil {
		s.Days = a.Slices.Days
	}
	if a.DateRange.Type == halfDay {
		s.End += half
	}
	return s
}

// Punches returns the corrections of check-ins that the contents ask for.
func Punches(list []Content) (out []PunchValue) {
	for _, c := range list {
		if c.Value.Punch != nil && c.Hidden != 1 {
			out = append(out, *c.Value.Punch)
		}
	}
	return out
}
