package message

import "qiwei/internal/app"

// Pushes returns what members' doings make an application's callback hear: the
// MsgType of messages, and events by their name behind "event/".
func Pushes() []string {
	names := []string{
		"text", "image", "voice", "video", "location", "link", // doc 90239
		"event/enter_agent", "event/LOCATION", "event/template_card_event", "event/template_card_menu_event", "event/taskcard_click", // doc 90240
	}
	for _, kind := range app.ButtonTypes {
		names = append(names, "event/"+kind)
	}
	return names
}

// Replies returns the types of message that an application may answer a push
// with (doc 90241).
func Replies() []string {
	return []string{"text", "image", "voice", "video", "news", "update_button", "update_taskcard", "update_template_card"}
}
