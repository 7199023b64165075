package smartsheet

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/id"
)

// What a view or a question filters by, as the wire has it (doc 99902).
type (
	filterSpec struct {
		Conjunction string      `json:"conjunction"`
		Conditions  []condition `json:"conditions"`
	}
	condition struct {
		FieldID  string         `json:"field_id"`
		Type     Type           `json:"field_type,omitempty"`
		Operator string         `json:"operator"`
		Text     *textValues    `json:"string_value,omitempty"`
		Number   *numberValue   `json:"number_value,omitempty"`
		Bool     *boolValue     `json:"bool_value,omitempty"`
		User     *userValues    `json:"user_value,omitempty"`
		DateTime *dateTimeValue `json:"date_time_value,omitempty"`
	}
	textValues struct {
		Value []string `json:"value"`
	}
	numberValue struct {
		Value float64 `json:"value"`
	}
	boolValue struct {
		Value bool `json:"value"`
	}
	userValues struct {
		Value []id.UserID `json:"value"`
	}
	dateTimeValue struct {
		Type  string   `json:"type"`
		Value []string `json:"value,omitempty"`
	}
)

// operators are the last parts of the names of operators.
var operators = []string{"IS", "IS_NOT", "CONTAINS", "DOES_NOT_CONTAIN", "IS_GREATER", "IS_GREATER_OR_EQUAL", "IS_LESS", "IS_LESS_OR_EQUAL", "IS_EMPTY", "IS_NOT_EMPTY"}

const operatorPrefix = "OPERATOR_"

// valid checks a filter against the fields. Members in it are written as the directory spells them.
func (f *filterSpec) valid(fields []Field) error {
	if f.Conjunction == "" {
		f.Conjunction = "CONJUNCTION_AND"
	}
	if f.Conjunction != "CONJUNCTION_AND" && f.Conjunction != "CONJUNCTION_OR" {
		return errParameter.With("conjunction: CONJUNCTION_AND or CONJUNCTION_OR expected")
	}
	for i := range f.Conditions {
		if err := f.Conditions[i].valid(fields); err != nil {
			return err
		}
	}
	return nil
}

func (c *condition) valid(fields []Field) error {
	at := slices.IndexFunc(fields, func(f Field) bool { return f.ID == c.FieldID })
	if at < 0 {
		return errParameter.With("conditions.field_id: there is no field %q", c.FieldID)
	}
	if t := fields[at].Type; c.Type != "" && c.Type != t {
		return errParameter.With("conditions.field_type: the field is of type %s", t)
	} else {
		c.Type = t
	}
	op, ok := strings.CutPrefix(c.Operator, operatorPrefix)
	if !ok || !slices.Contains(operators, op) {
		return errParameter.With("conditions.operator: %q is none", c.Operator)
	}
	if op == "IS_EMPTY" || op == "IS_NOT_EMPTY" {
		return nil
	}
	given := map[class]bool{texts: c.Text != nil, numbers: c.Number != nil, truths: c.Bool != nil, people: c.User != nil, times: c.DateTime != nil}
	if of := c.Type.class(); !given[of] {
		return errParameter.With("conditions: a value for a field of type %s expected, such as %s", c.Type, of.value())
	}
	if c.DateTime != nil {
		_, _, err := c.DateTime.span(time.Time{}) // whenever it is asked
		return err
	}
	return nil
}

// class is how the values of a type are compared.
type class int

const (
	texts class = iota + 1
	numbers
	truths
	people
	times
)

func (c class) value() string {
	return [...]string{"", "string_value", "number_value", "bool_value", "user_value", "date_time_value"}[c]
}

func (t Type) class() class {
	switch t {
	case Number, Progress, Currency, Percentage:
		return numbers
	case Checkbox:
		return truths
	case User, CreatedUser, ModifiedUser:
		return people
	case DateTime, CreatedTime, ModifiedTime:
		return times
	}
	return texts // of choices the ids
}

