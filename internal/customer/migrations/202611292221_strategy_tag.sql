-- +goose Up

-- A group of tags may belong to a strategy group (规则组); 0 is the corp. Names are unique within either.
ALTER TABLE customer_tag_group ADD COLUMN strategy BIGINT NOT NULL DEFAULT 0;
DROP INDEX customer_tag_group_name;
CREATE UNIQUE INDEX customer_tag_group_name ON customer_tag_group (corpid, strategy, name) WHERE deleted_at = 0;
