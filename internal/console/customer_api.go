package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Customers are shown as relations: a customer whom three members know is there three times. An admin of a range
// sees those of the members in it.

func (s *Service) customerCalls() []call {
	return []call{
		{pattern: "GET /console/api/customers", right: readCustomers, handle: s.listCustomers},
		{pattern: "GET /console/api/customers.csv", right: readCustomers, handle: s.exportCustomers},
		{pattern: "GET /console/api/customers/{external}", right: readCustomers, handle: s.getCustomer},
		{pattern: "PUT /console/api/customers/{external}/relations/{userid}", right: editCustomers, handle: s.editRelation},
		{pattern: "GET /console/api/customers.unassigned", right: readCustomers, handle: s.listUnassigned},
		{pattern: "POST /console/api/customers.transfer", right: editCustomers, handle: s.transferCustomers},
	}
}

type tagLine struct {
	ID   id.CustomerTag `json:"id"`
	Name string         `json:"name"`
}

type relationLine struct {
	No          int64             `json:"no"`
	External    id.ExternalID     `json:"external_userid"`
	Name        string            `json:"name"`
	Kind        int64             `json:"type"`
	Gender      int64             `json:"gender"`
	CorpName    string            `json:"corp_name,omitempty"`
	UserID      id.UserID         `json:"userid"`
	Member      string            `json:"member"` // name
	Left        bool              `json:"left,omitempty"`
	Standing    customer.Standing `json:"standing"`
	Handing     bool              `json:"handing,omitempty"` // to another member
	At          time.Time         `json:"at"`
	Remark      string            `json:"remark"`
	Description string            `json:"description,omitempty"`
	Company     string            `json:"company,omitempty"`
	Mobiles     []string          `json:"mobiles"`
	Tags        []tagLine         `json:"tags"`
	Way         int64             `json:"way"`
	State       string            `json:"state,omitempty"`
	TalkedAt    time.Time         `json:"talked_at,omitzero"`
}

// rollQuery reads the filter that the list and the export share.
func (v *visit) rollQuery() (q customer.RollQuery, err error) {
	q = customer.RollQuery{Words: v.query("q"), Tag: id.CustomerTag(v.query("tag")), UserID: id.UserID(v.query("userid")), State: v.query("state")}
	for name, into := range map[string]*int64{"type": &q.Kind, "standing": (*int64)(&q.Standing)} {
		if *into, err = v.number(name); err != nil {
			return q, err
		}
	}
	if v.query("way") != "" {
		way, err := v.number("way")
		if err != nil {
			return q, err
		}
		q.Way = &way
	}
	if q.From, err = v.day("from"); err != nil {
		return q, err
	}
	if q.To, err = v.day("to"); err == nil && !q.To.IsZero() {
		q.To = q.To.AddDate(0, 0, 1)
	}
	return q, err
}

// tagNames returns the tags of customers that are there, by their numbers.
func (v *visit) tagNames(tx *store.Tx) (map[int64]tagLine, error) {
	sets, err := v.s.deps.Customers.TagSets(tx, v.corpID)
	out := map[int64]tagLine{}
	for _, set := range sets {
		for _, t := range set.Tags {
			out[t.No] = tagLine{t.ID, t.Name}
		}
	}
	return out, err
}

func lineOfRelation(r customer.Rolled, tags map[int64]tagLine, names map[id.UserID]person) relationLine {
	l := relationLine{
		No: r.Follow.No, External: r.External, Name: r.Name, Kind: r.Contact.Kind, Gender: r.Gender, CorpName: r.CorpName, UserID: r.UserID, Member: names[r.UserID].Name,
		Left: r.Left, Standing: r.Standing, Handing: r.Handing != 0, At: r.CreatedAt, Remark: r.Remark, Description: r.Description, Company: r.Company,
		Mobiles: orEmpty(r.Mobiles), Tags: []tagLine{}, Way: r.AddWay, State: r.State, TalkedAt: r.ChattedAt,
	}
	for _, no := range r.Tags {
		if t, ok := tags[no]; ok {
			l.Tags = append(l.Tags, t)
		}
	}
	return l
}

func (v *visit) relationLines(tx *store.Tx, list []customer.Rolled) ([]relationLine, error) {
	tags, err := v.tagNames(tx)
	if err != nil {
		return nil, err
	}
	var users []id.UserID
	for _, r := range list {
		users = append(users, r.UserID)
	}
	names, err := v.called(tx, users)
	out := []relationLine{}
	for _, r := range list {
		out = append(out, lineOfRelation(r, tags, names))
	}
	return out, err
}

