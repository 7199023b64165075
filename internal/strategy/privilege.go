package strategy

import (
	"encoding/json"
	"reflect"
)

// CustomerPrivilege is what the administrators of a group of customer contact may do. The first five are basic
// and cannot be taken away (doc 94883).
type CustomerPrivilege struct {
	ViewCustomerList *bool `json:"view_customer_list" basic:"yes"`
	ViewCustomerData *bool `json:"view_customer_data" basic:"yes"`
	ViewRoomList     *bool `json:"view_room_list" basic:"yes"`
	ContactMe        *bool `json:"contact_me" basic:"yes"`
	JoinRoom         *bool `json:"join_room" basic:"yes"`

	ShareCustomer      *bool `json:"share_customer"`
	OperResignCustomer *bool `json:"oper_resign_customer"`
	OperResignGroup    *bool `json:"oper_resign_group"`
	SendCustomerMsg    *bool `json:"send_customer_msg"`
	EditWelcomeMsg     *bool `json:"edit_welcome_msg"`
	ViewBehaviorData   *bool `json:"view_behavior_data"`
	ViewRoomData       *bool `json:"view_room_data"`
	SendGroupMsg       *bool `json:"send_group_msg"`
	RoomDeduplication  *bool `json:"room_deduplication"`
	RapidReply         *bool `json:"rapid_reply"`
	OnjobTransfer      *bool `json:"onjob_customer_transfer"`
	EditAntiSpamRule   *bool `json:"edit_anti_spam_rule"`
	ExportList         *bool `json:"export_customer_list"`
	ExportData         *bool `json:"export_customer_data"`
	ExportGroups       *bool `json:"export_customer_group_list"`
	ManageTags         *bool `json:"manage_customer_tag"`
}

// MomentPrivilege is what the administrators of a group of customer moments may do (doc 94890).
type MomentPrivilege struct {
	ViewList *bool `json:"view_moment_list"`
	Send     *bool `json:"send_moment"`
	Cover    *bool `json:"manage_moment_cover_and_sign"`
}

// settled returns the privileges with those that are not given, and the basic ones, granted.
func settled[P any](p P) P {
	v := reflect.ValueOf(&p).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsNil() || v.Type().Field(i).Tag.Get("basic") != "" {
			granted := true
			v.Field(i).Set(reflect.ValueOf(&granted))
		}
	}
	return p
}

// written returns the privileges as they are kept.
func written[P any](p P) (string, error) {
	text, err := json.Marshal(settled(p))
	return string(text), err
}

// read returns the privileges as they were kept.
func read[P any](text string) (p P, err error) {
	err = json.Unmarshal([]byte(text), &p)
	return settled(p), err
}
