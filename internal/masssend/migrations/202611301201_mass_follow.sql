-- +goose Up

-- follow is the relation of the member and the customer when the message was prepared, by which it is found again;
-- 0 of a group.
ALTER TABLE mass_target ADD COLUMN follow BIGINT NOT NULL DEFAULT 0;
