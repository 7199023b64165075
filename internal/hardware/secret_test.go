package hardware_test

import (
	"context"
	"testing"

	"qiwei/internal/hardware"
	"qiwei/internal/store"
)

// TestANewModelSecretEndsTheTokens: a new model_secret ends the old one and the tokens that were fetched with it, those
// of no device and of no other model.
func TestANewModelSecretEndsTheTokens(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["attendance"]`)
		other := *h
		other.withModel(`["access"]`)
		model, neighbour, device := h.modelToken(), other.modelToken(), h.bound("SN1", "")
		codes := func() (out [3]int) {
			for i, path := range []string{"openhw/model/unregister_sn?model_access_token=" + model, "openhw/model/unregister_sn?model_access_token=" + neighbour, "openhw/device/get_userinfo_by_page?device_access_token=" + device} {
				out[i] = h.call(path, `{"device_sn":"nobody"}`).Code
			}
			return out
		}
		before := codes()
		old := h.model.Secret
		h.Write(func(_ context.Context, tx *store.Tx) error {
			v, err := h.Server.Hardware.ResetModelSecret(tx, h.model.ModelID)
			h.model.Secret = v.Secret
			return err
		})
		after := codes()
		if after[0] != 710400 || before[0] == 710400 || after[1] != before[1] || after[2] != before[2] || before[2] != 0 {
			t.Errorf("before %v, after %v", before, after)
		}
		h.refused(40001, "openhw/get_model_token", `{"model_id":"`+h.model.ModelID+`","model_secret":"`+old+`","model_ticket":"`+h.ticket()+`"}`)
		if h.modelToken() == model {
			t.Error("the same token by the new secret")
		}
		h.Write(func(_ context.Context, tx *store.Tx) error {
			if _, err := h.Server.Hardware.ResetModelSecret(tx, "md0"); err != hardware.ErrNotFound {
				t.Errorf("no such model: %v", err)
			}
			return nil
		})
	})
}
