package sample

import (
	"bytes"
	"encoding/json"
	"strings"

	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
)

// usual are values of fields by their name, which means the same in most calls.
var usual = map[string]string{
	"userid": "{userid}", "user_id": "{userid}", "owner": "{userid}", "creator": "{userid}", "operator": "{userid}", "sender": "{userid}", "admin_userid": "{userid}",
	"useridlist": "{userid}", "userlist": "{userid}", "userids": "{userid}", "userid_list": "{userid}", "user_list": "{userid}",
	"agentid": "{agentid}", "corpid": "{corpid}", "auth_corpid": "{auth_corpid}", "permanent_code": "{permanent_code}",
	"department": "1", "department_id": "1", "departmentid": "1", "party": "1",
	"external_userid": "{/cgi-bin/externalcontact/list external_userid[0]}", "chat_id": "{/cgi-bin/externalcontact/groupchat/list group_chat_list[0].chat_id}",
	"open_kfid": "{/cgi-bin/kf/account/list account_list[0].open_kfid}",
	"cal_id":    "{/cgi-bin/oa/calendar/add cal_id}", "schedule_id": "{/cgi-bin/oa/schedule/add schedule_id}", "meetingroom_id": "{/cgi-bin/oa/meetingroom/add meetingroom_id}",
	"docid": "{/cgi-bin/wedoc/create_doc docid}", "sheet_id": "{/cgi-bin/wedoc/smartsheet/get_sheet sheet_list[0].sheet_id}",
	"media_id": "{/cgi-bin/media/upload media_id}", "tagid": "{/cgi-bin/tag/create tagid}",
	"starttime": "{now-86400}", "start_time": "{now-86400}", "begin_time": "{now-86400}", "endtime": "{now}", "end_time": "{now}",
	"takeover_userid": "{userid2}", "handover_userid": "{userid}",
	"config_id": "{/cgi-bin/externalcontact/add_contact_way config_id}", "link_id": "{/cgi-bin/externalcontact/customer_acquisition/create_link link.link_id}",
	"msgid": "{/cgi-bin/externalcontact/add_msg_template msgid}", "rule_id": "{/cgi-bin/externalcontact/add_intercept_rule rule_id}",
	"product_id": "{/cgi-bin/externalcontact/add_product_album product_id}", "template_id": "{/cgi-bin/externalcontact/group_welcome_template/add template_id}",
	"encoding_aeskey": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "date": "{date}", "chatid": "{/cgi-bin/appchat/create chatid}",
	"model_access_token": "{/cgi-bin/openhw/get_model_token model_access_token}", "device_access_token": "{/cgi-bin/openhw/get_device_secret#made device_access_token}",
	"booking_id": "{/cgi-bin/oa/meetingroom/book booking_id}", "livingid": "{/cgi-bin/living/create livingid}",
	"meetingid": "{/cgi-bin/meeting/create meetingid}",
	"formid":    "{/cgi-bin/wedoc/create_form formid}", "suite_id": "{suite_id}", "group_id": "{/cgi-bin/kf/knowledge/add_group group_id}",
	// Of the calls that take another token by this name.
	"access_token": "{/cgi-bin/service/get_provider_token provider_access_token}",
	"limit":        "10", "cursor": "", "offset": "0", "size": "10",
	"provider_access_token": "{/cgi-bin/service/get_provider_token provider_access_token}", "suite_access_token": "{/cgi-bin/service/get_suite_token suite_access_token}",
}

// Require adds a parameter of the query by its usual value.
func (s *Sample) Require(name string) {
	query := map[string]string{name: usual[name]}
	for other, value := range s.Query {
		query[other] = value
	}
	s.Query, s.Order = query, append([]string{name}, s.Order...)
}

// made makes a sample of the fields that are required, and whose parents are.
func made(path string, fields []known.Field) Sample {
	s := Sample{Path: path, Query: map[string]string{}}
	required := map[string]bool{"": true}
	root := &node{}
	for _, f := range fields {
		parent := ""
		if i := strings.LastIndexByte(f.Name, '.'); i >= 0 {
			parent = f.Name[:i]
		}
		switch {
		case f.Name == wire.AccessToken.Param || f.Name == "debug":
		case f.Type == "query":
			if f.Need == "yes" {
				s.Query[f.Name] = usual[f.Name]
				s.Order = append(s.Order, f.Name)
			}
		case required[parent] && f.Need == "yes":
			required[f.Name], required[f.Name+"[]"] = true, true
			root.add(strings.Split(f.Name, "."), f.Type)
		}
	}
	if len(root.order) == 0 {
		return s
	}
	var out bytes.Buffer
	json.Indent(&out, []byte(root.json("")), "", "  ") // which is JSON
	s.Body = out.String()
	return s
}

// node is a field of a body that is being made.
type node struct {
	typ    string
	order  []string
	fields map[string]*node
}

func (n *node) add(names []string, typ string) {
	name := names[0]
	if n.fields == nil {
		n.fields = map[string]*node{}
	}
	if n.fields[name] == nil {
		n.fields[name] = &node{}
		n.order = append(n.order, name)
	}
	if len(names) > 1 {
		n.fields[name].add(names[1:], typ)
		return
	}
	n.fields[name].typ = typ
}

// json writes the node, whose field has a name, as JSON.
func (n *node) json(name string) string {
	if len(n.order) > 0 || name == "" {
		var parts []string
		for _, field := range n.order {
			key, _ := json.Marshal(strings.TrimSuffix(field, "[]"))
			text := n.fields[field].json(strings.TrimSuffix(field, "[]"))
			if strings.HasSuffix(field, "[]") {
				text = "[" + text + "]"
			}
			parts = append(parts, string(key)+":"+text)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	value, ok := usual[name]
	if !ok {
		value = "示例"
	}
	text, _ := json.Marshal(value)
	plain := value
	if !ok {
		plain = "1"
	}
	switch n.typ {
	case "integer", "number":
		if strings.HasPrefix(plain, "{") {
			return string(text)
		}
		return plain
	case "boolean":
		return "true"
	case "object":
		return "{}"
	case "array":
		return "[]"
	case "array of integer":
		if strings.HasPrefix(plain, "{") {
			return "[" + string(text) + "]"
		}
		return "[" + plain + "]"
	case "array of string", "array of unknown":
		return "[" + string(text) + "]"
	}
	return string(text)
}
