-- +goose Up

-- The customer has blocked the member (拉黑).
ALTER TABLE customer_follow ADD COLUMN blocked BIGINT NOT NULL DEFAULT 0;
