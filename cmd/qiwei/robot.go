package main

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/message"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type robotCmd struct {
	Create robotCreateCmd `cmd:"" aliases:"add" help:"Put a robot into a chat and print its key."`
	List   robotListCmd   `cmd:"" help:"List the robots of an enterprise."`
	Set    robotSetCmd    `cmd:"" help:"Switch a robot off or on."`
	Delete robotDeleteCmd `cmd:"" aliases:"remove" help:"Take a robot out of its chat."`
}

// robotDescription is a robot as JSON. Its key is a secret, but people list robots to see it.
type robotDescription struct {
	Name      string    `json:"name"`
	ChatID    string    `json:"chatid"`
	ChatName  string    `json:"chat_name"`
	Key       string    `json:"key"`
	Path      string    `json:"path"` // to post to
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`
}

func describeRobot(r message.Robot) robotDescription {
	return robotDescription{r.Name, r.ChatID, r.ChatName, r.Key, "/cgi-bin/webhook/send?key=" + r.Key, r.Disabled, r.CreatedAt}
}

type robotCreateCmd struct {
	corpFlags
	jsonFlag
	ChatID string `name:"chatid" help:"Chat that an application has made." placeholder:"ID" required:""`
	Name   string `help:"Name, 1 to 32 characters." required:""`
}

func (cmd robotCreateCmd) Run(ctx context.Context, c *console) error {
	var made message.Robot
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		made, err = s.Messages.CreateRobot(ctx, tx, co.CorpID, cmd.ChatID, cmd.Name)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, describeRobot(made))
	}
	fmt.Fprintln(c.out, describeRobot(made).Path)
	return nil
}

type robotListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd robotListCmd) Run(ctx context.Context, c *console) error {
	out := []robotDescription{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		list, err := s.Messages.Robots(tx, co.CorpID)
		for _, r := range list {
			out = append(out, describeRobot(r))
		}
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, out)
	}
	t := newTable("NAME", "CHATID", "CHAT", "KEY", "DISABLED")
	for _, r := range out {
		t.row(r.Name, r.ChatID, r.ChatName, r.Key, yes(r.Disabled))
	}
	return t.print(c.out)
}

type robotSetCmd struct {
	corpFlags
	Key     string `arg:"" help:"The robot's key."`
	Disable bool   `help:"Switch it off." xor:"state" required:""`
	Enable  bool   `help:"Switch it on." xor:"state" required:""`
}

func (cmd robotSetCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Messages.SwitchRobot(ctx, tx, co.CorpID, cmd.Key, cmd.Disable)
	})
}

type robotDeleteCmd struct {
	corpFlags
	Key string `arg:"" help:"The robot's key."`
}

func (cmd robotDeleteCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Messages.DeleteRobot(ctx, tx, co.CorpID, cmd.Key)
	})
}
