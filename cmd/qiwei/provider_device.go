package main

import (
	"context"
	"fmt"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// providerDeviceCmd is qiwei provider device.
type providerDeviceCmd struct {
	Add    deviceAddCmd    `cmd:"" aliases:"create" help:"Register a serial number with a model, and print its QR code and secret_no."`
	List   deviceListCmd   `cmd:"" help:"List the devices of all models, and which enterprise has them."`
	Bind   deviceBindCmd   `cmd:"" help:"Bind a device to an enterprise, as its administrator does. A cloud model is asked first."`
	Unbind deviceUnbindCmd `cmd:"" help:"Unbind a device from its enterprise."`
	Grant  deviceGrantCmd  `cmd:"" help:"Let a third party's application read what a device records, or no longer."`
	Open   deviceOpenCmd   `cmd:"" help:"Open a door for a member, as the member's phone does."`
	Delete deviceDeleteCmd `cmd:"" aliases:"remove" help:"Remove a serial number that no enterprise has."`
}

type deviceAddCmd struct {
	modelFlags
	jsonFlag
	SN string `name:"sn" help:"Serial number, 1 to 128 letters and digits." required:""`
}

type addedDevice struct {
	SN       string `json:"device_sn"`
	QRCode   string `json:"qr_code"`
	SecretNo string `json:"secret_no"`
}

func (cmd deviceAddCmd) Run(ctx context.Context, c *console) error {
	var added addedDevice
	if err := onHardware(ctx, cmd.dataFlags, func(tx *store.Tx, s *platform.Server) error {
		v, err := s.Hardware.Model(tx, cmd.ModelID)
		if err != nil {
			return err
		}
		d, err := s.Hardware.Register(ctx, tx, v, cmd.SN)
		if err != nil {
			return err
		}
		added.SN, added.QRCode = d.SN, s.Hardware.QRCode(d)
		added.SecretNo, err = s.Hardware.SecretNo(d)
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, added)
	}
	_, err := fmt.Fprintf(c.out, "qr_code    %s\nsecret_no  %s\n", added.QRCode, added.SecretNo)
	return err
}

// onHardware runs fn in a write transaction, and has the credentials follow.
func onHardware(ctx context.Context, data dataFlags, fn func(tx *store.Tx, s *platform.Server) error) error {
	return data.on(ctx, func(s *platform.Server) error {
		if err := s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx, s) }); err != nil {
			return explainHardware(err)
		}
		return data.refreshCredentials(ctx, s)
	})
}

type deviceListCmd struct {
	dataFlags
	jsonFlag
}

