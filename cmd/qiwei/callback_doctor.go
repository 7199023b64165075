package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/doctor"
	"qiwei/internal/outbound"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// callbackDoctorCmd needs no data: the receiver of any program can be examined, whether or not it belongs to an
// application here.
type callbackDoctorCmd struct {
	corpFlags
	jsonFlag
	languageFlag
	URL       string   `arg:"" optional:"" name:"url" help:"The receiver; with --agentid that of the application."`
	AgentID   int64    `name:"agentid" help:"Take URL, Token, EncodingAESKey and corpid from this application." placeholder:"ID"`
	Token     string   `help:"Its Token." env:"QIWEI_CALLBACK_TOKEN" placeholder:"TOKEN"`
	AESKey    string   `name:"aes-key" help:"Its EncodingAESKey." env:"QIWEI_CALLBACK_AES_KEY" placeholder:"KEY"`
	Kind      string   `help:"application, suite or robot." enum:"application,suite,robot" default:"application"`
	ReceiveID string   `name:"receive-id" help:"The expected receiveid: the corpid; for a suite the provider's corpid; nothing for a robot." placeholder:"ID"`
	Others    []string `name:"other" help:"A receiveid that it may expect by mistake, such as the suite's id." placeholder:"ID"`
	Push      bool     `help:"Post an event, too; the receiver may act upon it."`
}

var errNotVerified = errors.New("WeCom would not take this URL")

func (cmd callbackDoctorCmd) Run(ctx context.Context, c *console) error {
	kind, _ := doctor.ParseKind(cmd.Kind)
	p := doctor.Patient{URL: cmd.URL, Token: cmd.Token, AESKey: cmd.AESKey, Kind: kind, ReceiveID: cmd.ReceiveID, Others: cmd.Others, Push: cmd.Push}
	if cmd.AgentID != 0 {
		if err := cmd.fromApp(ctx, &p); err != nil {
			return err
		}
	}
	switch {
	case p.URL == "":
		return usagef("give the receiver's URL, or --agentid of an application that has a callback")
	case p.Token == "" || p.AESKey == "":
		return usagef("give --token and --aes-key, as the receiver has them, or --agentid")
	case p.ReceiveID == "" && kind != doctor.Robot:
		return usagef("give --receive-id: the corpid, or for a suite the provider's corpid")
	}
	// Who can run this can call any address anyway.
	d := doctor.New(doctor.Deps{Outbound: outbound.New(nil), Options: outbound.Options{Policy: outbound.Policy{Anywhere: true}}})
	report, err := d.Examine(ctx, p)
	if err != nil {
		return err
	}
	if cmd.JSON {
		err = printJSON(c.out, report)
	} else {
		err = cmd.print(c, report)
	}
	if err == nil && !report.Verified {
		err = errNotVerified
	}
	return err
}

// fromApp fills in what the patient does not say, and names the corp's application ids as likely mistakes.
func (cmd callbackDoctorCmd) fromApp(ctx context.Context, p *doctor.Patient) error {
	return cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		a, err := appFlags{corpFlags: cmd.corpFlags, AgentID: cmd.AgentID}.app(tx, s, co)
		if err != nil {
			return err
		}
		for _, f := range []struct {
			into *string
			from string
		}{{&p.URL, a.CallbackURL}, {&p.Token, a.CallbackToken}, {&p.AESKey, a.CallbackAESKey}, {&p.ReceiveID, co.CorpID}} {
			if *f.into == "" {
				*f.into = f.from
			}
		}
		p.Others = append(p.Others, fmt.Sprint(cmd.AgentID))
		return nil
	})
}

// print writes the findings, the faults first.
func (cmd callbackDoctorCmd) print(c *console, report doctor.Report) error {
	mark := map[doctor.State]string{doctor.Good: "ok    ", doctor.Remark: "remark", doctor.Fault: "FAULT "}
	slices.SortStableFunc(report.Findings, func(a, b doctor.Finding) int { return int(b.State) - int(a.State) })
	for _, f := range report.Findings {
		what, mend := f.En, f.MendEn
		if cmd.chinese() {
			what, mend = f.Zh, f.MendZh
		}
		if _, err := fmt.Fprintf(c.out, "%s  %-10s %s\n", mark[f.State], f.Step, what); err != nil {
			return err
		}
		if mend != "" {
			fmt.Fprintf(c.out, "%20s %s\n", "", mend)
		}
	}
	if !report.Verified && len(report.Signed) > 0 {
		fmt.Fprintf(c.out, "signed: %s -> %s\n", strings.Join(report.Signed, " "), report.Signature)
	}
	return nil
}
