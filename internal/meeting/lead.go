package meeting

import (
	"context"

	"qiwei/internal/store"
)

// Step is what somebody who leads a meeting does in it.
type Step struct {
	// Step is mute_all, unmute_all, lock, unlock, or one of those that are done to a person: admit, refuse, move_out,
	// kick, mute, unmute, unshare, cohost and uncohost.
	Step     string `json:"step"`
	OpenID   string `json:"tmp_openid,omitempty"` // of that person
	Instance *int64 `json:"instance_id,omitempty"`
	Forever  bool   `json:"forever,omitempty"` // they may not come back
	Strict   bool   `json:"strict,omitempty"`  // of mute_all: nobody may unmute themselves
}

// Lead does a step for somebody who leads a meeting that is held. Without a device, the step is done to all devices of
// the person.
func (s *Service) Lead(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who, step Step) error {
	r, err := s.openAs(ctx, tx, corpID, meetingID, w)
	if err != nil {
		return err
	}
	yes, no := true, false
	free := !step.Strict
	switch step.Step {
	case "mute_all":
		return s.set(ctx, tx, r, Running{MuteAll: &yes, UnmuteSelf: &free})
	case "unmute_all":
		return s.set(ctx, tx, r, Running{MuteAll: &no})
	case "lock":
		return s.set(ctx, tx, r, Running{Locked: &yes})
	case "unlock":
		return s.set(ctx, tx, r, Running{Locked: &no})
	}
	for _, d := range r.devicesOf(step) {
		if err := s.leadOne(ctx, tx, r, d, step); err != nil {
			return err
		}
	}
	return nil
}

// devicesOf returns the device that a step names, or all with which the person is there.
func (r room) devicesOf(step Step) (out []Device) {
	if step.Instance != nil {
		return []Device{{step.OpenID, *step.Instance}}
	}
	for _, v := range r.there {
		if r.all[v.Person].OpenID == step.OpenID {
			out = append(out, Device{step.OpenID, v.Instance})
		}
	}
	if len(out) == 0 {
		out = []Device{{step.OpenID, -1}} // which is nobody's, and is refused as such
	}
	return out
}

func (s *Service) leadOne(ctx context.Context, tx *store.Tx, r room, d Device, step Step) error {
	list := []Device{d}
	switch step.Step {
	case "admit":
		return s.admit(ctx, tx, r, list)
	case "refuse":
		return s.remove(ctx, tx, r, list, true, !step.Forever)
	case "move_out":
		return s.moveOut(ctx, tx, r, list)
	case "kick":
		return s.kick(ctx, tx, r, list, !step.Forever)
	case "mute", "unmute":
		return s.mute(tx, r, d, step.Step == "mute")
	case "unshare":
		return s.unshare(ctx, tx, r, d)
	case "cohost", "uncohost":
		return s.setCohost(ctx, tx, r, d, step.Step == "cohost")
	}
	return errParameter.With("step: %q; mute_all, unmute_all, lock, unlock, admit, refuse, move_out, kick, mute, unmute, unshare, cohost or uncohost expected", step.Step)
}
