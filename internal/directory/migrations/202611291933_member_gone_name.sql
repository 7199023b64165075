-- +goose Up

-- A provider may search those who have left within a year by their names, as far as they lay in its range. The
-- name is forgotten afterwards.
ALTER TABLE member_gone ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE member_gone ADD COLUMN departments TEXT NOT NULL DEFAULT '[]'; -- JSON, when they left
ALTER TABLE member_gone ADD COLUMN activated SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX member_gone_left ON member_gone (corpid, left_at);
