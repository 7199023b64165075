-- +goose Up

-- The list of served contacts goes through a corp's relations in their order.
CREATE INDEX customer_follow_corp ON customer_follow (corpid, no);
