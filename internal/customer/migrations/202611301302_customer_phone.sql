-- +goose Up

-- The page of a member shows the transfers that come to the member.
CREATE INDEX customer_transfer_taker ON customer_transfer (corpid, takeover, no);
