// Package seed describes an enterprise in one file: its settings, departments, members, tags and
// applications. `qiwei dev` starts from the one that is built in or from --seed FILE, and `qiwei corp export`
// writes the same form.
//
// Names are those of WeCom's API, if it has the thing. Whatever a file leaves out gets its default: ids are
// assigned and secrets are drawn.
package seed

import (
	"bytes"
	"encoding/json"

	_ "embed"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
)

// Format is what the member "format" of a file says; a new form gets a new number.
const Format = "qiwei enterprise 1"

// Enterprise is a file's content.
type Enterprise struct {
	Format      string       `json:"format"`
	Corp        Corp         `json:"corp"`
	Departments []Department `json:"departments,omitempty"`
	Members     []Member     `json:"members,omitempty"`
	Tags        []Tag        `json:"tags,omitempty"`
	Apps        []App        `json:"apps,omitempty"`
	Bots        []Bot        `json:"bots,omitempty"`

	CustomerTags []CustomerTags `json:"customer_tags,omitempty"`
	ContactWays  []ContactWay   `json:"contact_ways,omitempty"`
	Customers    []Customer     `json:"customers,omitempty"`

	CustomerGroups []CustomerGroup `json:"customer_groups,omitempty"`
	JoinWays       []JoinWay       `json:"join_ways,omitempty"`

	ServiceAccounts []ServiceAccount `json:"service_accounts,omitempty"`
	Approvals       []Approval       `json:"approvals,omitempty"`
	Journals        []Journal        `json:"journals,omitempty"`
	Acquisition     *Acquisition     `json:"acquisition,omitempty"`
	Moments         []Moment         `json:"moments,omitempty"`
	MeetingRooms    []MeetingRoom    `json:"meeting_rooms,omitempty"`
	Calendars       []Calendar       `json:"calendars,omitempty"`
	CheckinRules    []CheckinRule    `json:"checkin_rules,omitempty"`
	Livings         []Living         `json:"livings,omitempty"`
	Meetings        []Meeting        `json:"meetings,omitempty"`
	Staff           []Staff          `json:"staff,omitempty"`
	Devices         []TrustedDevice  `json:"trusted_devices,omitempty"`
	Invoices        []Invoice        `json:"invoices,omitempty"`
	HealthJobs      []HealthJob      `json:"health_jobs,omitempty"`
	Calls           []Call           `json:"calls,omitempty"`
	FileRecords     []FileRecord     `json:"file_records,omitempty"`
	ScreenRecords   []ScreenRecord   `json:"screen_records,omitempty"`
	MemberRecords   []MemberRecord   `json:"member_records,omitempty"`
	Todos           []Todo           `json:"todos,omitempty"`
	// LeftOut names what Export could not describe. It is not in the file.
	LeftOut []string `json:"-"`
}

// Corp is the enterprise itself.
type Corp struct {
	CorpID      string        `json:"corpid,omitempty"` // a new one if empty
	Name        string        `json:"name"`
	Creator     id.UserID     `json:"creator,omitempty"`
	Admin       id.UserID     `json:"admin,omitempty"` // the member who gets a password in `qiwei dev`; the creator if empty
	MemberLimit int64         `json:"member_limit,omitempty"`
	Settings    corp.Settings `json:"settings"`
}

// Department is a department. The root, id 1, need not be named.
type Department struct {
	ID       int64  `json:"id"`
	ParentID int64  `json:"parentid,omitempty"` // 1 if absent
	Name     string `json:"name"`
	NameEN   string `json:"name_en,omitempty"`
	Order    *int64 `json:"order,omitempty"`
}

// Member is a member. A member without a userid gets one from the system. Besides these fields a member has
// the plain texts of the directory's table.
type Member struct {
	directory.Texts `json:"-"`
	UserID          id.UserID        `json:"userid,omitempty"`
	Generated       bool             `json:"generated,omitempty"` // the system made the userid
	MailAliases     []string         `json:"biz_mail_alias,omitempty"`
	Gender          int64            `json:"gender,omitempty"`
	Avatar          string           `json:"avatar,omitempty"`
	Departments     []int64          `json:"department,omitempty"`
	Orders          []int64          `json:"order,omitempty"`
	Leads           []int64          `json:"is_leader_in_dept,omitempty"`
	MainDepartment  int64            `json:"main_department,omitempty"`
	DirectLeader    id.UserID        `json:"direct_leader,omitempty"`
	Enable          *bool            `json:"enable,omitempty"`    // true if absent
	Activated       *bool            `json:"activated,omitempty"` // true if absent
	Attributes      []Attribute      `json:"extattr,omitempty"`
	External        *ExternalProfile `json:"external_profile,omitempty"`
}