func (s *Service) listCustomers(v *visit) (any, error) {
	q, err := v.rollQuery()
	if err != nil {
		return nil, err
	}
	if q.Before, q.Limit, err = v.before(); err != nil {
		return nil, err
	}
	var out struct {
		Customers []relationLine `json:"customers"`
		More      bool           `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, more, err := s.deps.Customers.Roll(tx, v.by, q)
		if err == nil {
			out.More = more
			out.Customers, err = v.relationLines(tx, list)
		}
		return err
	})
}

// wayNames are the add_ways (doc 92114).
var wayNames = map[int64][2]string{
	0: {"未知来源", "unknown"}, 1: {"扫描二维码", "QR code"}, 2: {"搜索手机号", "mobile number"}, 3: {"名片分享", "name card"}, 4: {"群聊", "group chat"},
	5: {"手机通讯录", "phone contacts"}, 6: {"微信联系人", "WeChat contacts"}, 8: {"安装第三方应用时自动添加的客服人员", "support of an installed application"},
	9: {"搜索邮箱", "mail address"}, 10: {"视频号添加", "video channel"}, 11: {"通过日程参与人添加", "participants of a schedule"}, 12: {"通过会议参与人添加", "participants of a meeting"},
	13: {"添加微信好友对应的企业微信", "WeCom of a WeChat friend"}, 14: {"通过智慧硬件专属客服添加", "support of smart hardware"}, 15: {"通过上门服务客服添加", "on-site service"},
	16: {"通过获客链接添加", "acquisition link"}, 17: {"通过定制开发添加", "custom development"}, 18: {"通过需求回复添加", "answer to a request"}, 21: {"通过第三方售前客服添加", "third-party pre-sales"},
	22: {"通过可能的商务伙伴添加", "possible partners"}, 24: {"通过接受微信账号收到的好友申请添加", "request to a WeChat account"},
	201: {"内部成员共享", "shared by a member"}, 202: {"管理员/负责人分配", "assigned by an admin"},
}

// inWords says a thing that has a number in the admin's language.
func (v *visit) inWords(words map[int64][2]string, n int64) string {
	pair, ok := words[n]
	switch {
	case !ok:
		return itoa(n)
	case v.chinese():
		return pair[0]
	}
	return pair[1]
}

var (
	kindNames     = map[int64][2]string{customer.WeChat: {"微信用户", "WeChat user"}, customer.WeCom: {"企业微信用户", "WeCom user"}}
	standingNames = map[int64][2]string{int64(customer.Friends): {"好友", "friends"}, int64(customer.Half): {"待成员通过", "not confirmed"}, int64(customer.OneWay): {"客户已删除成员", "customer has left"}}
)

func (s *Service) exportCustomers(v *visit) (any, error) {
	q, err := v.rollQuery()
	if err != nil {
		return nil, err
	}
	header := []string{"Customer", "Remark", "Type", "Enterprise", "Company", "Mobile", "Member", "Userid", "Added", "Way", "State", "Tags", "Standing", "external_userid"}
	if v.chinese() {
		header = []string{"客户", "备注", "类型", "所在企业", "备注企业", "手机号", "跟进成员", "成员账号", "添加时间", "来源", "渠道参数", "标签", "关系", "external_userid"}
	}
	return v.sheet("customers.csv", func(tx *store.Tx, put func([]string) error) error {
		if err := put(header); err != nil {
			return err
		}
		tags, err := v.tagNames(tx)
		if err != nil {
			return err
		}
		names := map[id.UserID]person{}
		err = s.deps.Customers.EachRolled(tx, v.by, q, func(r customer.Rolled) bool {
			if _, known := names[r.UserID]; !known {
				one, bad := v.called(tx, []id.UserID{r.UserID})
				if err = bad; err != nil {
					return false
				}
				names[r.UserID] = one[r.UserID]
			}
			l := lineOfRelation(r, tags, names)
			var marks []string
			for _, t := range l.Tags {
				marks = append(marks, t.Name)
			}
			err = put([]string{
				l.Name, l.Remark, v.inWords(kindNames, l.Kind), l.CorpName, l.Company, strings.Join(l.Mobiles, " "), l.Member, string(l.UserID), l.At.In(china).Format("2006-01-02 15:04:05"),
				v.inWords(wayNames, l.Way), l.State, strings.Join(marks, " "), v.inWords(standingNames, int64(l.Standing)), string(l.External),
			})
			return err == nil
		})
		return err
	})
}

type groupName struct {
	ChatID id.ChatID `json:"chat_id"`
	Name   string    `json:"name"`
	Owner  id.UserID `json:"owner"`
}

type customerDetail struct {
	External  id.ExternalID  `json:"external_userid"`
	Name      string         `json:"name"`
	Kind      int64          `json:"type"`
	Gender    int64          `json:"gender"`
	UnionID   string         `json:"unionid,omitempty"`
	Position  string         `json:"position,omitempty"`
	CorpName  string         `json:"corp_name,omitempty"`
	FullName  string         `json:"corp_full_name,omitempty"`
	Relations []relationLine `json:"relations"`
	Groups    []groupName    `json:"groups"`
}

// mostRelations is how many members of one customer are shown.
const mostRelations = 500

// getCustomer shows a customer whom somebody in the admin's range knows. Those whom nobody knows, but who are in
// a group, are shown to who sees all.
func (s *Service) getCustomer(v *visit) (any, error) {
	var out customerDetail
	return &out, v.look(func(tx *store.Tx) error {
		external := id.ExternalID(v.r.PathValue("external"))
		c, err := s.deps.Customers.Contact(tx, v.corpID, external)
		if errors.Is(err, customer.ErrExternal) {
			return errGone
		} else if err != nil {
			return err
		}
		list, _, err := s.deps.Customers.Roll(tx, v.by, customer.RollQuery{Customer: c.No, Limit: mostRelations})
		if err != nil {
			return err
		}
		if len(list) == 0 && !v.by.SeesAll() {
			return errGone
		}
		out = customerDetail{External: external, Name: c.Name, Kind: c.Kind, Gender: c.Gender, UnionID: c.UnionID, Position: c.Position, CorpName: c.CorpName, FullName: c.FullName, Groups: []groupName{}}
		if out.Relations, err = v.relationLines(tx, list); err != nil {
			return err
		}
		groups, err := s.deps.Groups.GroupsWith(tx, v.corpID, c.No)
		for _, g := range groups {
			out.Groups = append(out.Groups, groupName{g.ChatID, g.Name, g.Owner})
		}
		return err
	})
}

// editRelation changes what a member has noted about a customer, and the tags.
func (s *Service) editRelation(v *visit) (any, error) {
	var req struct {
		Remark      *string          `json:"remark"`
		Description *string          `json:"description"`
		Company     *string          `json:"company"`
		Mobiles     *[]string        `json:"mobiles"`
		Add         []id.CustomerTag `json:"add_tags"`
		Remove      []id.CustomerTag `json:"remove_tags"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		external := id.ExternalID(v.r.PathValue("external"))
		m, err := v.seen(tx, v.userid())
		if err != nil {
			return done{}, err
		}
		c, err := s.deps.Customers.Contact(tx, v.corpID, external)
		if err != nil {
			return done{}, err
		}
		u := customer.NoteUpdate{Remark: req.Remark, Description: req.Description, Company: req.Company, Mobiles: req.Mobiles}
		detail := map[string]any{"external_userid": external, "userid": m.UserID}
		for name, value := range map[string]any{"remark": req.Remark, "description": req.Description, "company": req.Company, "mobiles": req.Mobiles, "add_tags": req.Add, "remove_tags": req.Remove} {
			if text := digest(value); text != digest(nil) && text != digest([]id.CustomerTag(nil)) {
				detail[name] = value
			}
		}
		return done{"customer.update", c.Name, detail}, s.deps.Customers.Edit(v.ctx(), tx, v.by, m.UserID, external, u, req.Add, req.Remove)
	})
}