// span returns the beginning and the end of the days that a date stands for.
func (d dateTimeValue) span(now time.Time) (from, to time.Time, err error) {
	now = now.In(china)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, china)
	month := today.AddDate(0, 0, 1-today.Day())
	week := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	switch strings.TrimPrefix(d.Type, "DATE_TIME_TYPE_") {
	case "DETAIL_DATE":
		if len(d.Value) == 1 {
			ms, err := strconv.ParseInt(d.Value[0], 10, 64)
			at := time.UnixMilli(ms).In(china)
			day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, china)
			if err == nil {
				return day, day.AddDate(0, 0, 1), nil
			}
		}
		return from, to, errParameter.With("date_time_value.value: a list of one text of Unix milliseconds expected")
	case "TODAY":
		return today, today.AddDate(0, 0, 1), nil
	case "TOMORROW":
		return today.AddDate(0, 0, 1), today.AddDate(0, 0, 2), nil
	case "YESTERDAY":
		return today.AddDate(0, 0, -1), today, nil
	case "CURRENT_WEEK":
		return week, week.AddDate(0, 0, 7), nil
	case "LAST_WEEK":
		return week.AddDate(0, 0, -7), week, nil
	case "CURRENT_MONTH":
		return month, month.AddDate(0, 1, 0), nil
	case "LAST_MONTH":
		return month.AddDate(0, -1, 0), month, nil
	case "THE_PAST_7_DAYS":
		return today.AddDate(0, 0, -7), today.AddDate(0, 0, 1), nil
	case "THE_NEXT_7_DAYS":
		return today, today.AddDate(0, 0, 8), nil
	case "THE_PAST_30_DAYS":
		return today.AddDate(0, 0, -30), today.AddDate(0, 0, 1), nil
	case "THE_NEXT_30_DAYS":
		return today, today.AddDate(0, 0, 31), nil
	}
	return from, to, errParameter.With("date_time_value.type: %q is none", d.Type)
}

// test returns whether a cell fulfils the condition.
func (c condition) test(now time.Time) func(measure) bool {
	op := strings.TrimPrefix(c.Operator, operatorPrefix)
	switch op {
	case "IS_EMPTY":
		return func(v measure) bool { return v.empty }
	case "IS_NOT_EMPTY":
		return func(v measure) bool { return !v.empty }
	}
	switch c.Type.class() {
	case numbers:
		return ordered(op, c.Number.Value, c.Number.Value)
	case truths:
		want := 0.0
		if c.Bool.Value {
			want = 1
		}
		return func(v measure) bool { return (v.number == want) == (op != "IS_NOT") }
	case times:
		from, to, _ := c.DateTime.span(now)
		return ordered(op, float64(from.UnixMilli()), float64(to.UnixMilli()-1))
	case people:
		users := make([]string, len(c.User.Value))
		for i, u := range c.User.Value {
			users[i] = u.Key()
		}
		return among(op, users)
	}
	if c.Type == Select || c.Type == SingleSelect || c.Type == Reference {
		return among(op, c.Text.Value)
	}
	words := c.Text.Value
	has := func(v measure, is func(text, word string) bool) bool {
		return slices.ContainsFunc(words, func(w string) bool { return is(v.text, w) })
	}
	equal := func(text, word string) bool { return text == word }
	within := func(text, word string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(word)) }
	switch op {
	case "IS_NOT":
		return func(v measure) bool { return !has(v, equal) }
	case "CONTAINS":
		return func(v measure) bool { return has(v, within) }
	case "DOES_NOT_CONTAIN":
		return func(v measure) bool { return !has(v, within) }
	}
	return func(v measure) bool { return has(v, equal) }
}

// ordered compares with a number, or with a span of them.
func ordered(op string, low, high float64) func(measure) bool {
	switch op {
	case "IS_NOT":
		return func(v measure) bool { return v.empty || v.number < low || v.number > high }
	case "IS_GREATER":
		return func(v measure) bool { return !v.empty && v.number > high }
	case "IS_GREATER_OR_EQUAL":
		return func(v measure) bool { return !v.empty && v.number >= low }
	case "IS_LESS":
		return func(v measure) bool { return !v.empty && v.number < low }
	case "IS_LESS_OR_EQUAL":
		return func(v measure) bool { return !v.empty && v.number <= high }
	}
	return func(v measure) bool { return !v.empty && v.number >= low && v.number <= high }
}

// among compares with a set.
func among(op string, want []string) func(measure) bool {
	has := func(v measure) bool {
		return slices.ContainsFunc(want, func(w string) bool { return slices.Contains(v.set, w) })
	}
	same := func(v measure) bool {
		return len(v.set) == len(want) && !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(v.set, w) })
	}
	switch op {
	case "IS_NOT":
		return func(v measure) bool { return !same(v) }
	case "CONTAINS":
		return has
	case "DOES_NOT_CONTAIN":
		return func(v measure) bool { return !has(v) }
	}
	return same
}
