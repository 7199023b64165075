package message

import "qiwei/internal/wire"

// taskCardContent is a task card (任务卡片), which is no longer documented but which old clients still send.
type taskCardContent struct {
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	TaskID      string       `json:"task_id"`
	Buttons     []taskButton `json:"btn"`
}

type taskButton struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	ReplaceName string `json:"replace_name,omitempty"`
	Color       string `json:"color,omitempty"`
	Bold        bool   `json:"is_bold,omitempty"`
}

const (
	maxTaskButtons = 2
	maxTaskKey     = 128
	maxTaskName    = 18
)

func (f *sender) taskCard(t *taskCardContent) (out checked, err error) {
	if t == nil || t.Title == "" {
		return out, ErrTitle.With("interactive_taskcard.title")
	}
	t.Title, t.Description = cut(t.Title, maxTitle), cut(t.Description, maxDescription)
	if err := validTaskID(t.TaskID); err != nil {
		return out, err
	}
	if t.URL != "" {
		if err := link("interactive_taskcard.url", t.URL); err != nil {
			return out, err
		}
	}
	if n := len(t.Buttons); n < 1 || n > maxTaskButtons {
		return out, wire.ErrParameter.With("interactive_taskcard.btn: 1 to %d expected", maxTaskButtons)
	}
	for i := range t.Buttons {
		b := &t.Buttons[i]
		switch {
		case b.Key == "":
			return out, ErrNoButtonKey
		case len(b.Key) > maxTaskKey || !plainKey(b.Key):
			return out, ErrButtonKey
		case b.Name == "":
			return out, ErrNoButtonName
		}
		b.Name, b.ReplaceName = cut(b.Name, maxTaskName), cut(b.ReplaceName, maxTaskName)
		if b.Color != "red" {
			b.Color = "blue"
		}
	}
	return checked{body: t, taskID: t.TaskID, answerable: true, translate: []*string{&t.Title, &t.Description}}, nil
}