type listedDevice struct {
	ModelID string `json:"model_id"`
	SN      string `json:"device_sn"`
	CorpID  string `json:"corpid"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Online  bool   `json:"online"`
	Version string `json:"firmware_version"`
}

// listedDevices is how many devices of a model are listed.
const listedDevices = 1000

func (cmd deviceListCmd) Run(ctx context.Context, c *console) error {
	list := []listedDevice{}
	if err := cmd.on(ctx, func(s *platform.Server) error {
		return s.Store.Read(ctx, func(tx *store.Tx) error {
			providers, err := s.Suites.Providers(tx)
			for _, p := range providers {
				models, modelsErr := s.Hardware.Models(tx, p.CorpID)
				if err = modelsErr; err != nil {
					return err
				}
				for _, v := range models {
					devices, err := s.Hardware.DevicesOf(tx, v, 0, listedDevices)
					if err != nil {
						return err
					}
					for _, d := range devices {
						list = append(list, listedDevice{v.ModelID, d.SN, d.CorpID, d.Name(), d.StatusName(), d.Online(tx.Now()), d.Reports.Version})
					}
				}
			}
			return err
		})
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("MODEL", "DEVICE", "ENTERPRISE", "NAME", "STATUS", "ONLINE", "FIRMWARE")
	for _, d := range list {
		online := "no"
		if d.Online {
			online = "yes"
		}
		t.row(d.ModelID, d.SN, d.CorpID, d.Name, d.Status, online, d.Version)
	}
	return t.print(c.out)
}

// deviceFlags name a device.
type deviceFlags struct {
	dataFlags
	SN string `name:"sn" help:"The device's serial number." required:""`
}

func (f deviceFlags) write(ctx context.Context, fn func(tx *store.Tx, s *platform.Server, d hardware.Device) error) error {
	return onHardware(ctx, f.dataFlags, func(tx *store.Tx, s *platform.Server) error {
		d, err := s.Hardware.Device(tx, f.SN)
		if err != nil {
			return err
		}
		return fn(tx, s, d)
	})
}

type deviceBindCmd struct {
	deviceFlags
	CorpID      string   `name:"corpid" help:"Enterprise that gets it; not needed where there is one alone, beside those of a demo's providers." placeholder:"ID"`
	By          string   `help:"Administrator who binds it; the founder where it is left out." placeholder:"USERID"`
	Departments []int64  `name:"range-departments" help:"Departments that use it; everyone where there is no range." placeholder:"ID"`
	Members     []string `name:"range-members" help:"Members who use it." placeholder:"USERID"`
	Remark      string   `help:"Name that the enterprise gives it." placeholder:"NAME"`
	Code        string   `help:"Code that the provider compares (verif_code)." placeholder:"TEXT"`
}

func (cmd deviceBindCmd) Run(ctx context.Context, c *console) error {
	var d hardware.Device
	var code string
	if err := cmd.write(ctx, func(tx *store.Tx, s *platform.Server, at hardware.Device) error {
		co, err := corpFlags{CorpID: cmd.CorpID}.corp(tx, s)
		if err != nil {
			return err
		}
		by := id.UserID(cmd.By)
		if by == "" {
			by = co.Creator
		}
		d, code, err = s.Hardware.Bind(ctx, tx, at, hardware.Binding{
			CorpID: co.CorpID, By: by, People: access.Range{Departments: cmd.Departments, Members: id.From[id.UserID](cmd.Members)}, Remark: cmd.Remark, Code: cmd.Code,
		})
		return err
	}); err != nil {
		return err
	}
	if d.Model.Access == hardware.Direct {
		_, err := fmt.Fprintln(c.out, d.StatusName())
		return err
	}
	_, err := fmt.Fprintf(c.out, "%s\nauth_code  %s\n", d.StatusName(), code)
	return err
}

type deviceUnbindCmd struct{ deviceFlags }

func (cmd deviceUnbindCmd) Run(ctx context.Context, c *console) error {
	return cmd.write(ctx, func(tx *store.Tx, s *platform.Server, d hardware.Device) error { return s.Hardware.Unbind(ctx, tx, d) })
}

type deviceDeleteCmd struct{ deviceFlags }

func (cmd deviceDeleteCmd) Run(ctx context.Context, c *console) error {
	return cmd.write(ctx, func(tx *store.Tx, s *platform.Server, d hardware.Device) error {
		return s.Hardware.Unregister(ctx, tx, d)
	})
}

type deviceGrantCmd struct {
	deviceFlags
	SuiteID string `name:"suite-id" help:"The application's suite." required:"" placeholder:"ID"`
	Off     bool   `help:"End it."`
}

func (cmd deviceGrantCmd) Run(ctx context.Context, c *console) error {
	return cmd.write(ctx, func(tx *store.Tx, s *platform.Server, d hardware.Device) error {
		in, err := s.Suites.Installation(tx, d.CorpID, cmd.SuiteID)
		if err != nil {
			return explainSuite(err, cmd.SuiteID)
		}
		return s.Hardware.Grant(ctx, tx, d, in.App, !cmd.Off)
	})
}

type deviceOpenCmd struct {
	deviceFlags
	User string `help:"Member who opens it." required:"" placeholder:"USERID"`
}

func (cmd deviceOpenCmd) Run(ctx context.Context, c *console) error {
	var operID string
	if err := cmd.write(ctx, func(tx *store.Tx, s *platform.Server, d hardware.Device) error {
		o, err := s.Hardware.AskToOpen(ctx, tx, d, id.UserID(strings.TrimSpace(cmd.User)))
		operID = o.OperID
		return err
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, operID)
	return err
}
