package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/hardware"
	"qiwei/internal/hardware/simulated"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// deviceCmd is qiwei device.
type deviceCmd struct {
	Run deviceRunCmd `cmd:"" help:"Run a simulated device that connects by itself: it waits to be bound, checks people in, opens its door, takes faces, prints."`
}

type deviceRunCmd struct {
	dataFlags
	URL      string   `name:"url" help:"Server, or its WebSocket; that of the data directory where it is left out." placeholder:"URL"`
	SN       string   `name:"sn" help:"Serial number. If nobody has registered it, it is registered with the model." required:""`
	Model    string   `help:"Model of a serial number that is to be registered." placeholder:"ID"`
	SecretNo string   `help:"The device's secret_no. Without it, it is read from the data directory." placeholder:"TEXT"`
	Firmware string   `help:"Version of its firmware." default:"1.0"`
	Checkin  []string `help:"Member who checks in as soon as the device works; may be repeated." placeholder:"USERID"`
	Once     bool     `help:"End when those are reported."`
	Refuse   bool     `help:"Do not open the door."`
}

func (cmd deviceRunCmd) Run(ctx context.Context, c *console) error {
	if err := cmd.complete(ctx); err != nil {
		return err
	}
	d := &simulated.Device{
		URL: cmd.URL, SN: cmd.SN, SecretNo: cmd.SecretNo, Version: cmd.Firmware, Checkins: cmd.Checkin, Once: cmd.Once, Refuse: cmd.Refuse, Now: time.Now,
		Log: func(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) },
	}
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := d.Run(ctx)
		var refused simulated.Refused
		switch {
		case err == nil && cmd.Once, ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, simulated.ErrUnbound):
			wait = time.Second
		case cmd.Once, errors.As(err, &refused) && refused.Cmd == "register":
			return err
		}
		d.Checkins = nil // they are reported, or their device has told why not
		d.Log("connects again in %v: %v", wait, err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// complete reads what was not given from the data directory.
func (cmd *deviceRunCmd) complete(ctx context.Context) error {
	if cmd.URL == "" {
		known, err := readCredentials(credentialsPath(cmd.Data))
		if err != nil || known.BaseURL == "" {
			return usagef("--url: where is the server? %s does not say", credentialsPath(cmd.Data))
		}
		cmd.URL = known.BaseURL
	}
	if cmd.SecretNo != "" {
		return nil
	}
	return onHardware(ctx, cmd.dataFlags, func(tx *store.Tx, s *platform.Server) error {
		d, err := s.Hardware.Device(tx, cmd.SN)
		if errors.Is(err, hardware.ErrNoSuchSN) && cmd.Model != "" {
			var v hardware.Model
			if v, err = s.Hardware.Model(tx, cmd.Model); err == nil {
				d, err = s.Hardware.Register(ctx, tx, v, cmd.SN)
			}
		}
		if err != nil {
			return err
		}
		if d.Model.Access != hardware.Direct {
			return fmt.Errorf("model %s has no connections of devices: its provider's cloud speaks for them", d.Model.ModelID)
		}
		if d.Seeded {
			if cmd.SecretNo, err = s.Hardware.OwnSecretNo(tx, d); err == nil {
				return nil
			}
		}
		cmd.SecretNo, err = s.Hardware.SecretNo(d)
		return err
	})
}