// mostUnassigned is how many customers who wait for another member are shown.
const mostUnassigned = 1000

// listUnassigned shows the customers of members who have left, to who sees all: those who have left are in no
// range.
func (s *Service) listUnassigned(v *visit) (any, error) {
	type line struct {
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		UserID   id.UserID     `json:"userid"`
		LeftAt   time.Time     `json:"left_at"`
	}
	lines := []line{}
	return map[string]any{"customers": &lines}, v.look(func(tx *store.Tx) error {
		if !v.by.SeesAll() {
			return nil
		}
		list, _, err := s.deps.Customers.Unassigned(tx, v.by, nil, mostUnassigned)
		if err != nil {
			return err
		}
		for _, u := range list {
			c, err := s.deps.Customers.Contact(tx, v.corpID, u.External)
			if err != nil {
				return err
			}
			lines = append(lines, line{u.External, c.Name, u.UserID, time.Unix(u.LeftAt, 0).UTC()})
		}
		return nil
	})
}

// transferCustomers hands customers to another member. Each succeeds or is refused alone.
func (s *Service) transferCustomers(v *visit) (any, error) {
	var req struct {
		From      id.UserID       `json:"from"`
		To        id.UserID       `json:"to"`
		Externals []id.ExternalID `json:"external_userids"`
		Message   string          `json:"message"`
		Resigned  bool            `json:"resigned"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.To == "" {
		return nil, problem{http.StatusUnprocessableEntity, "", "请选择接替的成员", "Choose the member who takes over.", "to"}
	}
	type failure struct {
		External id.ExternalID `json:"external_userid"`
		ErrCode  int           `json:"errcode"`
		Error    string        `json:"error"`
	}
	failed := []failure{}
	err := v.change(func(tx *store.Tx) (done, error) {
		failed = failed[:0]
		if !req.Resigned {
			if _, err := v.seen(tx, req.From); err != nil {
				return done{}, err
			}
		} else if err := v.whole(); err != nil {
			return done{}, err
		}
		codes, err := s.deps.Customers.HandOver(v.ctx(), tx, v.by, customer.Handover{From: req.From, To: req.To, Externals: req.Externals, Message: req.Message, Resigned: req.Resigned})
		if err != nil {
			return done{}, err
		}
		for i, code := range codes {
			if code != 0 {
				failed = append(failed, failure{req.Externals[i], code, meaning(code, v.chinese())})
			}
		}
		if len(failed) == len(codes) {
			return done{}, nil
		}
		return done{"customer.transfer", string(req.To), map[string]any{"from": req.From, "to": req.To, "customers": len(codes) - len(failed), "resigned": req.Resigned}}, nil
	})
	return map[string]any{"done": len(req.Externals) - len(failed), "failed": failed}, err
}
