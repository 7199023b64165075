package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// archiveCmd is qiwei archive.
type archiveCmd struct {
	Set     archiveSetCmd     `cmd:"" help:"Say who is archived, and switch the archive on or off."`
	Key     archiveKeyCmd     `cmd:"" help:"Seal for another public key from now on."`
	Status  archiveStatusCmd  `cmd:"" help:"Say what is archived, and for which keys."`
	Verify  archiveVerifyCmd  `cmd:"" help:"Walk along the chain of the records, and find what was changed or is missing."`
	Rule    archiveRuleCmd    `cmd:"" help:"Say how long records are kept; for ever without a rule."`
	Hold    archiveHoldCmd    `cmd:"" help:"Keep records for a case, whatever the rules say."`
	Hook    archiveHookCmd    `cmd:"" help:"Send records to an address as they come, all or those with words."`
	Erased  archiveErasedCmd  `cmd:"" help:"Print the signed reports of what rules have erased."`
	Role    archiveRoleCmd    `cmd:"" help:"Say who reads the archive, who decides about exports, and who sees who has read."`
	Export  archiveExportCmd  `cmd:"" help:"Take one case out of the archive, with somebody else's approval."`
	Reads   archiveReadsCmd   `cmd:"" help:"Print who has read what."`
	Pull    archivePullCmd    `cmd:"" help:"Take the archive of the real WeCom, or of another qiwei, into this one."`
	Library archiveLibraryCmd `cmd:"" help:"Unpack and compile the library that stands in for WeCom's library of the chat archive (会话内容存档)."`
}

type archiveSetCmd struct {
	corpFlags
	Edition          int64   `help:"1 among members, 2 with customers, 3 with recorded voice calls: the ranges are of this one." default:"1" enum:"1,2,3" placeholder:"1|2|3"`
	RangeDepartments *string `help:"Departments that have the edition; 1 is everyone." placeholder:"IDS"`
	RangeMembers     *string `help:"Members that have it." placeholder:"USERIDS"`
	RangeTags        *string `help:"Tags whose members have it." placeholder:"IDS"`
	PullDays         *int64  `help:"Days back that the library reads; 0 is all." placeholder:"DAYS"`
	ReadDays         *int64  `help:"Days for which it is kept who has read what; 0 is three years." placeholder:"DAYS"`
	Plain            *bool   `help:"Keep the plaintext as well, to read and search it." negatable:""`
	Enable           bool    `help:"Archive what is said from now on." xor:"state"`
	Disable          bool    `help:"Archive nothing more." xor:"state"`
}

func (cmd archiveSetCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		st, err := s.Archive.Settings(tx, co.CorpID)
		if err != nil {
			return err
		}
		if st.Editions == nil {
			st.Editions = map[archive.Edition]access.Range{}
		}
		r := st.Editions[archive.Edition(cmd.Edition)]
		if cmd.RangeDepartments != nil {
			if r.Departments, err = splitNumbers("--range-departments", *cmd.RangeDepartments); err != nil {
				return err
			}
		}
		if cmd.RangeMembers != nil {
			r.Members = splitUsers(*cmd.RangeMembers)
		}
		if cmd.RangeTags != nil {
			if r.Tags, err = splitNumbers("--range-tags", *cmd.RangeTags); err != nil {
				return err
			}
		}
		st.Editions[archive.Edition(cmd.Edition)] = r
		if cmd.PullDays != nil {
			st.PullDays = *cmd.PullDays
		}
		if cmd.ReadDays != nil {
			st.ReadDays = *cmd.ReadDays
		}
		if cmd.Plain != nil {
			st.Plain = *cmd.Plain
		}
		st.Enabled = (st.Enabled || cmd.Enable) && !cmd.Disable
		return s.Archive.Set(ctx, tx, co.CorpID, st)
	})
}

type archiveKeyCmd struct {
	corpFlags
	PublicKey string `arg:"" help:"PEM of an RSA key of 2048 bits, as openssl rsa -pubout writes it." type:"existingfile" placeholder:"FILE"`
}

func (cmd archiveKeyCmd) Run(ctx context.Context, c *console) error {
	text, err := os.ReadFile(cmd.PublicKey)
	if err != nil {
		return err
	}
	var version int64
	if err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		version, err = s.Archive.AddKey(ctx, tx, co.CorpID, string(text))
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "publickey_ver %d\n", version)
	return nil
}

type archiveStatusCmd struct {
	corpFlags
	jsonFlag
}

func (cmd archiveStatusCmd) Run(ctx context.Context, c *console) error {
	var status archive.Status
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		status, err = s.Archive.Status(tx, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, status)
	}
	t := newTable("", "")
	t.row("enabled", yes(status.Enabled))
	for e := archive.Office; e <= archive.Enterprise; e++ {
		t.row(fmt.Sprintf("edition %d", e), rangeText(status.Editions[e]))
	}
	t.row("pull days", status.PullDays)
	t.row("plaintext kept", yes(status.Plain))
	t.row("records", status.Records)
	t.row("to be sealed", status.Pending)
	var versions []string
	for _, k := range status.Keys {
		versions = append(versions, strconv.FormatInt(k.Version, 10))
	}
	t.row("keys", strings.Join(versions, ", "))
	t.row("newest hash", status.Hash)
	return t.print(c.out)
}

type archiveVerifyCmd struct {
	corpFlags
	jsonFlag
	Checkpoint []string `help:"A hash that was noted before, as this command prints it; may be repeated." placeholder:"SEQ:HASH" sep:"none"`
}

func (cmd archiveVerifyCmd) Run(ctx context.Context, c *console) error {
	var noted []archive.Checkpoint
	for _, text := range cmd.Checkpoint {
		seq, hash, ok := strings.Cut(text, ":")
		n, err := strconv.ParseInt(seq, 10, 64)
		if !ok || err != nil || len(hash) != 64 {
			return usagef("--checkpoint: %q; SEQ:HASH expected, as in what qiwei archive verify prints", text)
		}
		noted = append(noted, archive.Checkpoint{Seq: n, Hash: hash})
	}
	return cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		v, err := s.Archive.Verify(ctx, co.CorpID, noted)
		if err != nil {
			return explain(err)
		}
		if cmd.JSON {
			if err := printJSON(c.out, v); err != nil {
				return err
			}
		} else {
			for _, f := range v.Faults {
				fmt.Fprintln(c.out, f)
			}
			slices.Sort(v.Versions)
			fmt.Fprintf(c.out, "%d records, %d of them erased, sealed for keys %s\n%d:%s\n", v.Records, v.Erased, strings.Trim(fmt.Sprint(v.Versions), "[]"), v.Seq, v.Hash)
		}
		if len(v.Faults) > 0 {
			return fmt.Errorf("the archive is not as it was written: %d faults", len(v.Faults))
		}
		return nil
	})
}