// MarshalJSON writes the plain texts after the userid.
func (m Member) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	put := func(name string, v any) error {
		out.WriteString(map[bool]string{true: "{", false: ","}[out.Len() == 0] + `"` + name + `":`)
		return enc.Encode(v)
	}
	if m.UserID != "" {
		if err := put("userid", m.UserID); err != nil {
			return nil, err
		}
	}
	for _, row := range directory.PlainFields() {
		if text := m.Texts[row.Name]; text != "" {
			if err := put(string(row.Name), text); err != nil {
				return nil, err
			}
		}
	}
	type rest Member // without this method
	m.UserID = ""
	var behind bytes.Buffer
	enc = json.NewEncoder(&behind)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(rest(m)); err != nil {
		return nil, err
	}
	if out.Len() == 0 {
		return behind.Bytes(), nil
	}
	fields := bytes.TrimPrefix(bytes.TrimSpace(behind.Bytes()), []byte("{"))
	if len(fields) > 1 {
		out.WriteByte(',')
	}
	out.Write(fields)
	return out.Bytes(), nil
}

// Attribute is an extended attribute. Type may be left out: it follows from the given value.
type Attribute struct {
	Type     *int64 `json:"type,omitempty"` // 0 text, 1 web page, 2 mini program
	Name     string `json:"name"`
	Value    string `json:"value,omitempty"`
	URL      string `json:"url,omitempty"`
	Title    string `json:"title,omitempty"`
	AppID    string `json:"appid,omitempty"`
	PagePath string `json:"pagepath,omitempty"`
}

// ExternalProfile is what customers see of a member.
type ExternalProfile struct {
	CorpName   string      `json:"external_corp_name,omitempty"`
	Channel    string      `json:"wechat_channels,omitempty"`
	Attributes []Attribute `json:"external_attr,omitempty"`
}

// Tag is a tag with what it holds.
type Tag struct {
	ID          int64       `json:"tagid,omitempty"` // the next free one if absent
	Name        string      `json:"tagname"`
	AgentID     int64       `json:"agentid,omitempty"` // of the application that it belongs to; the administrators' if absent
	Members     []id.UserID `json:"members,omitempty"`
	Departments []int64     `json:"departments,omitempty"`
}

// App is an application. In its domains $HOST stands for the server's own host
// and port.
type App struct {
	Kind             access.Kind  `json:"kind"`
	AgentID          int64        `json:"agentid,omitempty"` // the next free one of its kind if absent
	Secret           string       `json:"secret,omitempty"`  // a new one if empty
	Name             string       `json:"name,omitempty"`
	Description      string       `json:"description,omitempty"`
	Logo             string       `json:"logo,omitempty"`
	HomeURL          string       `json:"home_url,omitempty"`
	Disabled         bool         `json:"disabled,omitempty"`
	Legacy           bool         `json:"legacy,omitempty"`
	RedirectDomain   string       `json:"redirect_domain,omitempty"`
	LoginDomain      string       `json:"login_domain,omitempty"`
	TrustedDomains   []string     `json:"trusted_domains,omitempty"`
	TrustedIPs       *string      `json:"trusted_ips,omitempty"` // separated by ";"
	Range            access.Range `json:"range,omitzero"`
	Sensitive        []string     `json:"sensitive,omitempty"`
	CustomerCallable bool         `json:"customer_callable,omitempty"`
	// Callable are the kinds of WeCom's own applications whose calls it may make;
	// customer_callable is short for customer_contact among them.
	Callable        []access.Kind `json:"callable,omitempty"`
	CustomWorkbench bool          `json:"custom_workbench,omitempty"`
	ReportEnter     int64         `json:"isreportenter,omitempty"`
	ReportLocation  int64         `json:"report_location_flag,omitempty"`
	Callback        *Callback     `json:"callback,omitempty"`
	// AccessToken never expires, and TokenLife is the seconds for which the drawn ones are valid. Both are for
	// qiwei dev alone.
	AccessToken string `json:"access_token,omitempty"`
	TokenLife   int64  `json:"token_life,omitempty"`
}

// Callback is where an application receives events.
type Callback struct {
	URL            string   `json:"url,omitempty"` // not verified
	Token          string   `json:"token,omitempty"`
	EncodingAESKey string   `json:"encoding_aes_key,omitempty"`
	Events         []string `json:"events,omitempty"` // all if there are none
}

// Bot is an intelligent robot.
type Bot struct {
	BotID          string       `json:"bot_id,omitempty"` // a new one if empty
	Name           string       `json:"name"`
	Logo           string       `json:"logo,omitempty"`
	Mode           aibot.Mode   `json:"mode,omitempty"` // callback if it has a url, otherwise websocket
	URL            string       `json:"url,omitempty"`  // not verified
	Token          string       `json:"token,omitempty"`
	EncodingAESKey string       `json:"encoding_aes_key,omitempty"`
	Secret         string       `json:"secret,omitempty"`
	Range          access.Range `json:"range,omitzero"` // everyone if absent
	Disabled       bool         `json:"disabled,omitempty"`
}

//go:embed demo.json
var demo []byte

// Demo returns the enterprise that `qiwei dev` starts with.
func Demo() (Enterprise, error) { return Parse("demo.json", demo) }
