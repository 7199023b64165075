-- +goose Up

-- mark_source: the customer's source names the way. It counts for applications that acquire customers alone.
ALTER TABLE customer_way ADD COLUMN mark_source BIGINT NOT NULL DEFAULT 1;
