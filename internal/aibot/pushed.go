package aibot

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// streamed asks the robot's program for more of its answer (doc 101031).
const streamed = "stream"

type kinds map[string]*event.Kind[event.Letter]

// declareKinds declares the pushes to a robot's callback URL: JSON of their own, in an envelope of their own,
// for that robot alone.
func declareKinds(l *event.Log) kinds {
	out := kinds{}
	for kind, body := range map[string]any{
		said:     messagePush{head: sampleHead("text"), parts: parts{Text: &textPart{Content: "hello"}}},
		streamed: streamPush{sampleHead("stream"), streamID{"sample-stream"}},
		entered:  eventPush{sampleHead("event"), eventPart{Type: "enter_chat", Enter: &struct{}{}}},
		pressed:  eventPush{sampleHead("event"), eventPart{Type: "template_card_event", Card: &cardEvent{"vote_interaction", "sample_key", "sample-task", selectedOf(nil)}}},
		feedback: eventPush{sampleHead("event"), eventPart{Type: "feedback_event", Feedback: &FeedbackGive{ID: "sample", Type: 1}}},
	} {
		letter := event.Letter{What: event.Push{Body: encode(body)}}
		out[kind] = event.Declare(l, event.Declaration{Name: "aibot/" + kind, Doc: 101033, Passing: true, Envelope: event.OfRobot},
			func() event.Letter { return letter })
	}
	return out
}

func sampleHead(msgtype string) head {
	return head{MsgID: "sample-msgid", BotID: "sample-bot", ChatType: "single", From: &from{"sample-member"}, MsgType: msgtype}
}

// pushText pushes a text to the robot's callback URL. ref finds the turn again when the answer comes.
func (s *Service) pushText(ctx context.Context, tx *store.Tx, b Bot, user id.UserID, kind string, p event.Push) error {
	return s.kinds[kind].Record(ctx, tx, access.MemberOf(b.CorpID, user), event.Letter{To: b.receiver(), What: p})
}
