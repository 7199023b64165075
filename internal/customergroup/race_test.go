package customergroup_test

import (
	"fmt"
	"sync"
	"testing"
)

// TestAtOnce: people who come at the same time find each a place, in as few groups as have room for them.
func TestAtOnce(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one := h.group(h.Corp, `{"owner":"zhangsan","capacity":3}`)
		way := h.way(fmt.Sprintf(`{"scene":2,"room_base_name":"g","chat_id_list":[%q]}`, one.ChatID))
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if status, text := h.Attempt(h.Corp, "join", fmt.Sprintf(`{"config_id":%q,"name":"n%d"}`, way, i)); status != 200 {
					t.Errorf("%s", text)
				}
			})
		}
		all.Wait()
		var made struct {
			Way struct {
				Chats []string `json:"chat_id_list"`
			} `json:"join_way"`
		}
		h.Must(h.App, "groupchat/get_join_way", fmt.Sprintf(`{"config_id":%q}`, way)).Decode(&made)
		people := 0
		for _, chat := range made.Way.Chats {
			g, _ := h.get(chat)
			if people += len(g.Group.Members) - 1; len(g.Group.Members) > 3 {
				t.Errorf("%d in a group of 3", len(g.Group.Members))
			}
		}
		if people != 6 || len(made.Way.Chats) != 3 {
			t.Errorf("%d people in %d groups", people, len(made.Way.Chats))
		}
	})
}
