package main

import (
	"context"
	"fmt"

	"qiwei/internal/login/page"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

// jssdkCmd signs pages for the JS-SDK (doc 90506).
type jssdkCmd struct {
	Sign  jssdkSignCmd  `cmd:"" help:"Sign a page for wx.config, or with --agentid for wx.agentConfig."`
	Check jssdkCheckCmd `cmd:"" help:"Say what is wrong with a signature."`
}

type jssdkSignCmd struct {
	corpFlags
	jsonFlag
	AgentID   int64  `name:"agentid" help:"Sign for wx.agentConfig of this application." placeholder:"ID"`
	URL       string `name:"url" help:"The page's address, as the address bar has it." required:"" placeholder:"URL"`
	NonceStr  string `name:"nonce" help:"A text of your own; a random one if not given." placeholder:"TEXT"`
	Timestamp string `help:"Unix seconds; now if not given." placeholder:"SECONDS"`
}

// Run prints what the page gives to wx.config or wx.agentConfig. The ticket is left out: it belongs on
// servers.
func (cmd jssdkSignCmd) Run(ctx context.Context, c *console) error {
	signed := struct {
		CorpID    string `json:"corpid"`
		AgentID   int64  `json:"agentid,omitempty"`
		Timestamp string `json:"timestamp"`
		NonceStr  string `json:"nonceStr"`
		URL       string `json:"url"`
		Signature string `json:"signature"`
	}{AgentID: cmd.AgentID}
	var wrong []token.Mistake
	err := cmd.on(ctx, func(s *platform.Server) error {
		var appNo int64
		if err := s.Store.Read(ctx, func(tx *store.Tx) error {
			co, err := cmd.corp(tx, s)
			if err != nil {
				return err
			}
			signed.CorpID = co.CorpID
			if cmd.AgentID == 0 {
				return nil
			}
			a, err := appFlags{corpFlags: cmd.corpFlags, AgentID: cmd.AgentID}.app(tx, s, co)
			appNo = a.No
			return err
		}); err != nil {
			return explain(err)
		}
		ticket, _, err := s.Tokens.JSAPITicket(ctx, s.Store, signed.CorpID, appNo)
		if err != nil {
			return err
		}
		j := token.NewJSSDK(ticket, token.AsBrowser(cmd.URL), s.Store.Now())
		if cmd.NonceStr != "" {
			j.NonceStr = cmd.NonceStr
		}
		if cmd.Timestamp != "" {
			j.Timestamp = cmd.Timestamp
		}
		signed.Timestamp, signed.NonceStr, signed.URL, signed.Signature = j.Timestamp, j.NonceStr, j.URL, j.Signature()
		_, wrong, err = judge(ctx, s, j, "")
		return err
	})
	if err != nil {
		return err
	}
	if signed.URL != cmd.URL {
		fmt.Fprintf(c.err, "qiwei: signed as a browser has it in location.href: %s\n", signed.URL)
	}
	for _, m := range wrong {
		fmt.Fprintln(c.err, "qiwei:", m.En)
	}
	if cmd.JSON {
		return printJSON(c.out, signed)
	}
	var p pairs
	p.add("corpid", signed.CorpID)
	if signed.AgentID != 0 {
		p.add("agentid", signed.AgentID)
	}
	p.add("timestamp", signed.Timestamp)
	p.add("nonceStr", signed.NonceStr)
	p.add("signature", signed.Signature)
	return p.print(c.out)
}

// judge says which ticket made a signature, and what is wrong with the signature.
func judge(ctx context.Context, s *platform.Server, j token.JSSDK, signature string) (owner page.Text, wrong []token.Mistake, err error) {
	wrong = j.Mistakes(signature)
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		var m token.Mistake
		owner, m, err = s.Login.TicketFor(tx, j)
		if m.En != "" {
			wrong = append(wrong, m)
		}
		return err
	})
	return owner, wrong, err
}

type jssdkCheckCmd struct {
	dataFlags
	Ticket    string `help:"The jsapi_ticket that it was made with." required:"" env:"QIWEI_JSAPI_TICKET" placeholder:"TICKET"`
	URL       string `name:"url" help:"The page's address." required:"" placeholder:"URL"`
	NonceStr  string `name:"nonce" help:"The nonceStr." required:"" placeholder:"TEXT"`
	Timestamp string `help:"The timestamp." required:"" placeholder:"SECONDS"`
	Signature string `help:"The signature." required:"" placeholder:"DIGITS"`
}

func (cmd jssdkCheckCmd) Run(ctx context.Context, c *console) error {
	j := token.JSSDK{Ticket: cmd.Ticket, NonceStr: cmd.NonceStr, Timestamp: cmd.Timestamp, URL: token.AsBrowser(cmd.URL)}
	var owner page.Text
	var wrong []token.Mistake
	s, err := cmd.open(ctx, platform.Config{})
	if err != nil {
		return err
	}
	defer s.Close()
	if owner, wrong, err = judge(ctx, s, j, cmd.Signature); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "the ticket %s\n", is(owner.En))
	if len(wrong) == 0 {
		fmt.Fprintln(c.out, "the signature is right")
		return nil
	}
	fmt.Fprintf(c.out, "the right signature is %s, of\n  %s\n", j.Signature(), j.Text())
	for _, m := range wrong[1:] {
		fmt.Fprintln(c.out, m.En)
	}
	return fmt.Errorf("%s", wrong[0].En)
}

// is says in a sentence whose ticket it is.
func is(owner string) string {
	if len(owner) > 3 && owner[:3] == "is " {
		return owner
	}
	return "is " + owner
}
